"""What a morning of a probe says of the probe, and of water that nobody noted."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_service.domain.water import room, watch
from surco_service.domain.water.belief import (
    DEPLETION,
    GOOD,
    MISSING,
    MOVED,
    OUT,
    REJECTED,
    STUCK,
    UNLOGGED,
    Belief,
    Day,
    Track,
    bias_place,
    unknown_bed,
    with_track,
)
from surco_service.domain.water.day_shape import Shape
from surco_service.domain.water.fusion import correct, predict
from surco_service.domain.water.root_zone import root_zone
from tests.builders import a_bed

ZONE = root_zone(a_bed())  # field capacity 0.35, wilting point 0.15, saturation 0.55, RAW 32 mm
PER = 1000 * ZONE.depth_m  # 0.01 m3/m3 is 4 mm
DRY = Day(ZONE, etc_mm=4.0, etc_sigma=0.2, et0_mm=4.0)
RECEDES = Shape(0.10, 0.4)  # as water does


def a_belief(depletion_mm: float = 20.0, sd_mm: float = 5.0, **track: object) -> Belief:
    """Return the belief in a bed that dried for days, whose probe said yesterday what it should."""
    usual = {
        "finding": GOOD, "theta": ZONE.field_capacity - (depletion_mm - 4) / PER,
        "residuals": (0.0, 0.0), "silent_days": 0,
    }  # fmt: skip
    belief = unknown_bed(ZONE, ["p-1"])
    rows = [list(row) for row in belief.covariance]
    rows[DEPLETION][DEPLETION], rows[3][3] = sd_mm**2, 0.015**2
    belief = replace(
        belief, mean=(depletion_mm, *belief.mean[1:]), wet_days=5,
        covariance=tuple(tuple(row) for row in rows),
    )  # fmt: skip
    return with_track(belief, 0, Track("p-1", **{**usual, **track}))  # type: ignore[arg-type]


def judged(
    belief: Belief, more: float, shape: Shape | None = None, day: Day = DRY
) -> watch.Judgement:
    """Judge a morning that says so much more than was expected, m3/m3."""
    theta = ZONE.field_capacity - belief.depletion_mm / PER + more
    return watch.judge(belief, 0, theta, day, shape)


# ---------------------------------------------------------------- findings


def test_a_morning_as_it_was_expected_is_good_and_makes_nothing_less_sure() -> None:
    found = judged(a_belief(), 0.0)
    assert (found.track.finding, found.moved, found.poured_mm) == (GOOD, False, 0.0)
    assert set(found.variances(0).values()) == {0.0}


@pytest.mark.parametrize("theta", [0.0, 0.02, 0.70, 5.0, -1e9])
def test_a_value_that_no_soil_has_is_out(theta: float) -> None:
    found = watch.judge(a_belief(), 0, theta, DRY, None)
    assert (found.track.finding, found.track.out) == (OUT, True)


def test_a_probe_that_left_the_soil_comes_back_when_it_reads_like_soil() -> None:
    fell = watch.judge(a_belief(), 0, 0.10, DRY, None).track
    assert fell.finding == OUT, "dry as no plant leaves it, from one morning to the next"
    still_out = watch.judge(with_track(a_belief(), 0, fell), 0, 0.12, DRY, None)
    assert still_out.track.finding == OUT
    back = judged(with_track(a_belief(), 0, fell), 0.0)
    assert (back.track.finding, back.track.out) == (GOOD, False)
    assert back.bias2 > 0, "it may sit elsewhere now"


def test_soil_that_dries_slowly_below_its_wilting_point_is_no_probe_in_the_air() -> None:
    belief = a_belief(depletion_mm=80.0, theta=0.155)
    assert watch.judge(belief, 0, 0.148, DRY, None).track.finding == GOOD


def test_the_very_same_value_on_three_mornings_is_stuck() -> None:
    belief, said = a_belief(), 0.31
    belief = with_track(belief, 0, replace(belief.tracks[0], theta=said))
    first = watch.judge(belief, 0, said, DRY, None)
    assert first.track.finding == GOOD
    second = watch.judge(with_track(belief, 0, first.track), 0, said + 0.0001, DRY, None)
    assert second.track.finding == STUCK


def test_what_stays_above_field_capacity_on_two_mornings_after_three_dry_days_was_moved() -> None:
    # since three mornings it says 0.06 more than full soil, and nothing of it is a surprise
    belief = a_belief(depletion_mm=4.0, residuals=(0.07, 0.07), theta=0.415)
    first = watch.judge(belief, 0, 0.41, DRY, None)
    assert (first.track.finding, first.moved) == (MOVED, False)
    belief = with_track(belief, 0, replace(first.track, theta=0.41))
    assert watch.judge(belief, 0, 0.409, DRY, None).moved
    draining = replace(belief, wet_days=watch.DRAINED_DAYS - 1)
    assert watch.judge(draining, 0, 0.409, DRY, None).track.finding == GOOD


# ---------------------------------------------------------------- why it got wetter


def test_a_small_surprise_is_nothing() -> None:
    for more in (-0.015, 0.015):
        found = judged(a_belief(), more)
        assert (found.track.finding, found.depletion_mm2, found.bias2) == (GOOD, 0.0, 0.0)


def test_the_dose_that_was_due_is_taken_for_poured() -> None:
    belief = a_belief(depletion_mm=38.0, full_days=3)
    dose_mm = watch.dose_mm(belief, DRY)
    assert 28 < dose_mm < 38
    found = judged(belief, dose_mm / PER, RECEDES)
    assert found.track.finding == UNLOGGED
    assert found.poured_mm == dose_mm


def test_other_water_is_seen_and_its_amount_left_to_the_probe() -> None:
    found = judged(a_belief(depletion_mm=22.0), 0.04, RECEDES)
    assert found.track.finding == UNLOGGED
    assert found.poured_mm == 0
    assert math.sqrt(found.depletion_mm2) == pytest.approx(0.04 * PER, rel=0.1)
    assert found.bias2 < 0.1 * 0.04**2


def test_a_step_that_stays_put_is_the_probes_own() -> None:
    found = judged(a_belief(depletion_mm=10.0, sd_mm=2.0, anchor=0.01), 0.15, Shape(0.15, 0.0))
    assert found.track.finding == GOOD
    assert math.sqrt(found.bias2) == pytest.approx(0.15, rel=0.15)
    assert math.sqrt(found.depletion_mm2) < 0.5 * 0.15 * PER, "it is hardly water"
    assert found.track.anchor is not None
    assert found.track.anchor == pytest.approx(0.16, abs=0.04), "its plateau jumps along"
    assert abs(found.track.anchor - 0.16) < found.track.anchor_sd, "as far as it was no water"


def test_a_fall_that_nobody_drank_is_the_probes_own() -> None:
    found = judged(a_belief(depletion_mm=10.0), -0.10)
    assert (found.track.finding, found.depletion_mm2) == (GOOD, 0.0)
    assert math.sqrt(found.bias2) == pytest.approx(0.10)


def test_where_people_note_what_they_pour_an_unnoted_dose_is_less_likely() -> None:
    def doubt(noted: float) -> float:
        belief = replace(a_belief(depletion_mm=22.0), noted=noted)
        return judged(belief, 0.06).bias2

    assert doubt(0.1) < doubt(0.5) < doubt(0.95)


def test_water_that_was_noted_explains_a_rise() -> None:
    belief = replace(a_belief(), wet_days=0)
    found = judged(belief, 0.08, RECEDES)
    assert (found.track.finding, found.depletion_mm2, found.bias2) == (GOOD, 0.0, 0.0)


@pytest.mark.parametrize(
    "nights", [(0.50, 0.49), (0.58, 0.57), (0.53, 0.50), (0.53, 0.59), (0.56, 0.40)]
)
def test_a_value_above_saturation_on_the_night_after_a_watering_is_neither_out_nor_unnoted_water(
    nights: tuple[float, float],
) -> None:
    day = replace(DRY, poured_mm=50.0)
    belief, _ = predict(a_belief(depletion_mm=34.0), day)
    for theta in nights:
        belief = correct(belief, [theta], day)
        track = belief.tracks[0]
        assert track.finding in (GOOD, REJECTED)
        assert not track.out
        assert track.seen_mm == 0
        belief, day = predict(belief, DRY)[0], DRY


def test_no_dose_is_thought_of_in_a_bed_that_was_not_due() -> None:
    assert watch.dose_mm(a_belief(depletion_mm=20.0, sd_mm=2.0), DRY) == 0
    # lean, 38 - 0.7 * 5 mm less yesterday's 4; a bed that was long not full got a soak, 38 + 5 - 4
    assert watch.dose_mm(a_belief(depletion_mm=38.0, full_days=3), DRY) == pytest.approx(
        0.95 * 30.5
    )
    assert watch.dose_mm(a_belief(depletion_mm=38.0), DRY) == pytest.approx(0.95 * 39)


# ---------------------------------------------------------------- what is kept


def test_residuals_are_those_since_water_came_last() -> None:
    track = Track("p-1", finding=GOOD, residuals=(0.01, 0.02, 0.03))
    dry, wet = (replace(a_belief(), wet_days=days) for days in (5, 0))

    def kept(track: Track, belief: Belief) -> tuple[float, ...]:
        return watch.remembered(track, 0, 0.04, 0.0, belief).residuals

    assert kept(track, dry) == (0.02, 0.03, 0.04)
    assert kept(track, wet) == (0.04,)
    assert kept(replace(track, finding=UNLOGGED), dry) == (0.04,)


def test_the_plateau_of_a_probe_is_remembered_two_days_after_some_water_drained() -> None:
    belief = a_belief(depletion_mm=8.0)
    for full_days, anchored in ((0, False), (1, False), (2, True), (3, True), (4, False)):
        track = watch.remembered(Track("p-1", full_days=full_days), 0, 0.0, 0.0, belief)
        assert (track.anchor is not None) == anchored, full_days
    unsure = a_belief(sd_mm=20.0)
    assert watch.remembered(Track("p-1", full_days=2), 0, 0.0, 0.0, unsure).anchor is None


def test_water_that_was_seen_adds_up_for_some_days() -> None:
    belief, track = a_belief(), Track("p-1", seen_mm=10.0, seen_days=2)
    more = watch.remembered(track, 0, 0.0, 5.0, belief)
    assert (more.seen_mm, more.seen_days) == (15.0, 0)
    long_ago = replace(track, seen_days=watch.SEEN_MEMORY + 1)
    assert watch.remembered(long_ago, 0, 0.0, 5.0, belief).seen_mm == 5.0


# ---------------------------------------------------------------- room


def test_a_probe_that_says_no_less_than_when_its_bed_was_full_leaves_no_room() -> None:
    anchored = a_belief(anchor=0.02, anchor_sd=0.0, full_days=0)
    plateau = ZONE.field_capacity + 0.02
    for theta in (plateau + room.UP, plateau + 0.1):
        assert room.room_mm(anchored, [theta], ZONE) == pytest.approx(0, abs=1e-9)
    left_mm = room.room_mm(anchored, [plateau + room.UP - 0.05], ZONE)
    assert left_mm == pytest.approx(0.05 * PER / room.LEAST_GAIN)


def test_of_a_probe_whose_bed_was_never_full_it_is_known_only_what_a_probe_can_be() -> None:
    left_mm = room.room_mm(a_belief(), [ZONE.field_capacity], ZONE)
    assert left_mm == pytest.approx(room.BIAS_MOST * PER / room.LEAST_GAIN)


def test_the_wettest_probe_decides_and_who_is_not_believed_has_no_say() -> None:
    belief = unknown_bed(ZONE, ["a", "b"])
    for i, finding in enumerate((GOOD, UNLOGGED)):
        belief = with_track(belief, i, replace(belief.tracks[i], finding=finding, anchor=0.0))
    wet, dry = 0.33, 0.25
    both = room.room_mm(belief, [wet, dry], ZONE)
    assert both == room.room_mm(belief, [wet, None], ZONE)
    assert both == room.room_mm(belief, [dry, wet], ZONE)
    for finding in (MISSING, OUT, STUCK, REJECTED):
        ill = with_track(belief, 0, replace(belief.tracks[0], finding=finding))
        assert room.room_mm(ill, [wet, dry], ZONE) == room.room_mm(belief, [None, dry], ZONE)
    perhaps_moved = with_track(belief, 0, replace(belief.tracks[0], finding=MOVED))
    assert room.room_mm(perhaps_moved, [wet, dry], ZONE) == both, "nobody knows yet that it was"
    assert room.room_mm(belief, [None, None], ZONE) is None
    assert room.room_mm(unknown_bed(ZONE), [], ZONE) is None


@given(
    theta=st.floats(0.0, 0.6), less=st.floats(0.0, 0.2), anchor=st.none() | st.floats(-0.1, 0.1),
    full_days=st.integers(0, 60),
)  # fmt: skip
def test_drier_soil_never_leaves_less_room(
    theta: float, less: float, anchor: float | None, full_days: int
) -> None:
    belief = a_belief(anchor=anchor, full_days=full_days)
    wetter, drier = (room.room_mm(belief, [t], ZONE) for t in (theta, theta - less))
    assert wetter is not None
    assert drier is not None
    assert 0 <= wetter <= drier


@given(anchor=st.floats(-0.1, 0.1), days=st.integers(0, 100))
def test_an_old_plateau_says_less_of_a_probe_than_a_new_one(anchor: float, days: int) -> None:
    new, old = (room.bias_range(Track("p", anchor=anchor, full_days=d), ZONE) for d in (0, days))
    assert old[0] <= new[0] < anchor < new[1] <= old[1]


@given(
    theta=st.floats(-1, 2), depletion_mm=st.floats(0, 80), wet_days=st.integers(0, 9),
    rise=st.none() | st.floats(-0.2, 0.2), receded=st.floats(-2, 2), noted=st.floats(0, 1),
)  # fmt: skip
def test_every_morning_is_judged_and_none_makes_surer(
    theta: float, depletion_mm: float, wet_days: int, rise: float | None, receded: float,
    noted: float,
) -> None:  # fmt: skip
    belief = replace(a_belief(depletion_mm), wet_days=wet_days, noted=noted)
    shape = None if rise is None else Shape(rise, receded)
    found = watch.judge(belief, 0, theta, DRY, shape)
    assert found.track.finding in {GOOD, UNLOGGED, OUT, STUCK, MOVED}
    assert all(math.isfinite(v) and v >= 0 for v in found.variances(0).values())
    assert found.variances(0).keys() == {DEPLETION, bias_place(0)}
    assert 0 <= found.poured_mm <= depletion_mm
