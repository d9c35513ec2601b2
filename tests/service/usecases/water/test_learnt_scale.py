"""A probe that nobody calibrated, five weeks later: its bed has taught it a scale."""

from datetime import timedelta

import pytest

from surco_service.adapters.sql.diary import SqlDiary
from surco_service.domain.nodes.node import Probe
from surco_service.domain.water.root_zone import soil_of
from surco_service.usecases.mirror.moisture import moisture_lines
from surco_service.usecases.water.views import (
    bed_curves,
    bed_detail,
    garden_today,
    gardens_today,
    node_live,
    probes_with_scale,
)
from tests.builders import DAWN, a_bed, a_placement, a_reading, a_watering
from tests.service.garden import Garden

DAY = timedelta(days=1)
ROUND, ROUNDS = 9, 4  # days from watering to watering
PROBE = "p-0002"
SINCE = DAWN - (ROUNDS * ROUND + 2) * DAY


def mv_of(theta: float) -> float:
    """Return what the strange probe says: 1200 mV at field capacity, more when it is drier."""
    return 1200 + 3500 * (0.35 - theta)


def theta_on(day: int) -> float:
    """Return the water in the soil so many days after the probe came: a soak, then drying."""
    since_soak = (day - 1) % ROUND
    return 0.38 if since_soak == 0 else 0.35 - 0.01 * (since_soak - 1)


@pytest.fixture
def learnt(garden: Garden) -> Garden:
    """The bed on the last day of its fourth drying, before this morning's reading."""
    garden.stores.registry.save_probe(Probe(PROBE))
    garden.stores.registry.place(a_placement(probe=PROBE, since=SINCE))
    for day in range(1, ROUNDS * ROUND + 2):
        morning = SINCE + day * DAY
        if (day - 1) % ROUND == 0:
            garden.stores.records.record_watering(
                a_watering(150, at=morning - 14 * timedelta(hours=1))
            )
        for hour in (2, 3, 4):  # before six, in Querétaro
            t = int((morning - timedelta(hours=hour)).timestamp())
            noise = (day * 7 + hour) % 5 - 2
            row = a_reading(t, t=t, values={"r1": mv_of(theta_on(day)) + noise})
            garden.stores.readings.add([row])
    return garden


def say(garden: Garden, mv: float) -> None:
    t = int((DAWN - timedelta(minutes=10)).timestamp())
    garden.stores.readings.add([a_reading(t, t=t, values={"r1": mv})])


def test_it_decides_verdicts(learnt: Garden) -> None:
    say(learnt, mv_of(0.35))
    advice = learnt.decide()
    assert advice.basis == "fused"
    # two days of 4 mm were drunk since the soak, and its scale begins then: 0.02 were learnt as its bias
    assert advice.theta == pytest.approx(0.33, abs=0.015)


@pytest.mark.parametrize("mv", [300.0, 2300.0])
def test_off_its_scale_it_is_off_scale_and_learns_no_more(learnt: Garden, mv: float) -> None:
    say(learnt, mv)
    advice = learnt.decide()
    told = {reason.code for reason in (*advice.reasons, *advice.notes)}
    assert "learning" not in told
    assert "off-scale" in told


def test_it_draws_a_curve_in_the_same_numbers(learnt: Garden) -> None:
    learnt.decide()
    view = bed_detail(learnt.stores, "cama-3", DAWN, days=7)
    drawn = [theta_of(wet) for _, wet in view.curve.points]
    mornings = {round(theta_on(day), 2) for day in range(ROUNDS * ROUND - 5, ROUNDS * ROUND + 2)}
    assert len(drawn) >= 7 * 2
    assert all(min(abs(one - theta) for theta in mornings) < 0.02 for one in drawn)
    assert bed_curves(learnt.stores, [view.view.bed], DAWN)["cama-3"] == view.curve


def theta_of(wetness: float) -> float:
    soil = soil_of(a_bed())
    return soil.wilting_point + wetness * (soil.field_capacity - soil.wilting_point)


def test_it_is_no_stranger_on_any_page(learnt: Garden) -> None:
    assert bed_detail(learnt.stores, "cama-3", DAWN).view.sensor == "uncalibrated"
    learnt.decide()
    assert bed_detail(learnt.stores, "cama-3", DAWN).view.sensor == "placed"
    assert gardens_today(learnt.stores, DAWN)[0].beds[0].sensor == "placed"
    assert garden_today(learnt.stores, "el-mezquite", DAWN).beds[0].sensor == "placed"
    assert probes_with_scale(learnt.stores, DAWN) == {PROBE}


def test_a_workshop_sees_it_live(learnt: Garden) -> None:
    learnt.decide()
    say(learnt, mv_of(0.25))
    live = node_live(learnt.stores, "n-001", DAWN)
    assert live.wetness is not None
    assert theta_of(live.wetness) == pytest.approx(0.25, abs=0.02)


def fields(line: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in line.split(" ")[1].split(","))


def lines_of(garden: Garden) -> list[dict[str, str]]:
    span = (int(SINCE.timestamp()), int(DAWN.timestamp()))
    return [fields(line) for line in moisture_lines(garden.stores, {"n-001": span})]


def test_grafana_draws_it_from_the_day_on_that_it_was_learnt(learnt: Garden) -> None:
    learnt.decide()
    drawn = lines_of(learnt)
    known = ["theta" in one for one in drawn]
    start = known.index(True)
    assert all(known[start:])
    assert 3 * ROUND < start < 3 * (2 * ROUND + 4), "in the second drying, as the verdict"
    assert "calibration" not in drawn[-1], "nobody made one"
    assert float(drawn[-1]["theta"]) == pytest.approx(theta_on(ROUNDS * ROUND + 1), abs=0.02)
    assert drawn[0] == {"qc": "4i"}


def test_in_another_bed_it_begins_to_learn_anew(learnt: Garden) -> None:
    learnt.decide()
    learnt.stores.records.save_bed(a_bed(id="cama-9", name="Cama 9"))
    learnt.stores.registry.place(a_placement(probe=PROBE, bed="cama-9", since=DAWN))
    assert bed_detail(learnt.stores, "cama-9", DAWN).view.sensor == "uncalibrated"
    assert probes_with_scale(learnt.stores, DAWN) == set()


def test_curves_and_a_month_of_lines_read_the_diary_once(
    learnt: Garden, monkeypatch: pytest.MonkeyPatch
) -> None:
    learnt.decide()
    asked: list[object] = []
    pages = SqlDiary.pages
    monkeypatch.setattr(SqlDiary, "pages", lambda *a: asked.append(a) or pages(*a))
    bed_detail(learnt.stores, "cama-3", DAWN, days=30)
    assert len(asked) == 1
    lines_of(learnt)  # a month and a week
    assert len(asked) == 3


def test_beds_of_calibrated_probes_are_not_looked_up(
    garden: Garden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SqlDiary, "pages", lambda *_: pytest.fail("the diary was asked"))
    garden.measure(0.25)
    assert bed_detail(garden.stores, "cama-3", DAWN).curve.points
    assert gardens_today(garden.stores, DAWN)[0].beds[0].sensor == "placed"
    assert "theta" in lines_of(garden)[0]
    garden.stores.registry.save_probe(Probe(PROBE))
    garden.stores.records.save_bed(a_bed(id="cama-9", name="Cama 9"))
    for bed, days in (("cama-3", 50), ("cama-9", 40)):
        since = DAWN - days * DAY
        garden.stores.registry.place(a_placement(channel="r2", probe=PROBE, bed=bed, since=since))
    assert bed_detail(garden.stores, "cama-3", DAWN).curve.points, "it learnt there long ago"
