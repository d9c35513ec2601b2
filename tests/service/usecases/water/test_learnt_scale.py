"""A probe that nobody calibrated, five weeks later: its bed has taught it a scale."""

from datetime import timedelta

import pytest

from surco_service.domain.nodes.node import Probe
from tests.builders import DAWN, a_placement, a_reading, a_watering
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
    say(learnt, mv_of(0.28))
    advice = learnt.decide()
    assert advice.basis == "fused"
    assert advice.theta == pytest.approx(0.28, abs=0.02)


@pytest.mark.parametrize("mv", [300.0, 2300.0])
def test_off_its_scale_it_is_off_scale_and_learns_no_more(learnt: Garden, mv: float) -> None:
    say(learnt, mv)
    advice = learnt.decide()
    told = {reason.code for reason in (*advice.reasons, *advice.notes)}
    assert "learning" not in told
    assert "off-scale" in told
