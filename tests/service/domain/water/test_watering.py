import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_service.domain.stewardship.garden import Bed
from surco_service.domain.water.advice import Reason, StoredAdvice
from surco_service.domain.water.belief import SOAK_DAYS, Belief, Track, unknown_bed
from surco_service.domain.water.fusion import FORGET_DAYS
from surco_service.domain.water.root_zone import root_zone, wetness
from surco_service.domain.water.science.crops import CROPS
from surco_service.domain.water.science.soils import SOILS
from surco_service.domain.water.science.weather import WeatherDay
from surco_service.domain.water.sharing import Need, portions
from surco_service.domain.water.situation import Situation
from surco_service.domain.water.watering import (
    CODES,
    LONGEST,
    MODEL_DAYS,
    advise,
    expired,
    stale_from,
)
from tests.builders import DAWN, a_bed

HOUR, LATER = timedelta(hours=1), DAWN + timedelta(hours=2)
ANYTHING = st.floats(allow_nan=True, allow_infinity=True)
NUMBERS = st.floats(-200, 200) | st.sampled_from([math.nan, math.inf, -math.inf, 1e308])
URGENCY = {"wet": 0, "ok": 1, "soon": 2, "unknown": 3, "water": 3}

# a tomato bed of compost mix: field capacity 0.35, wilting point 0.15, roots 0.4 m, p 0.4


def a_belief(depletion_mm: float, sd_mm: float = 4.0, **changes: Any) -> Belief:
    """Return the belief in a bed that was surely full three days ago: it is filled lean."""
    anchored = Track("p-1", finding="good", full_days=3)
    usual = {"tracks": (anchored,), "anchored_days": 0, "wet_days": 5}
    belief = unknown_bed(root_zone(a_bed()), ["p-1"])
    rows = ((sd_mm**2, *belief.covariance[0][1:]), *belief.covariance[1:])
    return replace(
        belief, mean=(depletion_mm, *belief.mean[1:]), covariance=rows, **{**usual, **changes}
    )


def a_situation(depletion_mm: float = 20.0, **changes: Any) -> Situation:
    bed = changes.pop("bed", a_bed())
    usual: dict[str, Any] = {
        "bed": bed, "zone": root_zone(bed), "belief": a_belief(depletion_mm), "etc_mm": 5.0,
        "probed": True, "data_at": DAWN - HOUR, "expires": LATER, "climate": "penman",
    }  # fmt: skip
    return Situation(**{**usual, **changes})


def decide(depletion_mm: float = 20.0, **changes: Any) -> StoredAdvice:
    return advise(a_situation(depletion_mm, **changes), DAWN)


def codes(reasons: tuple[Reason, ...]) -> list[str]:
    return [reason.code for reason in reasons]


def asked(advice: StoredAdvice) -> float:
    """Return the dose, or the one for a finger that feels dry soil."""
    return advice.litres or (advice.change.values.get("litres", 0.0) if advice.change and
                             advice.change.code == "if-finger-dry" else 0.0)  # fmt: skip


def test_the_root_zone_holds_what_fao_56_says() -> None:
    zone = root_zone(a_bed())
    assert zone.taw_mm == pytest.approx(80)  # Eq. 82: 1000 (0.35 - 0.15) 0.4
    assert zone.raw_mm == pytest.approx(32)  # Eq. 83: 0.4 TAW
    assert root_zone(a_bed(), etc_mm=8).raw_mm == pytest.approx(0.28 * 80)  # p. 162
    assert zone.depletion_mm(0.30) == pytest.approx(20)  # Eq. 87: 1000 (0.35 - 0.30) 0.4


def test_soil_drier_than_roots_can_make_it_is_empty_not_less_than_empty() -> None:
    found = [wetness(a_bed(), theta) for theta in (0.10, 0.15, 0.25, 0.35, 0.39)]
    assert found == pytest.approx([0, 0, 0.5, 1, 1.2])


def test_a_shallow_bed_holds_less_than_the_roots_could_use() -> None:
    assert root_zone(a_bed(depth_m=0.2)).taw_mm == pytest.approx(40)


def test_what_was_measured_in_a_bed_counts_more_than_the_table() -> None:
    measured = root_zone(a_bed(field_capacity=0.30, wilting_point=0.10))
    assert (measured.field_capacity, measured.wilting_point) == (0.30, 0.10)
    assert root_zone(a_bed(field_capacity=0.1, wilting_point=0.3)) == root_zone(a_bed())


@pytest.mark.parametrize("depth_m", [0, -1, 1e-300, math.nan, math.inf])
def test_a_depth_that_cannot_be_is_open_ground(depth_m: float) -> None:
    assert root_zone(a_bed(depth_m=depth_m)) == root_zone(a_bed())


@pytest.mark.parametrize(
    ("depletion_mm", "status"),
    [
        (0, "ok"),
        (15, "ok"),
        (22, "soon"),
        (29, "soon"),
        (30, "water"),  # 32 mm less 0.4 of the day's 5: it would run short before the next visit
        (32, "water"),
        (80, "water"),
    ],
)
def test_the_verdict_follows_what_is_missing(depletion_mm: float, status: str) -> None:
    assert decide(depletion_mm).status == status


def test_a_bed_that_still_drains_is_too_wet() -> None:
    assert decide(1, theta=0.42).status == "wet"
    assert decide(belief=a_belief(1, drained_mm=15)).status == "wet"
    assert decide(belief=a_belief(1, drained_mm=5), theta=0.36).status == "ok"


def test_the_dose_fills_the_root_zone_and_says_how_far_off_it_may_be() -> None:
    # lean: of 40 mm, give or take 4, 37.2 are surely missing; 95 % of these on 2 m2 are 71 litres in
    # the soil, 83 from the can. 80 % of a normal lie within 1.28 sd: 34.9 to 45.1 mm, 78 to 101 litres
    advice = decide(40)
    assert (advice.litres, advice.litres_low, advice.litres_high) == (85, 80, 100)


def test_the_dose_is_whole_steps_even_when_the_bed_cannot_hold_the_next_one() -> None:
    advice = decide(80)  # all it can hold is 80 mm on 2 m2, 188 litres from the can
    assert (advice.litres, advice.litres_high) == (175, 185)  # lean: 95 % of 77.2 mm are 173


def test_a_pot_gets_no_more_than_a_pot_holds() -> None:
    pot = a_bed(area_m2=0.05, depth_m=0.2)  # it holds 40 mm on 0.05 m2: 2.35 litres from the can
    assert decide(40, bed=pot, zone=root_zone(pot)).litres == 2.0  # lean: 95 % of 37.2 mm are 2.08
    soaked = a_belief(40, tracks=(Track("p-1", finding="good"),))
    assert decide(belief=soaked, bed=pot, zone=root_zone(pot)).litres == 2.3


@pytest.mark.parametrize(
    "soil", ["clay", "sandy_clay", "silty_clay", "clay_loam", "silty_clay_loam"]
)
def test_clay_drinks_slowly(soil: str) -> None:
    clay = a_bed(soil=soil)
    assert codes(decide(36, bed=clay).notes) == ["split"]
    assert decide(36, bed=clay).notes[0].values == {"times": 3}
    assert codes(decide(36).notes) == ["split"]
    assert decide(36).notes[0].values == {"times": 2}


# ---------------------------------------------------------------- doubt


def test_what_is_not_sure_never_waters_earlier_but_asks_for_a_finger() -> None:
    sure, unsure = (decide(belief=a_belief(20, sd)) for sd in (4, 25))
    assert (sure.status, unsure.status) == ("ok", "ok")
    assert (sure.confidence, unsure.confidence) == ("high", "low")
    assert "low-confidence" in codes(unsure.reasons)


@pytest.mark.parametrize("doubt", ["stale", "stuck", "off-scale", "learning", "unplaced", "odd"])
def test_without_a_probe_the_balance_is_believed_for_ten_days_and_says_so(doubt: str) -> None:
    def after(days: int) -> StoredAdvice:
        belief = a_belief(40, anchored_days=days)
        return decide(belief=belief, probed=False, doubts=(doubt,))

    advice = after(MODEL_DAYS)
    assert (advice.status, advice.basis, advice.confidence) == ("water", "model", "medium")
    assert doubt in codes(advice.reasons)
    late = after(MODEL_DAYS + 1)
    assert (late.status, late.litres, codes(late.reasons)) == ("unknown", 0, [doubt])
    assert late.change == Reason("if-finger-dry", {"litres": 70})


@pytest.mark.parametrize("area_m2", [0, -1, math.nan, math.inf, 1e9])
def test_a_bed_of_no_size_gets_no_litres(area_m2: float) -> None:
    bed = a_bed(area_m2=area_m2)
    advice = decide(60, bed=bed, zone=root_zone(a_bed()))
    assert (advice.status, advice.litres, codes(advice.reasons)) == ("unknown", 0, ["no-area"])


def test_a_verdict_that_rests_on_a_probe_ends_with_its_reading() -> None:
    advice = decide(40)
    assert expired(advice, LATER - HOUR / 2) == advice
    late = expired(advice, LATER)
    assert (late.status, late.litres, codes(late.reasons)) == ("unknown", 0, ["stale"])
    assert decide(40, probed=False).expires == DAWN + LONGEST


def test_a_bed_that_rests_on_its_probe_alone_is_never_sure() -> None:
    alone = decide(belief=a_belief(20, 4, anchored_days=MODEL_DAYS + 1))
    assert (alone.status, alone.confidence) == ("ok", "low")
    assert "low-confidence" in codes(alone.reasons)


# ---------------------------------------------------------------- weather and water to come


def a_forecast(**changes: float) -> WeatherDay:
    return WeatherDay(DAWN.date(), **changes, forecast=True)


def test_likely_rain_makes_a_bed_wait_a_day_but_fills_nothing() -> None:
    rain = a_forecast(rain_chance=0.8, rain_mm=20.0)
    waits = decide(32, coming=rain)
    assert (waits.status, waits.litres, waits.depletion_mm) == ("soon", 0, 32)
    assert waits.reasons[1] == Reason("hold-rain", {"chance": 80})
    assert decide(45, coming=rain).status == "water", "it cannot wait any longer"
    assert decide(32, coming=a_forecast(rain_chance=0.6, rain_mm=20.0)).status == "water"
    assert decide(32, coming=a_forecast(rain_chance=0.9, rain_mm=5.0)).status == "water"


def test_heat_and_frost_are_said() -> None:
    assert codes(decide(coming=a_forecast(temp_max_c=35.0, temp_min_c=1.0)).notes) == [
        "heat",
        "frost",
    ]
    assert decide(coming=a_forecast(temp_max_c=25.0, temp_min_c=9.0)).notes == ()


def test_a_garden_whose_water_comes_by_the_calendar_waters_before_it_runs_dry() -> None:
    usual = decide(20)
    assert usual.status == "ok"
    today = decide(20, water_in_days=0, next_water_days=4)
    assert (today.status, today.reasons[1].code) == ("water", "water-day")
    assert decide(20, water_in_days=0, next_water_days=2).status == "ok"
    dry = decide(40, water_in_days=2, next_water_days=2)
    assert "no-water-today" in codes(dry.notes)


def test_it_says_when_to_look_again_and_what_would_change_its_mind() -> None:
    assert decide(5).look_at == DAWN + timedelta(days=5)  # 27 mm at 5 mm a day
    assert decide(40).look_at == DAWN + timedelta(days=1)
    assert decide(0, etc_mm=1.0).look_at == DAWN + timedelta(days=7), "a bed is seen every week"
    assert decide(40).change == Reason("if-rain", {"mm": 40, "litres": 80})
    assert decide(12).change == Reason("if-lost", {"mm": 20.0, "litres": 40.0})


def test_at_most_three_reasons_are_given_each_with_its_numbers() -> None:
    seen = (
        Reason("water-logged", {"litres": 20.0, "hours": 3.0}),
        Reason("rain-credit", {"mm": 4.0}),
    )
    advice = decide(
        bed=a_bed(crop="moon"), belief=a_belief(33, 12), seen=seen, climate="monthly",
        doubts=("stale",), probed=False,
    )  # fmt: skip
    assert codes(advice.reasons) == ["dry", "stale", "water-logged"]
    assert advice.reasons[0].values["lacks"] == 66  # 33 mm on 2 m2


# ---------------------------------------------------------------- what grows


def test_a_bed_where_nothing_grows_is_not_watered() -> None:
    for known in (
        {"belief": None},
        {"belief": a_belief(70)},
        {"doubts": ("stale",), "probed": False},
    ):
        advice = decide(bed=a_bed(crop=None), **known)
        assert (advice.status, advice.litres, codes(advice.reasons)) == ("ok", 0, ["no-crop"])
        assert advice.change == Reason("if-sown")
    assert decide(bed=a_bed(crop="moon"), belief=a_belief(60)).status == "water"


def test_a_seed_gets_little_and_daily_however_full_the_soil_below_is() -> None:
    def seed(**changes: Any) -> StoredAdvice:
        return decide(0, stage="sown", **changes)

    advice = seed(etc_mm=3.0)
    assert (advice.status, codes(advice.reasons)) == ("water", ["seed-bed"])
    assert advice.litres == 5  # 3 mm on 2 m2 are 7 litres from the can
    assert seed(etc_mm=1.0, bed=a_bed(area_m2=0.5)).litres == 1.0, "2 mm at least, in half litres"
    assert seed(etc_mm=9.0, bed=a_bed(area_m2=0.5)).litres == 2.5, "4 mm at most"
    assert seed(belief=None, doubts=("unplaced",), probed=False).status == "water"
    assert seed(topped_mm=5.0).status == "ok"
    dry = seed(available_litres=0.0, short=True, water_in_days=2)
    assert (dry.status, codes(dry.notes)) == ("soon", ["cistern-empty", "no-water-today"])
    assert seed(theta=0.42).status == "wet"
    assert seed(room_mm=1.0).status == "ok"


def test_what_cures_is_left_dry_and_what_is_past_its_season_is_asked_about() -> None:
    garlic = a_bed(crop="ajo")
    assert codes(decide(60, bed=garlic, stage="curing").reasons) == ["curing"]
    past = decide(60, bed=garlic, stage="past")
    assert (past.status, codes(past.notes)) == ("ok", ["past-end"])
    lettuce = decide(60, bed=a_bed(crop="lechuga"), stage="past")
    assert (lettuce.status, lettuce.litres > 0) == ("water", True)
    assert "past-end" in codes(lettuce.notes)


def test_a_pot_is_watered_a_day_ahead_until_it_drips_and_twice_in_the_heat() -> None:
    pot = a_bed(container=True, depth_m=0.2, area_m2=0.1, crop="albahaca")
    zone = root_zone(pot)  # 40 mm, 14 of them easily
    ground = a_bed(depth_m=0.2, area_m2=0.1, crop="albahaca")
    assert decide(10, bed=ground, zone=zone).status == "soon"
    mild = decide(10, bed=pot, zone=zone)
    assert (mild.status, codes(mild.notes)) == ("water", ["pot-drain"])
    hot = decide(10, bed=pot, zone=zone, coming=a_forecast(temp_max_c=34.0))
    assert codes(hot.notes) == ["pot-drain", "pot-twice", "heat"]
    assert "pot-twice" in codes(decide(10, bed=pot, zone=zone, etc_mm=15.0).notes)
    assert decide(40, bed=pot, zone=zone).litres <= zone.taw_mm * 0.1 / 0.85


# ---------------------------------------------------------------- doubt, rain, and what there is


def test_what_is_in_doubt_is_touched_before_it_gets_litres() -> None:
    advice = decide(belief=a_belief(45, 25))
    assert (advice.status, advice.litres) == ("unknown", 0)
    assert codes(advice.reasons)[:2] == ["touch-first", "dry"]
    # a dry finger is no doubt: 95 % of all 45 mm on 2 m2 are 100 litres from the can; who is sure
    # without one pours 0.7 sd less
    assert advice.change == Reason("if-finger-dry", {"litres": 100})
    assert decide(45).litres == 95
    assert not advice.silent, "it has news, and they are doubtful"
    assert (
        decide(
            belief=a_belief(45),
            probed=False,
            doubts=("stale",),
        ).status
        == "water"
    )


def test_a_bed_that_was_surely_full_lately_is_filled_lean_and_another_gets_a_good_soak() -> None:
    def litres(full_days: int, **changes: Any) -> float:
        track = Track("p-1", finding="good", full_days=full_days)
        return decide(belief=a_belief(40, tracks=(track,)), **changes).litres

    assert (litres(0), litres(SOAK_DAYS)) == (85, 85)  # 95 % of 40 - 0.7 * 4 mm
    assert (litres(SOAK_DAYS + 1), litres(99)) == (100, 100)  # 95 % of 40 + 4 mm are 98
    assert litres(99, room_mm=30.0) == 70, "never more than its probe leaves room for"
    assert litres(99, probed=False) == litres(0, probed=False) == 90  # 95 % of 40 mm


@pytest.mark.parametrize(("depletion_mm", "plain"), [(10, "ok"), (25, "soon")])
def test_who_dissents_for_two_mornings_asks_for_a_finger(depletion_mm: float, plain: str) -> None:
    def dissent(days: int, **changes: Any) -> StoredAdvice:
        belief = a_belief(depletion_mm, dissent_days=days, dissent_mm=40.0)
        return decide(belief=belief, **changes)

    assert [dissent(days).status for days in (0, 1)] == [plain, plain]
    for advice in (dissent(2), dissent(5)):
        assert (advice.status, advice.litres) == ("unknown", 0)
        assert advice.reasons[0] == Reason("disagree")
        assert advice.change == Reason("if-finger-dry", {"litres": 90})  # 95 % of the 40 mm it says
    assert dissent(2, probed=False).status == plain, "without a probe there is nobody to dissent"


def test_a_bed_that_is_watered_anyway_is_not_asked_about_who_dissents() -> None:
    advice = decide(belief=a_belief(40, dissent_days=3, dissent_mm=60.0))
    assert (advice.status, advice.litres) == ("water", 85)


def test_a_bed_that_was_due_on_three_mornings_without_seen_water_is_touched_first() -> None:
    told = [decide(belief=a_belief(40, due_days=days)) for days in (1, 2, 3)]
    assert [advice.status for advice in told] == ["water", "water", "unknown"]
    assert codes(told[2].reasons) == ["touch-first", "dry"]
    # 95 % of all 40 mm on 2 m2, and not 0.7 sd less as without a finger
    assert (told[0].litres, told[2].change) == (85, Reason("if-finger-dry", {"litres": 90}))


def test_rain_that_is_likely_halves_what_cannot_wait() -> None:
    rain = a_forecast(rain_chance=0.8, rain_mm=30.0)
    whole, half = decide(60), decide(60, coming=rain)
    assert (half.status, half.reasons[1]) == ("water", Reason("half-rain", {"chance": 80}))
    assert half.litres == pytest.approx(whole.litres / 2, abs=5)
    assert decide(32, coming=rain).change == Reason("if-no-rain")


def test_a_dose_is_no_more_than_there_is_before_the_next_water() -> None:
    dry = {"water_in_days": 3, "next_water_days": 3, "short": True}
    some = decide(40, available_litres=33.0, **dry)
    assert (some.litres, some.litres_high) == (30, 30)
    short = next(note for note in some.notes if note.code == "cistern-short")
    assert short.values == {"litres": 30, "wanted": 90}, "far ahead it would be filled up"
    none = decide(40, available_litres=0.0, **dry)
    assert (none.status, none.litres, none.reasons[0].code) == ("soon", 0, "dry")
    assert codes(none.notes) == ["cistern-empty", "no-water-today"]
    first = decide(40, available_litres=500.0, **dry)
    assert "water-first" in codes(first.notes)


def test_more_of_what_is_poured_stays_in_one_bed_than_in_another() -> None:
    assert decide(60, efficiency=0.6).litres > decide(60).litres > decide(60, efficiency=1.0).litres


# ---------------------------------------------------------------- laws


ROOMS = st.floats(0, 100)
BEDS = st.builds(
    a_bed, soil=st.sampled_from([*SOILS]), crop=st.sampled_from([*CROPS]),
    area_m2=st.floats(0.05, 100), container=st.booleans(),
)  # fmt: skip
STAGES = st.sampled_from(["sown", "growing", "full", "late", "past"])


@given(
    depletion=st.floats(0, 300), sd=st.floats(0.5, 60), bias=st.floats(-0.3, 0.3), bed=BEDS,
    etc=st.floats(0, 12), stage=STAGES, theta=st.floats(0.02, 0.6), days=st.integers(0, 40),
)  # fmt: skip
def test_a_bed_whose_probe_says_full_is_never_watered_whatever_the_filter_believes(
    depletion: float, sd: float, bias: float, bed: Bed, etc: float, stage: str, theta: float,
    days: int,
) -> None:  # fmt: skip
    belief = replace(a_belief(depletion, sd, anchored_days=days), mean=(depletion, bias))
    full = decide(belief=belief, bed=bed, zone=root_zone(bed), etc_mm=etc, stage=stage, room_mm=0.0,
                  theta=theta, water_in_days=0, next_water_days=7)  # fmt: skip
    assert full.status in ("ok", "wet")
    assert asked(full) == full.litres_high == 0


@given(
    depletion=st.floats(0, 300), sd=st.floats(0.5, 60), room=ROOMS, bed=BEDS, stage=STAGES,
    efficiency=st.floats(0.5, 1.0), probed=st.booleans(), available=st.none() | st.floats(0, 500),
)  # fmt: skip
def test_no_dose_is_more_than_the_probe_leaves_room_for_nor_than_there_is(
    depletion: float, sd: float, room: float, bed: Bed, stage: str, efficiency: float,
    probed: bool, available: float | None,
) -> None:  # fmt: skip
    advice = decide(
        belief=a_belief(depletion, sd), bed=bed, zone=root_zone(bed), room_mm=room, stage=stage,
        efficiency=efficiency, probed=probed, available_litres=available,
    )  # fmt: skip
    most = room * bed.area_m2 / efficiency
    most = most if available is None else min(most, available)
    assert 0 <= max(advice.litres, advice.litres_high, asked(advice)) <= most + 1e-6
    assert (advice.litres > 0) == (advice.status == "water")


@given(bed=BEDS, times=st.integers(2, 9), depletion=st.floats(0, 100), stage=STAGES)
def test_a_bed_so_many_times_as_large_gets_so_many_times_as_much(
    bed: Bed, times: int, depletion: float, stage: str
) -> None:
    larger = replace(bed, area_m2=times * bed.area_m2)
    one = asked(decide(depletion, bed=bed, zone=root_zone(bed), stage=stage))
    many = asked(decide(depletion, bed=larger, zone=root_zone(bed), stage=stage))
    if one and many:
        assert many == pytest.approx(times * one, abs=5.0 * times)  # a step of the can each


@given(available=st.floats(0, 300), needs=st.lists(st.floats(0.5, 80), max_size=8))
def test_a_cistern_gives_no_more_than_it_holds_and_nobody_more_than_he_needs(
    available: float, needs: list[float]
) -> None:
    wanted = [Need(f"bed-{n}", litres, float(n % 3)) for n, litres in enumerate(needs)]
    given_ = portions(available, wanted)
    assert sum(given_.values()) <= available + 1e-6
    assert sum(given_.values()) == pytest.approx(min(available, sum(needs)))
    assert all(given_[need.bed] <= need.litres for need in wanted)
    for need in wanted:
        if given_[need.bed] < need.litres - 1e-9:
            assert all(given_[o.bed] == 0 for o in wanted if o.thirst < need.thirst)


@given(
    a=st.floats(0, 80), b=st.floats(0, 80), soil=st.sampled_from([*SOILS]),
    crop=st.sampled_from([*CROPS]), room=st.none() | st.floats(0, 60),
    rain=st.none() | st.floats(0, 40), container=st.booleans(),
)  # fmt: skip
def test_a_drier_bed_is_never_less_urgent_and_never_gets_less(
    a: float, b: float, soil: str, crop: str, room: float | None, rain: float | None,
    container: bool,
) -> None:  # fmt: skip
    bed = a_bed(soil=soil, crop=crop, container=container)
    coming = None if rain is None else a_forecast(rain_chance=0.9, rain_mm=rain)
    wetter, drier = (
        decide(mm, bed=bed, zone=root_zone(bed), room_mm=room, coming=coming)
        for mm in sorted([a, b])
    )
    assert URGENCY[drier.status] >= URGENCY[wetter.status]
    assert asked(drier) >= asked(wetter)


@given(
    depletion=NUMBERS, sd=NUMBERS, etc=st.floats(0, 20), area=st.floats(0.01, 100),
    depth=ANYTHING | st.none(),     theta=ANYTHING | st.none(), soil=st.sampled_from([*SOILS, "moon"]),
    crop=st.sampled_from([*CROPS, None, "x"]), probed=st.booleans(), days=st.integers(0, 400),
)  # fmt: skip
def test_whatever_comes_there_is_a_verdict_with_finite_numbers(
    depletion: float, sd: float, etc: float, area: float, depth: float | None, theta: float | None,
    soil: str, crop: str | None, probed: bool, days: int,
) -> None:  # fmt: skip
    bed = a_bed(area_m2=area, depth_m=depth, soil=soil, crop=crop)
    belief = replace(a_belief(0.0), mean=(depletion, 0.0), covariance=((sd, 0.0), (0.0, 0.01)))
    advice = decide(
        bed=bed, zone=root_zone(bed), belief=replace(belief, anchored_days=days), etc_mm=etc,
        theta=theta, probed=probed,
    )  # fmt: skip
    assert advice.status in CODES
    assert advice.reasons
    numbers = [advice.litres, advice.litres_low, advice.litres_high]
    numbers += [v for r in (*advice.reasons, *advice.notes) for v in r.values.values()]
    assert all(math.isfinite(n) and n >= 0 for n in numbers)
    if advice.litres:
        held = root_zone(bed).taw_mm * area / 0.85
        assert advice.litres_low <= advice.litres <= advice.litres_high <= held + 1e-6


def test_a_promise_to_sleep_long_is_believed_up_to_36_hours() -> None:
    assert stale_from(DAWN, None, 900) == DAWN + timedelta(minutes=45)
    assert stale_from(DAWN, DAWN + HOUR, 3600) == DAWN + 3 * HOUR
    assert stale_from(DAWN, DAWN + timedelta(days=9), 3600) == DAWN + timedelta(hours=36)
    assert stale_from(DAWN, DAWN - HOUR, 900) == DAWN + timedelta(minutes=45), (
        "a promise of the past"
    )


def test_the_balance_is_forgotten_the_day_after_it_was_last_believed() -> None:
    assert (MODEL_DAYS, FORGET_DAYS) == (10, 11)
