"""Model and probe, joined: what the bed most likely lacks, and how sure that is.

Every morning the water balance *predicts* the depletion. Then the probe *corrects* it.

It is a Kalman filter over a `Belief`. So a probe is learnt, not believed: after a soak the true
depletion is about 0, and what the probe says then is its bias. How thirsty a bed is shows in how
fast it dries, and what stays of poured water in how far it rises.

A probe that surprises is judged first (`watch`). A broken one is left out. The balance goes on
without it.

Pure and deterministic: the same days give the same state, bit by bit.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from surco_service.domain.water import watch
from surco_service.domain.water.belief import (
    AHEAD,
    BELIEVED,
    DEPLETION,
    MISSING,
    OUT,
    PROBES,
    REJECTED,
    START_SD,
    STAYS,
    THIRST,
    UNLOGGED,
    Belief,
    Day,
    Track,
    bias_place,
    frozen,
    held,
    rows_of,
    widened,
    with_track,
)
from surco_service.domain.water.day_shape import Shape
from surco_service.domain.water.room import bias_range
from surco_service.domain.water.root_zone import RootZone
from surco_service.domain.water.science.water_balance import (
    Balance,
    deepened_mm,
    effective_rain_mm,
    step,
)

NOISE = 0.012  # m3/m3, one morning's median of a probe
POINT_MM = 8.0  # how far one point is from the whole root zone, from day to day
DRAINING = 0.04  # m3/m3, sd of what is above field capacity while water is still draining
SETTLE_DAYS = 2  # field capacity is reached a day or two after a soak
DAILY_MM = 2.0  # sd of what nobody measured, each day
THIRST_WALK, STAYS_WALK, BIAS_WALK = 0.03, 0.003, 0.004  # sd a day
THIRST_RANGE, STAYS_RANGE, GAIN_RANGE = (0.4, 1.7), (0.5, 1.0), (0.5, 1.6)
ANCHOR_SD_MM = 3.0  # of a bed that is surely full
FULL_MM = 6.0  # percolation that makes it so
UNEVEN = 0.3  # of poured water: so much more or less of it reaches the place of a probe
UNHEARD_DAYS = 3  # so long a silent probe may have missed water that was due
FORGETS = 0.04  # a day: the balance alone drifts, and goes back to what is believed
DISSENT = 1.0  # of RAW: so dry one of them alone must say the bed is
NO_WATER_CONTENT = 2.0  # m3/m3: a number, and none of soil, air or water
GATE = 9.0  # squared innovation, in variances
WETTED_MM = 2.0  # water that explains a rise
RELEARN_SD = 0.04
RELEARN_MM = 8.0
FORGET_DAYS = 11  # one more than the balance alone is believed
BELOW = 0.6  # depletion of the soil under the roots, as a share of theirs
NOTED_STEP = 0.1  # how much one watering teaches of who notes


# ---------------------------------------------------------------- predict


def predict(belief: Belief, day: Day) -> tuple[Belief, Balance]:
    """Return the belief one day later, from the water balance alone (agronomy: FAO-56 chapter 8)."""
    belief = _deepened(_forgotten(belief, day.zone), day.zone)
    rows = rows_of(belief)
    room_mm, early_mm = belief.depletion_mm, 0.0
    if day.poured_mm > 0:
        net_mm = belief.efficiency * day.poured_mm
        _through(rows, [1.0, 0.0, -day.poured_mm])
        rows[0][0] += (day.poured_sigma * net_mm) ** 2
        room_mm, early_mm = _filled(room_mm - net_mm, rows)
    balance = _step(belief, day, room_mm)
    _through(rows, [_fade(room_mm, day, belief.thirst), balance.stress * day.etc_mm, 0.0])
    rows[0][0] += (day.etc_sigma * day.etc_mm) ** 2 + day.rain_sd_mm**2 + DAILY_MM**2
    rain_mm = effective_rain_mm(day.rain_mm, day.et0_mm)
    left_mm, late_mm = balance.depletion_mm - rain_mm, 0.0
    if rain_mm > 0:
        left_mm, late_mm = _filled(left_mm, rows)
    balance = replace(
        balance, depletion_mm=left_mm, percolation_mm=early_mm + late_mm, rain_mm=rain_mm
    )
    _walked(rows)
    mean = (left_mm, *belief.mean[1:])
    alone_mm = belief.depletion_mm if belief.balance_mm is None else belief.balance_mm
    alone = _step(belief, day, alone_mm, day.rain_mm, belief.efficiency * day.poured_mm)
    after = replace(belief, mean=mean, covariance=frozen(rows), balance_mm=alone.depletion_mm)
    return _counted(after, day, balance.percolation_mm), balance


def _step(
    belief: Belief, day: Day, depletion_mm: float, rain_mm: float = 0.0, net_mm: float = 0.0
) -> Balance:
    """Return a day of the water balance for a bed that is as thirsty as this one."""
    zone = day.zone
    return step(
        depletion_mm, taw_mm=zone.taw_mm, raw_mm=zone.raw_mm, etc_mm=belief.thirst * day.etc_mm,
        et0_mm=day.et0_mm, rain_mm=rain_mm, irrigation_mm=net_mm,
    )  # fmt: skip


def _walked(rows: list[list[float]]) -> None:
    """Let thirst, efficiency and biases be a little less sure than yesterday."""
    rows[THIRST][THIRST] += THIRST_WALK**2
    rows[STAYS][STAYS] += STAYS_WALK**2
    for place in range(PROBES, len(rows), 2):
        rows[place][place] += BIAS_WALK**2


def _counted(belief: Belief, day: Day, drained_mm: float) -> Belief:
    """Return the belief with its days counted on: since water, since it was full, since it spoke."""
    wetted = day.poured_mm + day.rain_mm >= WETTED_MM
    poured, full = day.poured_mm >= WETTED_MM, drained_mm > FULL_MM
    drained = drained_mm > max(WETTED_MM, belief.sd_mm)  # surely: not only because it may have
    return replace(
        belief, tracks=tuple(_older(track, wetted, full) for track in belief.tracks),
        wet_days=0 if wetted else belief.wet_days + 1,
        anchored_days=0 if poured or drained else belief.anchored_days + 1,
        drained_mm=drained_mm + belief.drained_mm / 2, depth_m=day.zone.depth_m,
        noted=belief.noted + NOTED_STEP * (1 - belief.noted) if poured else belief.noted,
    )  # fmt: skip


def _older(track: Track, wetted: bool, full: bool) -> Track:
    return replace(
        track, silent_days=track.silent_days + 1, seen_days=track.seen_days + 1,
        full_days=0 if full else track.full_days + 1,
        residuals=() if wetted else track.residuals,  # those since water came last
    )  # fmt: skip


def _through(rows: list[list[float]], slopes: Sequence[float]) -> None:
    """Let the depletion become a sum of parts of the state; `slopes` is the Jacobian's first row."""
    n, parts = len(rows), range(len(slopes))
    first = [sum(slopes[k] * rows[k][j] for k in parts) for j in range(n)]
    own = sum(first[k] * slopes[k] for k in parts)
    for j in range(1, n):
        rows[0][j] = rows[j][0] = first[j]
    rows[0][0] = own


def _filled(left_mm: float, rows: list[list[float]]) -> tuple[float, float]:
    """Return (depletion, drained) mm after water: a bed cannot be fuller than full, the rest drains.

    What is missing is only known more or less, so it may have drained or not. This is the mean of a
    normal cut off at 0 (statistical linearization; Gelb 1974); what is known of the rest hangs on
    the depletion only as far as it did not.
    """
    sd = math.sqrt(max(rows[0][0], 1e-9))
    ratio = left_mm / sd
    share = 0.5 * (1 + math.erf(ratio / math.sqrt(2)))  # that it is not full
    bell = math.exp(-0.5 * ratio**2) / math.sqrt(2 * math.pi)
    mean_mm = max(left_mm * share + sd * bell, 0.0)
    spread = (left_mm**2 + sd**2) * share + left_mm * sd * bell - mean_mm**2
    for j in range(1, len(rows)):
        rows[0][j] *= share
        rows[j][0] = rows[0][j]
    rows[0][0] = max(spread, min(sd, ANCHOR_SD_MM) ** 2)
    return mean_mm, mean_mm - left_mm


def _forgotten(belief: Belief, zone: RootZone) -> Belief:
    """Return the belief without its depletion when nobody saw water and no probe spoke for long.

    People water without noting it: a balance that ran on alone would be sure of a dry bed.
    """
    unheard = min((track.silent_days for track in belief.tracks), default=FORGET_DAYS)
    if belief.anchored_days < FORGET_DAYS or unheard < FORGET_DAYS:
        return belief
    rows = rows_of(belief)
    for i in range(1, len(rows)):
        rows[0][i] = rows[i][0] = 0.0
    rows[0][0] = (START_SD * zone.taw_mm) ** 2
    return replace(belief, mean=(zone.taw_mm / 2, *belief.mean[1:]), covariance=frozen(rows))


def _deepened(belief: Belief, zone: RootZone) -> Belief:
    """Return the belief for roots that grew into soil below, which is half as depleted."""
    old_m, rest = belief.depth_m, belief.mean[1:]
    if old_m is None or old_m <= 0 or zone.depth_m <= old_m:
        if belief.depletion_mm <= zone.taw_mm:
            return belief
        return replace(belief, mean=(zone.taw_mm, *rest))
    below = zone.field_capacity - BELOW * belief.depletion_mm / (1000 * old_m)
    grown = deepened_mm(belief.depletion_mm, zone.field_capacity, below, zone.depth_m - old_m)
    return replace(belief, mean=(min(grown, zone.taw_mm), *rest))


def _fade(depletion_mm: float, day: Day, thirst: float) -> float:
    """Return how much of an error of yesterday is left: stressed plants drink less (Eq. 84)."""
    zone = day.zone
    if depletion_mm <= zone.raw_mm or zone.taw_mm <= zone.raw_mm:
        return 1.0
    return max(0.0, 1 - thirst * day.etc_mm / (zone.taw_mm - zone.raw_mm))


# ---------------------------------------------------------------- correct


def correct(
    belief: Belief, thetas: Sequence[float | None], day: Day,
    shapes: Sequence[Shape | None] = (),
) -> Belief:  # fmt: skip
    """Return the belief after the morning's medians of its probes (m3/m3; None: it was silent).

    `shapes`: what the hours of the day showed of each probe, as far as they are known.
    """
    belief = heard(belief, thetas, day, shapes)
    if thetas and all(theta is None or not math.isfinite(theta) for theta in thetas):
        belief = _unheard(belief, day)
    return _compared(belief, thetas, day)


def heard(
    belief: Belief, thetas: Sequence[float | None], day: Day,
    shapes: Sequence[Shape | None] = (),
) -> Belief:  # fmt: skip
    """Return the belief after some words of its probes, at any hour: no morning is counted."""
    for index, theta in enumerate(thetas):
        shape = shapes[index] if index < len(shapes) else None
        belief = _hear(belief, index, theta, day, shape)
    return belief


def _compared(belief: Belief, thetas: Sequence[float | None], day: Day) -> Belief:
    """Return the belief with what the balance alone, or a probe alone, says against it."""
    due_mm = day.zone.raw_mm - AHEAD * belief.thirst * day.etc_mm
    waits = belief.depletion_mm >= due_mm and belief.wet_days > 0
    due_days = belief.due_days + 1 if waits else 0
    if belief.balance_mm is None:
        return replace(belief, due_days=due_days)
    alone_mm = belief.balance_mm + FORGETS * (belief.depletion_mm - belief.balance_mm)
    probes_mm = [
        day.zone.mm_per_theta * (day.zone.field_capacity + track.anchor - theta)
        for track, theta in zip(belief.tracks, thetas, strict=False)
        if theta is not None and track.anchor is not None and track.finding in BELIEVED
    ]
    dry_mm = max([alone_mm, *probes_mm])
    dissent = dry_mm >= DISSENT * day.zone.raw_mm > DISSENT * belief.depletion_mm
    return replace(
        belief, balance_mm=alone_mm, dissent_mm=min(dry_mm, day.zone.taw_mm) if dissent else 0.0,
        dissent_days=belief.dissent_days + 1 if dissent else 0, due_days=due_days,
    )  # fmt: skip


def _hear(belief: Belief, index: int, theta: float | None, day: Day, shape: Shape | None) -> Belief:
    track = belief.tracks[index]
    if theta is None or not abs(theta) < NO_WATER_CONTENT:
        return with_track(belief, index, replace(track, finding=MISSING))
    found = watch.judge(belief, index, theta, day, shape)
    track = replace(found.track, theta=found.track.theta if found.track.out else theta)
    if track.finding == OUT:  # the next morning is compared with what it said in the soil
        return with_track(belief, index, found.track)
    belief = widened(belief, found.variances(index))
    if found.moved:
        return _moved(belief, index, theta, day, replace(track, above=0))
    if track.finding not in BELIEVED:
        return with_track(belief, index, track)
    before_mm = belief.depletion_mm
    if found.poured_mm:
        belief = _poured(belief, found.poured_mm)
        track = replace(track, full_days=belief.tracks[index].full_days)
    expected, variance = _expected(belief, index, day)
    variance += (UNEVEN * (day.poured_mm + found.poured_mm) / day.zone.mm_per_theta) ** 2
    if _drains(belief, index, theta, day) or (found.poured_mm and theta > expected):
        variance += DRAINING**2
    if (theta - expected) ** 2 > GATE * variance:
        return _rejected(belief, index, track)
    belief = _updated(belief, index, theta - expected, variance, day)
    belief = _bounded(belief, index, track, day)
    residual = theta - _expected(belief, index, day)[0]
    seen_mm = max(before_mm - belief.depletion_mm, 0.0) if track.finding == UNLOGGED else 0.0
    track = watch.remembered(track, index, residual, seen_mm, belief)
    belief = with_track(belief, index, track)
    if track.finding != UNLOGGED:
        return belief
    if belief.balance_mm is not None:
        belief = replace(belief, balance_mm=max(belief.balance_mm - found.water_mm, 0.0))
    return replace(belief, wet_days=0, anchored_days=0, noted=belief.noted * (1 - NOTED_STEP))


def _unheard(belief: Belief, day: Day) -> Belief:
    """Return the belief after a silent morning: who was told to water may have done so, unnoted."""
    silent_days = min(track.silent_days for track in belief.tracks)
    if silent_days > UNHEARD_DAYS or belief.wet_days == 0:
        return belief
    dose_mm, share = watch.dose_mm(belief, day), watch.POURED_WHEN_DUE * (1 - belief.noted)
    if not dose_mm:
        return belief
    mean = (max(belief.depletion_mm - share * dose_mm, 0.0), *belief.mean[1:])
    return widened(replace(belief, mean=mean), {DEPLETION: share * (1 - share) * dose_mm**2})


def _poured(belief: Belief, net_mm: float) -> Belief:
    """Return the belief after water that nobody noted: as if it had been, but less sure."""
    rows = rows_of(belief)
    rows[0][0] += (watch.DOSE_SIGMA * net_mm) ** 2
    left_mm, drained_mm = _filled(belief.depletion_mm - net_mm, rows)
    belief = replace(belief, mean=(left_mm, *belief.mean[1:]), covariance=frozen(rows))
    if drained_mm <= FULL_MM:
        return belief
    return replace(belief, tracks=tuple(replace(t, full_days=0) for t in belief.tracks))


def _drains(belief: Belief, index: int, theta: float, day: Day) -> bool:
    """Tell whether water is still draining: above field capacity a probe then says no more than full."""
    return belief.wet_days < SETTLE_DAYS and theta - belief.biases[index] > day.zone.field_capacity


def _expected(belief: Belief, index: int, day: Day) -> tuple[float, float]:
    """Return what a probe should say, m3/m3, and the variance of that."""
    i, slopes = bias_place(index), _slopes(belief, index, day)
    mean = day.zone.field_capacity + slopes[0] * belief.depletion_mm + belief.mean[i]
    cross = _cross(belief, index, slopes)
    spread = slopes[0] * cross[0] + cross[i] + slopes[1] * cross[i + 1]
    return mean, spread + NOISE**2 + (POINT_MM / day.zone.mm_per_theta) ** 2


def _slopes(belief: Belief, index: int, day: Day) -> tuple[float, float]:
    """Return by how much a probe says more for one mm more of depletion, and for one more of gain."""
    return -belief.gains[
        index
    ] / day.zone.mm_per_theta, -belief.depletion_mm / day.zone.mm_per_theta


def _cross(belief: Belief, index: int, slopes: tuple[float, float]) -> list[float]:
    i = bias_place(index)
    return [slopes[0] * row[0] + row[i] + slopes[1] * row[i + 1] for row in belief.covariance]


def _updated(belief: Belief, index: int, surprise: float, variance: float, day: Day) -> Belief:
    """Return the belief after a value: each part moves by as much as it explains the surprise."""
    rows = belief.covariance
    cross = _cross(belief, index, _slopes(belief, index, day))
    off = surprise / variance
    mean = tuple(m + c * off for m, c in zip(belief.mean, cross, strict=True))
    n = range(len(rows))
    after = [[rows[a][b] - cross[a] * cross[b] / variance for b in n] for a in n]
    for a in n:
        after[a][a] = max(after[a][a], 1e-12)
    return replace(belief, mean=mean, covariance=frozen(after))


def _bounded(belief: Belief, index: int, track: Track, day: Day) -> Belief:
    """Return the belief within what can be; what lies beyond goes where it can."""
    place = bias_place(index)
    ranges = {
        DEPLETION: (0.0, day.zone.taw_mm), THIRST: THIRST_RANGE, STAYS: STAYS_RANGE,
        place + 1: GAIN_RANGE, place: bias_range(track, day.zone),
    }  # fmt: skip
    for part, (low, high) in ranges.items():
        belief = held(belief, part, low, high)
    ranges |= dict.fromkeys(range(PROBES + 1, len(belief.mean), 2), GAIN_RANGE)
    mean = list(belief.mean)
    for part, (low, high) in ranges.items():  # what came last may have pushed the first out again
        mean[part] = min(max(mean[part], low), high)
    return replace(belief, mean=tuple(mean))


def _moved(belief: Belief, index: int, theta: float, day: Day, track: Track) -> Belief:
    """Learn a probe's bias anew: it was moved, or salts came. Water that it made believed is taken back."""
    back = min(belief.depletion_mm + track.seen_mm, day.zone.taw_mm)
    belief = replace(belief, mean=(back, *belief.mean[1:]))
    rows, place = rows_of(belief), bias_place(index)
    slopes = _slopes(belief, index, day)
    bias = theta - day.zone.field_capacity - slopes[0] * back
    hangs = [-slopes[0] * row[0] - slopes[1] * row[place + 1] for row in rows]
    own = -slopes[0] * hangs[0] - slopes[1] * hangs[place + 1]
    for j in range(len(rows)):
        rows[place][j] = rows[j][place] = hangs[j]
    rows[place][place] = own + NOISE**2 + (POINT_MM / day.zone.mm_per_theta) ** 2
    shift = bias - belief.mean[place]
    mean = list(belief.mean)
    mean[0], mean[place] = back, bias
    anchor = None if track.anchor is None else track.anchor + shift
    track = replace(track, seen_mm=0.0, anchor=anchor, residuals=())
    return with_track(replace(belief, mean=tuple(mean), covariance=frozen(rows)), index, track)


def _rejected(belief: Belief, index: int, track: Track) -> Belief:
    """Leave a value out; after three in a row neither it nor the balance is to be trusted so much."""
    count = track.rejected + 1
    if count >= 3:
        belief = widened(belief, {bias_place(index): RELEARN_SD**2, DEPLETION: RELEARN_MM**2})
        count = 0
    return with_track(belief, index, replace(track, rejected=count, finding=REJECTED))
