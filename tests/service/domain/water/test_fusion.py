import math
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_service.domain.water import fusion
from surco_service.domain.water.belief import (
    BELIEVED,
    GOOD,
    MISSING,
    MOVED,
    OUT,
    REJECTED,
    STUCK,
    THIRST,
    UNLOGGED,
    Belief,
    Day,
    bias_place,
    unknown_bed,
)
from surco_service.domain.water.day_shape import Shape
from surco_service.domain.water.fusion import (
    BIAS_WALK,
    FORGET_DAYS,
    GAIN_RANGE,
    STAYS_RANGE,
    THIRST_RANGE,
    correct,
    predict,
)
from surco_service.domain.water.root_zone import root_zone
from tests.builders import a_bed
from tests.service.domain.water.covariance import possible

ZONE = root_zone(a_bed())  # field capacity 0.35, TAW 80 mm, roots 0.4 m: 0.01 m3/m3 is 4 mm
DRY = Day(ZONE, etc_mm=4.0, etc_sigma=0.2, et0_mm=4.0)
PUSHED: list[float | None] = [
    0.33,
    0.32,
    0.31,
    0.30,
    0.44,
    0.438,
    0.436,
    0.434,
    0.432,
]  # and it never drains
CREEPS: list[float | None] = [
    0.33,
    0.32,
    0.31,
    0.30,
    0.29,
    *(0.29 + 0.012 * day for day in range(1, 12)),
]  # unwatered


def soaked(probes: tuple[str, ...] = ("p-1",)) -> Belief:
    """Return the belief in a bed that was just filled until it drained."""
    belief, _ = predict(unknown_bed(ZONE, probes), replace(DRY, poured_mm=150.0))
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
    assert belief.depletion_mm == pytest.approx(4, abs=1), "what was drunk since"
    assert belief.sd_mm < 5
    later = live(belief, [None] * 5)
    assert later.depletion_mm == pytest.approx(24, abs=1)
    assert later.sd_mm > belief.sd_mm


def test_water_that_may_have_been_too_much_leaves_a_bed_nearly_full() -> None:
    """Half empty, give or take as much: 40 mm fill it perhaps, 120 mm surely."""
    less, enough = (
        predict(unknown_bed(ZONE), replace(DRY, poured_mm=mm / 0.85, etc_mm=0.0))[0]
        for mm in (40.0, 120.0)
    )
    assert 5 < less.depletion_mm < 20
    assert 0 <= enough.depletion_mm < 2
    assert enough.sd_mm < 0.25 * less.sd_mm


def test_a_probe_corrects_the_balance_by_as_much_as_it_is_worth() -> None:
    def heard(learnt: Belief) -> tuple[Belief, Belief]:
        alone, _ = predict(learnt, DRY)
        said = ZONE.field_capacity - (alone.depletion_mm - 8) / 400  # 8 mm less are missing
        return alone, correct(alone, [said], DRY)

    (guess, stranger), (reckoned, known) = heard(soaked()), heard(live(soaked(), drying(4)))
    assert guess.depletion_mm - 8 < stranger.depletion_mm < guess.depletion_mm
    pulled = [
        guess.depletion_mm - stranger.depletion_mm,
        reckoned.depletion_mm - known.depletion_mm,
    ]
    assert pulled[1] > 1.4 * pulled[0], "a stranger is worth less than one whose bias is known"
    assert pulled[1] < 8
    assert stranger.sd_mm < guess.sd_mm
    assert known.sd_mm < reckoned.sd_mm


def test_the_bias_of_a_probe_is_learnt_when_the_bed_is_known_to_be_full() -> None:
    belief = live(soaked(), drying(3, start=0.34 - 0.05))
    assert belief.biases[0] == pytest.approx(-0.05, abs=0.02)
    assert belief.sd(bias_place(0)) < 0.5 * soaked().sd(bias_place(0))
    assert belief.depletion_mm == pytest.approx(14, abs=5), "little of the offset became depletion"


def test_how_thirsty_a_bed_is_shows_in_how_fast_it_dries() -> None:
    usual = [0.34, 0.33, 0.32, 0.31, 0.30, 0.29, 0.28]

    def after_rounds(pace: float, *, silent: bool = False) -> Belief:
        belief = soaked()
        for _ in range(4):
            belief, _ = predict(
                live(belief, [None if silent else 0.34 - pace * (0.34 - t) for t in usual]),
                replace(DRY, poured_mm=90.0),
            )
        return belief

    shaded, told_well, windy = (after_rounds(pace) for pace in (0.6, 1.0, 1.3))
    assert shaded.thirst < 0.85
    assert told_well.thirst == pytest.approx(1.0, abs=0.08)
    assert windy.thirst > 1.08
    unheard = after_rounds(1.0, silent=True)  # what is thirsty changes within a month
    assert max(bed.sd(THIRST) for bed in (shaded, told_well, windy)) < 0.9 * unheard.sd(THIRST)


def test_a_silent_probe_changes_nothing_but_what_is_sure() -> None:
    belief = live(soaked(), [math.nan, None])
    assert belief.tracks[0].finding == MISSING
    assert belief.depletion_mm == pytest.approx(12, abs=1)


@pytest.mark.parametrize(
    ("mornings", "finding"),
    [
        (drying(4), GOOD),
        ([0.33, 0.32, 0.32, 0.32], STUCK),
        ([0.33, 0.32, 0.02], OUT),
        ([0.33, 0.32, 0.71], OUT),
        (CREEPS[:14], MOVED),
        ([0.30, 0.29, 0.28, 0.27, 0.26, 0.34], UNLOGGED),
        ([0.10], REJECTED),
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


def test_a_probe_is_called_moved_after_three_dry_days_and_two_mornings_above_field_capacity() -> (
    None
):
    """Until then it may have been water: soil holds more than field capacity while it drains."""
    watered = replace(DRY, poured_mm=60.0)  # and it was pushed on the same day
    belief = correct(predict(live(soaked(), drying(8)), watered)[0], [0.44], watered)
    found = [belief.tracks[0].finding]
    for theta in (0.438, 0.436, 0.434, 0.432, 0.430):
        belief = live(belief, [theta])
        found.append(belief.tracks[0].finding)
    assert found == [GOOD] * 3 + [MOVED] * 2 + [GOOD]


def test_a_probe_that_was_moved_learns_its_bias_and_gives_back_the_water_it_made_believed() -> None:
    deceived, after = (live(soaked(), CREEPS[:days]) for days in (14, 15))
    assert deceived.tracks[0].seen_mm > 10, "taken for water at first"
    assert after.depletion_mm > deceived.depletion_mm + 10
    assert after.biases[0] > 0.10
    next_day = live(after, [0.40])  # another 4 mm were drunk
    assert next_day.tracks[0].finding == GOOD
    assert next_day.depletion_mm == pytest.approx(after.depletion_mm + 4, abs=2)


def test_a_push_that_may_have_been_water_leaves_the_bed_unsure_until_water_comes() -> None:
    """Nobody saw its hours: half the rise becomes bias, and the balance alone goes on drying."""
    before, pushed, later = (live(soaked(), PUSHED[:days]) for days in (4, 5, len(PUSHED)))
    assert pushed.tracks[0].finding == UNLOGGED
    assert pushed.biases[0] > 0.05
    assert pushed.sd_mm > 0.25 * ZONE.taw_mm > before.sd_mm, "so unsure that a finger is asked for"
    assert later.sd_mm > 0.25 * ZONE.taw_mm
    assert later.balance_mm is not None
    assert later.balance_mm > before.depletion_mm, (
        "it was not surely water, and is not taken for it"
    )
    full = predict(later, replace(DRY, poured_mm=150.0))[0]
    assert full.sd_mm < before.sd_mm


def test_a_probe_that_jumps_without_the_shape_of_water_takes_its_bias_along() -> None:
    before = live(soaked(), drying(5))
    for jump in (0.15, -0.10):
        belief, _ = predict(before, DRY)
        belief = correct(belief, [0.29 + jump], DRY, [Shape(jump, 0.0)])  # stepped, and stays
        assert belief.tracks[0].finding in BELIEVED
        # the rest of a rise was perhaps water: about a fifth, so the depletion is unsure by as much
        assert 0.75 < (belief.biases[0] - before.biases[0]) / jump < 1.05
        assert abs(belief.depletion_mm - before.depletion_mm - 4) < 0.5 * belief.sd_mm


def test_a_bed_that_nobody_saw_for_long_is_unknown_and_then_believes_its_probe() -> None:
    belief = live(soaked(), [None] * (FORGET_DAYS + 10))
    assert belief.sd_mm > 0.4 * ZONE.taw_mm
    heard = correct(belief, [0.25], DRY)
    assert heard.depletion_mm == pytest.approx(40, abs=8)


def test_two_probes_are_surer_than_one() -> None:
    one, both = soaked(), soaked(("p-1", "p-2"))
    for theta in drying(4):
        one, _ = predict(one, DRY)
        both, _ = predict(both, DRY)
        one, both = correct(one, [theta], DRY), correct(both, [theta, theta], DRY)
    assert both.sd_mm < one.sd_mm


def test_a_second_probe_that_is_silent_changes_nothing_while_the_first_sees_no_water() -> None:
    dry = [0.33, 0.32, 0.31, 0.30, 0.29, 0.28, 0.27, 0.26]
    one, both = soaked(), soaked(("p-1", "p-2"))
    for theta in dry:
        one, both = predict(one, DRY)[0], predict(both, DRY)[0]
        one, both = correct(one, [theta], DRY), correct(both, [theta, None], DRY)
    assert both.depletion_mm == pytest.approx(one.depletion_mm)


def test_of_a_bed_that_is_due_and_silent_it_is_less_sure_that_nobody_watered() -> None:
    heard = live(soaked(), drying(8))
    belief, silent = predict(heard, DRY)[0], live(heard, [None])
    assert silent.depletion_mm < belief.depletion_mm - 2
    assert silent.sd_mm > 1.3 * belief.sd_mm
    assert live(soaked(), [None]).depletion_mm == predict(soaked(), DRY)[0].depletion_mm, "not due"


def test_mornings_on_which_balance_or_probe_alone_says_dry_are_counted_until_they_agree() -> None:
    dry_mm = 1.1 * ZONE.raw_mm
    enough = replace(live(soaked(), drying(4)), balance_mm=dry_mm + 4)  # 16 mm are believed missing
    first = live(enough, [0.30])
    assert (first.dissent_days, first.dissent_mm > dry_mm) == (1, True)
    second = live(first, [0.29])
    assert second.dissent_days == 2
    agreed = live(replace(second, balance_mm=20.0), [0.28])
    assert (agreed.dissent_days, agreed.dissent_mm) == (0, 0.0)


def test_news_of_the_day_counts_no_morning() -> None:
    waits = replace(soaked(), due_days=2, dissent_days=1, dissent_mm=30.0)
    told = fusion.heard(waits, [0.30], DRY)
    assert told.depletion_mm != waits.depletion_mm, "it was heard"
    assert (told.due_days, told.dissent_days, told.dissent_mm) == (2, 1, 30.0)
    assert told.balance_mm == waits.balance_mm


def test_a_probe_alone_dissents_when_it_says_dry_by_its_own_plateau() -> None:
    learnt = live(soaked(), drying(4))
    dry = replace(learnt, tracks=(replace(learnt.tracks[0], anchor=0.06),))
    assert live(learnt, [0.30]).dissent_days == 0
    heard = live(dry, [0.30])  # 0.05 under field capacity and 0.06 under its plateau: 44 mm
    assert heard.dissent_days == 1
    assert heard.dissent_mm == pytest.approx(44, abs=1)
    assert live(dry, [None]).dissent_days == 0, "it said nothing"


def test_mornings_on_which_a_bed_was_due_are_counted_until_water_comes() -> None:
    # 4 mm are missing and 4 a day more: 32 on the seventh morning; due are 32 less 0.4 of a day's 4
    due = [live(soaked(), drying(days)).due_days for days in (6, 7, 8)]
    assert due == [0, 1, 2]
    watered = predict(live(soaked(), drying(9)), replace(DRY, poured_mm=40.0))[0]
    assert correct(watered, [0.33], DRY).due_days == 0


@given(
    thetas=st.lists(st.none() | st.floats(allow_nan=True, allow_infinity=True), max_size=30),
    etc=st.floats(0, 12), rain=st.floats(0, 100), poured=st.floats(0, 200),
)  # fmt: skip
def test_no_probe_and_no_weather_breaks_the_belief(
    thetas: list[float | None], etc: float, rain: float, poured: float
) -> None:
    belief = unknown_bed(ZONE, ["p-1"])
    for i, theta in enumerate(thetas):
        day = replace(DRY, etc_mm=etc, rain_mm=rain * (i % 3), poured_mm=poured * (i % 4))
        belief, _ = predict(belief, day)
        belief = correct(belief, [theta], day)
        assert 0 <= belief.depletion_mm <= ZONE.taw_mm
        assert possible(belief.covariance)
        assert all(math.isfinite(value) for value in belief.mean)


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
    place = bias_place(0)
    walked = learnt.covariance[place][place] + 30 * BIAS_WALK**2
    assert later.covariance[place][place] == pytest.approx(walked)
    assert later.biases == learnt.biases


@given(seed=st.integers(0, 10_000))
def test_what_is_learnt_stays_within_what_can_be(seed: int) -> None:
    noise, belief = Random(seed), soaked(("p-1", "p-2"))
    theta = 0.35
    for _ in range(40):
        day = replace(DRY, poured_mm=noise.choice([0.0, 0.0, 0.0, 0.0, 30.0, 60.0]))
        theta = min(theta - noise.uniform(0, 0.02) + day.poured_mm / 400, 0.45)
        theta = max(theta + noise.choice([0.0, 0.0, 0.0, 0.0, 0.1, -0.1]), 0.05)
        belief, _ = predict(belief, day)
        belief = correct(belief, [theta, noise.choice([None, theta + 0.05])], day)
        assert possible(belief.covariance)
        assert 0 <= belief.depletion_mm <= ZONE.taw_mm
        for value, (low, high) in (
            (belief.thirst, THIRST_RANGE), (belief.efficiency, STAYS_RANGE),
            *((gain, GAIN_RANGE) for gain in belief.gains),
        ):  # fmt: skip
            assert low - 1e-9 <= value <= high + 1e-9
