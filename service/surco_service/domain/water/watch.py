"""What a probe's morning says of the probe itself, before it is believed.

Is it in the soil, is it alive? And when the soil got wetter than anybody can explain: was that water
that nobody noted, or was the probe moved? Reasons are weighed, prior times density; the likeliest
counts, and where two are alike the belief becomes less sure of depletion and bias both.
"""

from dataclasses import dataclass, replace
from math import exp, hypot, sqrt
from statistics import fmean

from surco_service.domain.water.belief import (
    AHEAD,
    DEPLETION,
    GOOD,
    MOVED,
    OUT,
    REFILL,
    STUCK,
    UNLOGGED,
    Belief,
    Day,
    Track,
    bias_place,
)
from surco_service.domain.water.day_shape import Shape
from surco_service.domain.water.root_zone import RootZone

STILL = 0.0005  # m3/m3: real soil and real converters move more
STILL_DAYS = 2
ABOVE = 0.03  # m3/m3 above field capacity: no soil keeps that for days
MOVED_DAYS = 2
DRAINED_DAYS = 3  # after water, until nothing drains any more
FALL = 0.02  # m3/m3 a day more than plants can drink, of a probe that left the soil
FELL = 0.07  # m3/m3 a day that nobody explains: it was moved
BACK_SD = 0.04  # m3/m3: a probe that was put back stands elsewhere
NEWS = 0.025  # m3/m3: so much more than this morning is news
KEPT = 3  # mornings with which the next one is compared
SEEN_MEMORY = 6  # days
ANCHOR_DAYS, ANCHOR_MM = (2, 3), 8.0  # days after a soak, and how sure the bed must be full
SURE = 0.1  # a jump that is less likely than that is none

# how likely it is on a day
JUMP_A_DAY = 0.003
POURED_WHEN_DUE, POURED_ELSE = 0.9, 0.015  # of who does not note
# and what it does to a reading, m3/m3
CHANGE_SD, SOME_SD, JUMP_SD = 0.014, 0.06, 0.10
DOSE_SIGMA = 0.3  # of the dose that was due
LANDING = 0.03  # above saturation
# how much likelier the hours of a day make it
QUIET = 0.012  # m3/m3: a smaller step within the hours is no step
STEPLESS = 8.0  # nothing, when there was no step
PUSHED = 0.5  # water, when its step stays
STAYS_PUT = 0.012  # m3/m3: a step that moves less by morning stays
DUE_SD = 0.3  # so near to being due counts as due


@dataclass(frozen=True, slots=True)
class Judgement:
    """The track with its finding, and how much less sure depletion and bias became."""

    track: Track
    depletion_mm2: float = 0.0
    bias2: float = 0.0
    moved: bool = False
    poured_mm: float = 0.0  # the dose that was due, net, and that nobody noted
    water_mm: float = 0.0  # that was surely seen, net

    def variances(self, index: int) -> dict[int, float]:
        return {DEPLETION: self.depletion_mm2, bias_place(index): self.bias2}


@dataclass(frozen=True, slots=True)
class Surprise:
    """A change that neither plants nor noted water explain, m3/m3, and what is known of its day."""

    change: float
    dose: float  # that was due
    beyond: float  # saturation
    unnoted: float  # share of the waterings
    shape: Shape | None


def judge(belief: Belief, index: int, theta: float, day: Day, shape: Shape | None) -> Judgement:
    """Return what this value says of its probe."""
    before, zone = belief.tracks[index], day.zone
    if belief.wet_days < DRAINED_DAYS and before.theta is not None and not before.out:
        theta = min(theta, zone.saturation)  # a puddle on the night after a watering
    track = _alive(before, theta, belief, day)
    if track.finding in (OUT, STUCK):
        return Judgement(track)
    well = Judgement(track, bias2=BACK_SD**2 if before.out else 0.0)
    if not before.residuals or belief.wet_days == 0:
        return well
    due_mm = dose_mm(belief, day)
    surprise = Surprise(
        theta - _foreseen(belief, index, zone) - fmean(before.residuals),
        due_mm / zone.mm_per_theta, max(theta - belief.biases[index] - zone.saturation, 0.0),
        max(1 - belief.noted, 0.05), shape,
    )  # fmt: skip
    likely = reasons(surprise)
    best = max(likely, key=lambda reason: likely[reason])
    if surprise.change > 0 and best == "dose":
        sure = likely["jump"] < SURE * sum(likely.values())
        return replace(
            well, track=replace(track, finding=UNLOGGED), poured_mm=due_mm,
            water_mm=due_mm if sure else 0.0,
        )  # fmt: skip
    fell = surprise.change < -FELL * max(before.silent_days, 1) and belief.wet_days >= 2
    if (surprise.change > 0 and best in ("water", "jump")) or (fell and best == "jump"):
        return _water_or_jump(well, surprise.change, likely, zone)
    return _perhaps_moved(well, before, theta - belief.biases[index], belief.wet_days, day, shape)


def reasons(s: Surprise) -> dict[str, float]:
    """Return how likely each reason of a surprise is, up to a factor: prior times density."""
    lands = exp(-0.5 * (s.beyond / LANDING) ** 2)
    stepless, water = _of_the_hours(s.shape)
    poured = POURED_WHEN_DUE * s.unnoted if s.dose else 0.0
    dose_sd = hypot(CHANGE_SD, DOSE_SIGMA * s.dose)
    some = 2 * _density(s.change, SOME_SD) if s.change > 0 else 0.0
    return {
        "nothing": (1 - poured) * stepless * _density(s.change, CHANGE_SD),
        "dose": poured * lands * water * _density(s.change - s.dose, dose_sd),
        "water": POURED_ELSE * s.unnoted * lands * water * some,
        "jump": JUMP_A_DAY / water * _density(s.change, JUMP_SD),
    }


def _of_the_hours(shape: Shape | None) -> tuple[float, float]:
    """Return how much likelier a day's hours make it that nothing came, and that water did."""
    if shape is None:
        return 1.0, 1.0
    if shape.rise < QUIET:
        return STEPLESS, 1.0
    stays = abs(shape.receded * shape.rise) < STAYS_PUT
    return 1 / STEPLESS, PUSHED if stays else 1 / PUSHED


def _density(value: float, sd: float) -> float:
    return exp(-0.5 * (value / sd) ** 2) / sd


def _foreseen(belief: Belief, index: int, zone: RootZone) -> float:
    dry = belief.gains[index] * belief.depletion_mm / zone.mm_per_theta
    return zone.field_capacity - dry + belief.biases[index]


def dose_mm(belief: Belief, day: Day) -> float:
    """Return what a bed that was due would have got yesterday morning, net; 0 when it was not due."""
    drunk_mm = belief.thirst * day.etc_mm
    due_mm = day.zone.raw_mm - AHEAD * drunk_mm
    due = belief.depletion_mm - drunk_mm + DUE_SD * belief.sd_mm >= due_mm
    return REFILL * max(belief.filling_mm - drunk_mm, 0.0) if due else 0.0


def _water_or_jump(
    well: Judgement, change: float, likely: dict[str, float], zone: RootZone
) -> Judgement:
    """Return the mixture of both reasons: its mean and its spread, by how likely each is."""
    water, jump = likely["water"], likely["jump"]
    jumped, change_mm = jump / (jump + water), change * zone.mm_per_theta
    track = replace(well.track, finding=UNLOGGED if water > jump else GOOD)
    if track.anchor is not None:
        doubt = abs(change) * sqrt(jumped * (1 - jumped))
        track = replace(
            track, anchor=track.anchor + jumped * change, anchor_sd=track.anchor_sd + doubt
        )
    return replace(
        well, track=track, depletion_mm2=(1 - jumped) * change_mm**2,
        bias2=well.bias2 + jumped * change**2, water_mm=change_mm if jumped < SURE else 0.0,
    )  # fmt: skip


def _perhaps_moved(
    well: Judgement, before: Track, unbiased: float, wet_days: int, day: Day, shape: Shape | None
) -> Judgement:
    """Return whether a probe stays above field capacity though no water came: it was moved."""
    quiet = shape is None or shape.rise < QUIET
    if unbiased <= day.zone.field_capacity + ABOVE or wet_days < DRAINED_DAYS or not quiet:
        return well
    above = before.above + 1
    track = replace(well.track, finding=MOVED, above=above)
    return Judgement(track, moved=above >= MOVED_DAYS)


# ---------------------------------------------------------------- is it in the soil, is it alive


def _alive(before: Track, theta: float, belief: Belief, day: Day) -> Track:
    """Return the track with the finding of a probe that left the soil, stands still, or is well."""
    change = 0.0 if before.theta is None else theta - before.theta
    still = before.still + 1 if before.theta is not None and abs(change) < STILL else 0
    fall = -change - belief.thirst * day.etc_mm / day.zone.mm_per_theta
    out = _is_out(before, theta, fall, day.zone)
    finding = OUT if out else STUCK if still >= STILL_DAYS else GOOD
    return replace(before, still=still, above=0, out=out, finding=finding)


def _is_out(track: Track, theta: float, fall: float, zone: RootZone) -> bool:
    """Tell whether a probe left the soil: it fell faster than plants drink, or says less than soil."""
    if not zone.in_soil(theta):
        return True
    if track.out:  # it is back when it reads like soil that could have dried since
        return theta < zone.wilting_point
    return track.theta is not None and fall > FALL and theta < zone.wilting_point


# ---------------------------------------------------------------- what is remembered


def remembered(track: Track, index: int, residual: float, seen_mm: float, belief: Belief) -> Track:
    """Return the track of a probe that was believed this morning."""
    wet = belief.wet_days == 0 or track.finding == UNLOGGED
    residuals = (residual,) if wet else (*track.residuals[1 - KEPT :], residual)
    seen = track.seen_mm if track.seen_days <= SEEN_MEMORY else 0.0
    track = replace(
        track, rejected=0, silent_days=0, residuals=residuals, seen_mm=seen + seen_mm,
        seen_days=0 if seen_mm else track.seen_days,
    )  # fmt: skip
    if track.full_days not in ANCHOR_DAYS or belief.sd_mm >= ANCHOR_MM:
        return track
    return replace(track, anchor=belief.biases[index], anchor_sd=belief.sd(bias_place(index)))
