"""The state of the filter, and the few ways in which it changes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_service.domain.water.belief import (
    BIAS_SD,
    DEPLETION,
    EFFICIENCY,
    GAIN_SD,
    LEAN,
    SOAK,
    SOAK_DAYS,
    THIRST,
    Belief,
    Prior,
    Track,
    bias_place,
    held,
    unknown_bed,
    widened,
    with_probes,
    with_track,
)
from surco_service.domain.water.root_zone import root_zone
from tests.builders import a_bed
from tests.service.domain.water.covariance import possible

ZONE = root_zone(a_bed())  # TAW 80 mm
SCALES = (20.0, 0.2, 0.08, 0.05, 0.15, 0.05, 0.15)  # sds of two probes' state


@st.composite
def beliefs(draw: st.DrawFn) -> Belief:
    """Draw a belief in a bed of two probes: any mean, and any covariance that can be."""
    n = range(len(SCALES))
    roots = [[draw(st.floats(-1, 1)) for _ in n] for _ in n]
    covariance = tuple(
        tuple(SCALES[i] * SCALES[j] * sum(roots[i][k] * roots[j][k] for k in n) for j in n)
        for i in n
    )
    mean = (
        draw(st.floats(-20, 100)), draw(st.floats(0, 2)), draw(st.floats(0.3, 1.2)),
        *(draw(st.floats(-0.2, 0.2)) + (k % 2) for k in range(4)),
    )  # fmt: skip
    return replace(unknown_bed(ZONE, ["p-1", "p-2"]), mean=mean, covariance=covariance)


PLACES = st.integers(0, len(SCALES) - 1)


def test_of_an_unknown_bed_half_its_water_may_be_missing_give_or_take_as_much() -> None:
    bed = unknown_bed(ZONE, ["p-1"], Prior(thirst_sd=0.3, bias_sd=0.07))
    assert (bed.depletion_mm, bed.sd_mm) == (40.0, pytest.approx(40.0))
    assert (bed.thirst, bed.efficiency) == (1.0, EFFICIENCY)
    assert (bed.biases, bed.gains) == ((0.0,), (1.0,))
    assert bed.sd(THIRST) == pytest.approx(0.3)
    assert bed.sd(bias_place(0)) == pytest.approx(0.07)
    assert possible(bed.covariance)


def test_each_probe_has_its_bias_and_its_gain_in_its_own_place() -> None:
    bed = replace(unknown_bed(ZONE, ["a", "b"]), mean=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0))
    assert (bed.biases, bed.gains) == ((4.0, 6.0), (5.0, 7.0))
    assert [bed.mean[bias_place(i)] for i in range(2)] == [4.0, 6.0]


@given(beliefs())
def test_known_probes_keep_what_was_learnt_in_whatever_order_they_come(belief: Belief) -> None:
    turned = with_probes(belief, ["p-2", "p-1"])
    assert turned.biases == belief.biases[::-1]
    assert turned.gains == belief.gains[::-1]
    assert [track.probe for track in turned.tracks] == ["p-2", "p-1"]
    old, new = (bias_place(0), bias_place(0) + 1), (bias_place(1), bias_place(1) + 1)
    for a, b in zip(old, new, strict=True):
        assert turned.covariance[DEPLETION][b] == belief.covariance[DEPLETION][a]
        assert turned.covariance[THIRST][b] == belief.covariance[THIRST][a]
    assert turned.covariance[old[0]][new[1]] == belief.covariance[new[0]][old[1]]
    assert with_probes(turned, ["p-1", "p-2"]) == belief


@given(beliefs())
def test_a_new_probe_is_a_stranger_that_hangs_on_nothing(belief: Belief) -> None:
    three = with_probes(belief, ["p-1", "new", "p-2"])
    place = bias_place(1)
    assert (three.biases[1], three.gains[1]) == (0.0, 1.0)
    assert three.sd(place) == pytest.approx(BIAS_SD)
    assert three.sd(place + 1) == pytest.approx(GAIN_SD)
    others = [j for j in range(len(three.mean)) if j != place]
    assert all(three.covariance[place][j] == three.covariance[j][place] == 0 for j in others)
    assert possible(three.covariance)
    assert with_probes(three, ["p-1", "p-2"]) == belief


@given(beliefs())
def test_without_its_probes_a_bed_is_believed_as_before(belief: Belief) -> None:
    alone = with_probes(belief, [])
    assert alone.mean == belief.mean[:3]
    assert alone.tracks == alone.biases == ()
    assert alone.covariance == tuple(row[:3] for row in belief.covariance[:3])


@given(beliefs(), PLACES, st.floats(0, 100))
def test_who_is_less_sure_of_one_part_is_not_surer_of_any(
    belief: Belief, place: int, variance: float
) -> None:
    after = widened(belief, {place: variance})
    assert after.mean == belief.mean
    assert after.covariance[place][place] == belief.covariance[place][place] + variance
    assert possible(after.covariance)
    rest = [j for j in range(len(SCALES)) if j != place]
    assert all(after.sd(j) == belief.sd(j) for j in rest)


@given(beliefs(), PLACES, st.floats(-50, 50), st.floats(0, 50))
def test_what_is_held_lies_within_its_range_and_its_covariance_stays_what_it_was(
    belief: Belief, place: int, low: float, width: float
) -> None:
    high = low + width
    after = held(belief, place, low, high)
    assert low - 1e-6 <= after.mean[place] <= high + 1e-6
    assert after.covariance == belief.covariance
    if low <= belief.mean[place] <= high:
        assert after == belief


def test_what_lies_beyond_goes_into_what_hangs_on_it() -> None:
    """More than full cannot be: the rest of the surprise is the probe's."""
    rows = [list(row) for row in unknown_bed(ZONE, ["p-1"]).covariance]
    rows[DEPLETION][3] = rows[3][DEPLETION] = 0.8 * 40 * BIAS_SD
    belief = replace(
        unknown_bed(ZONE, ["p-1"]), mean=(-8.0, 1.0, 0.85, 0.0, 1.0),
        covariance=tuple(tuple(row) for row in rows),
    )  # fmt: skip
    after = held(belief, DEPLETION, 0.0, 80.0)
    assert after.depletion_mm == 0
    assert after.biases[0] == pytest.approx(0.8 * BIAS_SD / 40 * 8)
    assert after.thirst == 1.0, "it hangs on nothing"


def test_a_bed_is_filled_lean_when_it_was_surely_full_lately_and_soaked_when_not() -> None:
    def filling(*full_days: int, mm: float = 30.0, sd_mm: float = 10.0) -> float:
        tracks = tuple(Track(f"p-{days}", full_days=days) for days in full_days)
        bed = replace(unknown_bed(ZONE), mean=(mm, 1.0, EFFICIENCY), tracks=tracks)
        return replace(bed, covariance=((sd_mm**2, 0.0, 0.0), *bed.covariance[1:])).filling_mm

    assert filling(SOAK_DAYS) == pytest.approx(30 - LEAN * 10)
    assert filling(SOAK_DAYS + 1) == pytest.approx(30 + SOAK * 10)
    assert filling(Track("new").full_days) == filling(SOAK_DAYS + 1), "a new probe is anchored soon"
    assert filling(40, 3) == filling(3), "a second probe does not ask for what the first has"
    assert filling() == filling(3), "without probes there is none to anchor"
    assert filling(3, mm=5.0) == 0, "perhaps nothing is missing"


def test_a_track_changes_alone() -> None:
    bed = unknown_bed(ZONE, ["a", "b"])
    after = with_track(bed, 1, replace(bed.tracks[1], rejected=2))
    assert (after.tracks[0], after.tracks[1].rejected) == (bed.tracks[0], 2)
    assert after.mean == bed.mean
