import math
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_service.domain.water.fusion import (
    FORGET_DAYS,
    GOOD,
    MISSING,
    MOVED,
    OUT,
    REJECTED,
    STUCK,
    UNLOGGED,
    Belief,
    Day,
    correct,
    predict,
    unknown_bed,
    with_probes,
)
from surco_service.domain.water.root_zone import root_zone
from tests.builders import a_bed

ZONE = root_zone(a_bed())  # field capacity 0.35, TAW 80 mm, roots 0.4 m: 0.01 m3/m3 is 4 mm
DRY = Day(ZONE, etc_mm=4.0, etc_sigma=0.2, et0_mm=4.0)


def soaked(probes: tuple[str, ...] = ("p-1",)) -> Belief:
    """Return the belief in a bed that was just filled until it drained."""
    belief, _ = predict(unknown_bed(ZONE, probes), replace(DRY, irrigation_mm=120.0))
    return belief


def live(belief: Belief, thetas: list[float | None], **day: float) -> Belief:
    """Return the belief after mornings of a probe, a dry day before each."""
    for theta in thetas:
        belief, _ = predict(belief, replace(DRY, **day))
        belief = correct(belief, [theta], DRY)
    return belief


def drying(days: int, start: float = 0.34, noise: Random | None = None) -> list[float | None]:
    wobble = noise.gauss if noise else lambda *_: 0.0
    return [start - 0.01 * i + wobble(0, 0.003) for i in range(days)]


def test_a_soak_makes_field_capacity_certain_and_days_make_it_less_so() -> None:
    belief = soaked()
    assert belief.depletion_mm == pytest.approx(4)
    later = live(belief, [None] * 5)
    assert later.depletion_mm == pytest.approx(24)
    assert later.sd_mm > belief.sd_mm


def test_a_probe_corrects_the_balance_by_as_much_as_it_is_worth() -> None:
    alone, heard = live(soaked(), [None] * 4), live(soaked(), [None, None, None, 0.32])
    assert alone.depletion_mm == pytest.approx(20)
    assert 12 < heard.depletion_mm < 20, "the probe alone would say 12 mm"
    assert heard.sd_mm < alone.sd_mm


def test_the_bias_of_a_probe_is_learnt_when_the_bed_is_known_to_be_full() -> None:
    belief = live(soaked(), drying(3, start=0.34 - 0.05))
    assert belief.mean[1] == pytest.approx(-0.05, abs=0.02)
    assert belief.depletion_mm == pytest.approx(14, abs=5), "little of the offset became depletion"


def test_a_silent_probe_changes_nothing_but_what_is_sure() -> None:
    belief = live(soaked(), [math.nan, None])
    assert belief.tracks[0].finding == MISSING
    assert belief.depletion_mm == pytest.approx(12)


@pytest.mark.parametrize(
    ("mornings", "finding"),
    [
        (drying(4), GOOD),
        ([0.33, 0.32, 0.32, 0.32], STUCK),
        ([0.33, 0.32, 0.02], OUT),
        ([0.33, 0.32, 0.71], OUT),
        ([0.33, 0.32, 0.31, 0.30, 0.42], MOVED),
        ([0.30, 0.29, 0.28, 0.27, 0.26, 0.34], UNLOGGED),
        ([0.33, 0.32, 0.20], REJECTED),
    ],
)
def test_what_a_probe_does_is_judged_before_it_is_believed(
    mornings: list[float | None], finding: str
) -> None:
    assert live(soaked(), mornings).tracks[0].finding == finding


@pytest.mark.parametrize("seed", range(10))
def test_ten_healthy_probes_are_believed_every_morning(seed: int) -> None:
    belief, noise = soaked(), Random(seed)
    for theta in drying(12, noise=noise):
        belief = live(belief, [theta])
        assert belief.tracks[0].finding == GOOD


def test_a_broken_probe_cannot_water_a_full_bed_nor_dry_one_out() -> None:
    for broken in ([0.02] * 6, [0.60] * 6, [0.34] * 6):
        belief = live(soaked(), [0.335, 0.325, *broken])
        assert belief.depletion_mm == pytest.approx(36, abs=9), broken


def test_water_that_nobody_noted_is_seen_and_counted() -> None:
    belief = live(soaked(), [0.33, 0.32, 0.31, 0.30, 0.29, 0.28, 0.34])
    assert belief.tracks[0].finding == UNLOGGED
    assert belief.depletion_mm < 12


def test_a_probe_that_was_moved_learns_its_bias_and_waters_nothing() -> None:
    before = live(soaked(), drying(6))
    after = live(before, [0.42, 0.41, 0.40, 0.39])
    assert after.depletion_mm > before.depletion_mm
    assert after.mean[1] > 0.05


def test_a_bed_that_nobody_saw_for_long_is_unknown_and_then_believes_its_probe() -> None:
    belief = live(soaked(), [None] * (FORGET_DAYS + 10))
    assert belief.sd_mm > 0.4 * ZONE.taw_mm
    heard = correct(belief, [0.25], DRY)
    assert heard.depletion_mm == pytest.approx(40, abs=8)


def test_a_new_probe_is_a_stranger_and_a_known_one_keeps_its_bias() -> None:
    belief = live(soaked(), drying(3, start=0.29))
    two = with_probes(belief, ["p-2", "p-1"])
    assert two.mean == (belief.mean[0], 0.0, belief.mean[1])
    assert two.covariance[0][2] == belief.covariance[0][1]
    assert two.covariance[1][1] == pytest.approx(0.04**2)
    assert with_probes(two, ["p-1"]) == belief


def test_two_probes_are_surer_than_one() -> None:
    one, both = soaked(), soaked(("p-1", "p-2"))
    for theta in drying(4):
        one, _ = predict(one, DRY)
        both, _ = predict(both, DRY)
        one, both = correct(one, [theta], DRY), correct(both, [theta, theta], DRY)
    assert both.sd_mm < one.sd_mm


@given(
    thetas=st.lists(st.none() | st.floats(allow_nan=True, allow_infinity=True), max_size=30),
    etc=st.floats(0, 12), rain=st.floats(0, 100), irrigation=st.floats(0, 200),
)  # fmt: skip
def test_no_probe_and_no_weather_breaks_the_belief(
    thetas: list[float | None], etc: float, rain: float, irrigation: float
) -> None:
    belief = unknown_bed(ZONE, ["p-1"])
    for i, theta in enumerate(thetas):
        day = replace(DRY, etc_mm=etc, rain_mm=rain * (i % 3), irrigation_mm=irrigation * (i % 4))
        belief, _ = predict(belief, day)
        belief = correct(belief, [theta], day)
        assert 0 <= belief.depletion_mm <= ZONE.taw_mm
        assert all(math.isfinite(value) for row in belief.covariance for value in row)
        assert all(belief.covariance[i][i] > 0 for i in range(2))


def test_a_value_beyond_all_sense_leaves_no_trace_in_the_next_morning() -> None:
    for absurd in (-3e151, 1e308, 5.0):
        belief = live(soaked(), [0.33, 0.32, absurd, 0.30])
        assert belief.tracks[0].finding == GOOD
        assert belief.depletion_mm == pytest.approx(20, abs=4)


@given(seed=st.integers(0, 10_000))
def test_the_same_days_give_the_same_belief_bit_by_bit(seed: int) -> None:
    def once() -> Belief:
        noise = Random(seed)
        return live(soaked(), [noise.choice([None, noise.uniform(0, 0.6)]) for _ in range(20)])

    assert once() == once()


def test_what_was_learnt_of_a_silent_probe_is_trusted_less_each_day() -> None:
    learnt = live(soaked(), drying(4))
    later = live(learnt, [None] * 30)
    assert later.covariance[1][1] == pytest.approx(learnt.covariance[1][1] + 30 * 0.001**2)
    assert later.mean[1] == learnt.mean[1]
