"""The evaluation can fail: the true gardens obey their laws, and good and bad advice is told so."""

from dataclasses import replace
from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surco_service.domain.water.science.soils import SOILS as ROWS_OF_THE_TABLE
from tests.evaluation import climate, gardens, runs
from tests.evaluation.aquacrop_truth import hours_between
from tests.evaluation.gardens import FAULTS, SOILS, Garden
from tests.evaluation.lines import LINES, chosen
from tests.evaluation.measure import difference, row, water
from tests.evaluation.own_bucket import LAYER_MM, OwnBucket
from tests.evaluation.page import lines as table
from tests.evaluation.page import picture
from tests.evaluation.people import People
from tests.evaluation.policies import NOTHING, ROWS, Dose, Morning, Told
from tests.evaluation.probe import FAULT_DAY, JUMP, SALT, Heard, Probe
from tests.evaluation.truth import HOURS, since_dawn

GARDEN = gardens.load()[2]
FIRST = date(2026, 2, 1)
DRY_YEAR = [replace(day, rain_mm=0.0) for day in climate.weather(FIRST, 125, Random(1))]
some_garden = st.integers(0, 79).map(lambda seed: gardens.load()[seed])
soils = st.sampled_from(sorted(SOILS))


def own(garden: Garden, soil: str = "Loam", crop: str = "chile", shade: float = 1.0) -> OwnBucket:
    return OwnBucket(crop, soil, FIRST, DRY_YEAR, garden, shade)


# ---------------------------------------------------------------- the gardens


def test_the_gardens_are_those_that_were_drawn_once() -> None:
    assert gardens.FILE.read_text(encoding="utf-8") == gardens.freeze()
    drawn = gardens.load()
    assert len(drawn) == 80
    assert 12 <= sum(bool(one.fault) for one in drawn) <= 40
    assert min(one.noted for one in drawn) < 0.1
    assert max(one.noted for one in drawn) > 0.9


def test_the_soil_is_told_by_a_row_of_the_table_and_the_wrong_one_is_its_neighbour() -> None:
    for soil, wrong in SOILS.items():
        assert ROWS[soil] in ROWS_OF_THE_TABLE
        assert set(wrong) <= set(ROWS_OF_THE_TABLE)
        assert ROWS[soil] not in wrong


def test_every_seed_sees_every_soil_in_both_truths_and_all_crops_and_months_come() -> None:
    seen = {seed: runs.places(seed) for seed in range(0, 80, 2)}
    for found in seen.values():
        assert len({(place.truth, place.soil) for place in found}) == 6
    every = {(p.truth, p.crop, p.soil, p.sowing) for found in seen.values() for p in found}
    assert len(every) == 2 * 2 * 3 * 3


# ---------------------------------------------------------------- the true garden of our own


@settings(max_examples=25, deadline=None)
@given(
    some_garden,
    soils,
    st.lists(
        st.tuples(st.floats(0, 400), st.integers(0, 23), st.floats(0, 80)), min_size=1, max_size=12
    ),
)
def test_no_water_is_made_or_lost(
    garden: Garden, soil: str, days: list[tuple[float, int, float]]
) -> None:
    weather = [replace(DRY_YEAR[i], rain_mm=rain) for i, (_, _, rain) in enumerate(days)]
    bed = OwnBucket("chile", soil, FIRST, [*weather, DRY_YEAR[-1]], garden)
    held = sum(bed.layers)
    steps = [bed.step(mm, hour) for mm, hour, _ in days]
    came = sum(mm + rain for mm, _, rain in days)
    gone = sum(step.percolation_mm + step.transpired_mm for step in steps)
    gone += bed.evaporated_mm + bed.ran_off_mm + bed.pond_mm
    assert sum(bed.layers) - held == pytest.approx(came - gone, abs=1e-6)
    for water_mm in bed.layers:
        assert bed.wilting_point / 2 - 1e-9 <= water_mm / LAYER_MM <= bed.saturation + 1e-9


@settings(max_examples=20, deadline=None)
@given(some_garden, soils)
def test_a_soaked_bed_drains_to_near_field_capacity_in_two_days(garden: Garden, soil: str) -> None:
    bed = own(garden, soil, shade=0.0)
    bed.step(60.0, 9)
    bed.step(60.0, 9)
    wettest = max(bed.step(60.0, 9).hours)
    for _ in range(2):
        bed.step(0.0, 9)
    assert wettest > bed.field_capacity + 0.01
    assert bed.now().theta == pytest.approx(bed.field_capacity, abs=0.01)


def test_water_down_cracks_passes_the_probe_and_a_patch_gets_more_or_less() -> None:
    def rise(**drawn: float) -> float:
        bed = own(replace(GARDEN, **{"bypass": 0.0, "patch": 1.0, **drawn}))
        for _ in range(8):
            bed.step(0.0, 9)
        said = bed.step(25.0, 9).hours
        return said[since_dawn(12)] - said[0]

    assert rise(bypass=0.3) < rise() - 0.005
    assert rise(patch=0.7) < 0.8 * rise()
    assert rise(patch=1.3) > 1.2 * rise()


def test_a_pour_rises_within_two_hours_and_soon_recedes_in_both_truths() -> None:
    bed = own(GARDEN)
    for _ in range(8):
        bed.step(0.0, 9)
    for hours in (bed.step(25.0, 15).hours, hours_between(0.20, 0.27, since_dawn(15))):
        assert len(hours) == HOURS
        at = since_dawn(15)
        assert max(hours[:at]) < hours[at + 1] - 0.03
        assert hours[at + 1] > hours[-1] + 0.005
        assert list(hours[at + 4 :]) == sorted(hours[at + 4 :], reverse=True)


def test_a_dry_day_falls_by_day_and_hardly_by_night() -> None:
    bed = own(GARDEN)
    for _ in range(50):
        bed.step(15.0, 6)
    bed.step(0.0, 9)
    for hours in (bed.step(0.0, 9).hours, hours_between(0.24, 0.22, None)):
        day = hours[since_dawn(8)] - hours[since_dawn(18)]
        night = hours[since_dawn(21)] - hours[since_dawn(5)]
        assert day > 4 * night > 0


# ---------------------------------------------------------------- the probe and the people


def heard(garden: Garden, fault: str, day: int) -> list[float | None]:
    probe, found = Probe(garden, fault, "test"), Heard()
    for i in range(day + 1):
        found = probe.hear(i, (0.25,) * HOURS, DRY_YEAR[i])
    return list(found.hours)


def both(well: list[float | None], ill: list[float | None]) -> list[tuple[float, float]]:
    pairs = zip(well, ill, strict=True)
    return [(a, b) for a, b in pairs if a is not None and b is not None]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_heard_from_its_hour_on_and_not_before(fault: str) -> None:
    before, after = FAULT_DAY - 1, FAULT_DAY + 3
    assert heard(GARDEN, fault, before) == heard(GARDEN, "", before)
    well, ill = heard(GARDEN, "", after), heard(GARDEN, fault, after)
    if fault == "dead":
        assert ill == [None] * HOURS
        return
    changes = [b - a for a, b in both(well, ill)]
    assert changes
    gain = SALT * (1 + GARDEN.gain) * 0.05 - (1 + GARDEN.gain) * 0.05
    expected = {"jump up": JUMP, "jump down": -JUMP, "salt": gain}
    if fault in expected:
        assert changes == pytest.approx([expected[fault]] * len(changes), abs=1e-9)
    if fault == "stuck":
        assert len({b for _, b in both(well, ill)}) == 1
    if fault == "out":
        assert all(b < 0.03 for _, b in both(well, ill))
    if fault == "drift":
        assert 0.002 < min(changes) < max(changes) < 0.006


def test_a_jump_comes_between_two_readings_of_a_day() -> None:
    garden = replace(GARDEN, fault_hour=7)
    changes = [b - a for a, b in both(*(heard(garden, f, FAULT_DAY) for f in ("", "jump up")))]
    assert changes[0] == 0
    assert changes[-1] == pytest.approx(JUMP)


def test_people_note_what_they_were_told_and_never_what_neighbours_pour() -> None:
    bed = own(GARDEN)
    for kind, times in {"at once": 1.0, "half": 0.5, "twice": 2.0}.items():
        people = People(GARDEN, kind, 1.0, 7.0, "test")
        pours = [people.pour(Dose(10.0), bed) for _ in range(300)]
        assert {pour.noted_mm for pour in pours} == {10.0}
        mean = sum(pour.gardener_mm for pour in pours) / len(pours)
        assert mean == pytest.approx(10 * times, rel=0.05)
        assert all(5 <= pour.neighbours_mm <= 20 for pour in pours)
    forgetful = People(GARDEN, "at once", 0.0, 0.0, "test")
    assert {forgetful.pour(Dose(10.0), bed).noted_mm for _ in range(50)} == {0.0}


def test_who_comes_late_pours_each_dose_once_and_a_day_later() -> None:
    people, bed = People(GARDEN, "late", 1.0, 0.0, "test"), own(GARDEN)
    doses = [Dose(10.0), Dose(12.0), NOTHING, Dose(7.0), NOTHING]
    assert [people.pour(dose, bed).noted_mm for dose in doses] == [0, 10, 0, 0, 7]


# ---------------------------------------------------------------- whole seasons


class Never:
    def __init__(self, told: Told) -> None:
        pass

    def morning(self, seen: Morning) -> Dose:
        return NOTHING


class Flood(Never):
    def morning(self, seen: Morning) -> Dose:
        return Dose(40.0)


PLACES = {place.truth: place for place in runs.places(10) if place.soil == "Loam"}


@pytest.fixture(params=sorted(PLACES))
def truth(request: pytest.FixtureRequest) -> str:
    if request.param == "aquacrop":
        pytest.importorskip("aquacrop", reason="pip install 'surco[evaluate]'")
    return request.param


def live(truth: str, policy: str, line: str = "working"):
    from tests.evaluation.season import play

    place = replace(PLACES[truth], sowing=2)
    return play(replace(LINES[line], policy=policy), GARDEN, place)


def test_the_oracle_stresses_nothing_and_wastes_little(truth: str) -> None:
    oracle = live(truth, "oracle")
    assert oracle.stress_days == 0
    assert oracle.percolation_mm < 0.3 * oracle.water_mm


def test_who_never_waters_and_who_floods_are_both_told_so(
    truth: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.evaluation import season

    monkeypatch.setitem(season.POLICIES, "never", Never)
    monkeypatch.setitem(season.POLICIES, "flood", Flood)
    dry, wet, oracle = (live(truth, policy) for policy in ("never", "flood", "oracle"))
    assert dry.water_mm == 0
    assert dry.stress_days > 30
    assert wet.water_mm > 5 * oracle.water_mm
    assert wet.needless > 0.5 * wet.visits


def test_the_same_season_is_lived_twice_alike(truth: str) -> None:
    assert live(truth, "fused") == live(truth, "fused")


def test_shade_and_efficiency_change_what_the_oracle_needs(truth: str) -> None:
    usual = live(truth, "oracle").water_mm
    assert live(truth, "oracle", "shade 0.6").water_mm < 0.75 * usual
    assert live(truth, "oracle", "efficiency 1.0").water_mm < 0.95 * usual
    assert live(truth, "oracle", "efficiency 0.7").water_mm > 1.1 * usual


def test_a_week_ahead_is_foretold_only_by_who_believes_something(truth: str) -> None:
    assert live(truth, "fused").foretold > 15
    assert live(truth, "calendar").foretold == 0


# ---------------------------------------------------------------- the figures


def test_a_difference_is_paired_by_sensor_and_says_how_sure_it_is() -> None:
    luck, one = Random(3), live("own", "calendar")
    theirs = [replace(one, seed=seed, water_mm=luck.uniform(200, 500)) for seed in range(40)]
    ours = [replace(s, water_mm=s.water_mm - 50 + luck.gauss(0, 10)) for s in theirs]
    mean, low, high = difference(ours, theirs, water)
    assert low < mean < high
    assert mean == pytest.approx(-50, abs=6)
    assert high - low < 15, "pairs are much alike, though sensors differ"


def test_lines_are_chosen_by_the_beginning_of_their_names() -> None:
    assert [line.name for line in chosen("none,jump")] == ["none noted", "jump up", "jump down"]
    assert len(chosen("")) == len(LINES)
    with pytest.raises(SystemExit, match="no line begins with"):
        chosen("nobody")


def test_the_table_and_the_picture_name_every_line() -> None:
    season = live("own", "fused")
    rows = [row(name, [season], [season]) for name in LINES]
    for name in LINES:
        assert f"| {name} |" in table(rows, 1)
        assert f">{name}</text>" in picture(rows)
