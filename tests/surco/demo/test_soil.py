"""The simulated past ends where the present begins, and its waterings are seen in the soil."""

import pytest

from surco.demo.gardens import GARDENS
from surco.demo.soil import DRY, FULL, gained, history, millivolts, poured_litres

BEDS = [bed for garden in GARDENS for bed in garden.beds if bed.theta is not None]


@pytest.mark.parametrize("bed", BEDS, ids=lambda bed: bed.id)
def test_the_past_ends_at_the_present(bed) -> None:
    assert history(bed.theta, bed.peak, bed.low, bed.dries, 30).at(0) == pytest.approx(bed.theta)


@pytest.mark.parametrize("bed", BEDS, ids=lambda bed: bed.id)
def test_each_watering_is_seen_in_the_soil(bed) -> None:
    past = history(bed.theta, bed.peak, bed.low, bed.dries, 30)
    assert past.waterings
    for when, gain in past.waterings:
        assert past.at(when - 60) - past.at(when + 60) == pytest.approx(gain, abs=0.01)


def test_litres_and_moisture_agree() -> None:
    assert gained(poured_litres(0.08, 3.0), 3.0) == pytest.approx(0.08, abs=0.001)


def test_a_probe_says_its_two_points() -> None:
    assert [millivolts(theta) for theta in (DRY[1], FULL[1])] == [DRY[0], FULL[0]]
