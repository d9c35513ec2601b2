"""Model and probe, joined: what the bed most likely lacks, and how sure that is.

Every morning the water balance *predicts* the depletion. Then the probe *corrects* it.

It is a Kalman filter. Its state is the depletion in mm and the bias of each probe in m3/m3. So a
probe is learnt, not believed. After a soak the true depletion is about 0. What the probe says then
is its bias.

A probe that surprises is judged first (`Track.finding`). A broken one is left out. The balance goes
on without it.

Pure and deterministic: the same days give the same state, bit by bit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from surco_service.domain.water.root_zone import RootZone
from surco_service.domain.water.science.water_balance import Balance, deepened_mm, step

START_SD = 0.5  # of TAW: how little is known of a bed that was never seen
BIAS_SD = 0.04  # m3/m3, of a calibrated probe
NOISE = 0.012  # m3/m3, one morning's median of a probe
POINT = 0.02  # m3/m3, one point for a whole bed
SETTLING = 2.0  # the noise is so much larger while water is still draining
DAILY_MM = 3.0  # sd of what nobody measured, each day
BIAS_WALK = 0.001  # m3/m3 a day
DRAINED_MM = 8.0  # percolation that makes field capacity certain
ANCHOR_SD_MM = 6.0
GATE = 7.0  # squared innovation, in variances
WETTED_MM = 2.0  # water that explains a rise
RISE = 0.025  # m3/m3 in a day that nobody explains
ABOVE = 0.03  # m3/m3 above field capacity
FALL = 0.02  # m3/m3 a day more than plants can drink
STILL = 0.0005  # m3/m3: real soil and real converters move more
STILL_DAYS = 2
MOVED_DAYS = 2
BACK_SD, MOVED_SD, RELEARN_SD = 0.04, 0.09, 0.04
RELEARN_MM = 8.0
FORGET_DAYS = 11  # one more than the balance alone is believed
BELOW = 0.6  # depletion of the soil under the roots, as a share of theirs

GOOD, MISSING, OUT, STUCK, MOVED, REJECTED = "good", "missing", "out", "stuck", "moved", "rejected"
UNLOGGED = "unlogged"  # good, and it saw water that nobody noted


@dataclass(frozen=True, slots=True)
class Track:
    """What the filter remembers of one probe."""

    probe: str
    theta: float | None = None  # the last morning it spoke
    still: int = 0  # mornings in a row with the very same value
    above: int = 0  # mornings in a row above field capacity without water
    rejected: int = 0
    out: bool = False
    finding: str = MISSING
    silent_days: int = 0  # since it was last believed


@dataclass(frozen=True, slots=True)
class Belief:
    """(depletion mm, bias of each probe m3/m3) as mean and covariance, and the probes' tracks."""

    mean: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    tracks: tuple[Track, ...] = ()
    wet_days: int = 99  # days since water came
    anchored_days: int = 999  # days since the bed was known to be full, or watering was logged
    drained_mm: float = 0.0  # percolation of the last days, halved each day
    depth_m: float | None = None  # of the roots

    @property
    def depletion_mm(self) -> float:
        return self.mean[0]

    @property
    def sd_mm(self) -> float:
        return math.sqrt(max(self.covariance[0][0], 0.0))


@dataclass(frozen=True, slots=True)
class Day:
    """What reached and left a bed in the 24 hours before a morning, as far as anybody knows."""

    zone: RootZone
    etc_mm: float  # what the crop would drink without stress: k Kc ET0
    etc_sigma: float  # relative sd
    et0_mm: float
    rain_mm: float = 0.0
    rain_sd_mm: float = 0.0
    irrigation_mm: float = 0.0  # net, on the bed
    irrigation_sigma: float = 0.15


def unknown_bed(zone: RootZone, probes: Sequence[str] = ()) -> Belief:
    """Return the belief in a bed of which nothing is known: half empty, give or take as much."""
    belief = Belief((zone.taw_mm / 2,), (((START_SD * zone.taw_mm) ** 2,),))
    return with_probes(belief, probes)


def with_probes(belief: Belief, probes: Sequence[str]) -> Belief:
    """Return the belief about these probes: known ones are kept, new ones are strangers."""
    names = [track.probe for track in belief.tracks]
    if names == list(probes):
        return belief
    at = [names.index(p) + 1 if p in names else None for p in probes]
    index = [0, *at]
    mean = [0.0 if i is None else belief.mean[i] for i in index]
    covariance = [
        [_entry(belief, i, j, BIAS_SD**2 if a == b else 0.0) for b, j in enumerate(index)]
        for a, i in enumerate(index)
    ]
    tracks = [
        Track(p) if i is None else belief.tracks[i - 1] for p, i in zip(probes, at, strict=True)
    ]
    return replace(belief, mean=tuple(mean), covariance=_frozen(covariance), tracks=tuple(tracks))


def _entry(belief: Belief, i: int | None, j: int | None, stranger: float) -> float:
    return stranger if i is None or j is None else belief.covariance[i][j]


# ---------------------------------------------------------------- predict


def predict(belief: Belief, day: Day) -> tuple[Belief, Balance]:
    """Return the belief one day later, from the water balance alone (agronomy: FAO-56 chapter 8)."""
    zone, belief = day.zone, _deepened(_forgotten(belief, day.zone), day.zone)
    balance = step(
        belief.depletion_mm, taw_mm=zone.taw_mm, raw_mm=zone.raw_mm,
        etc_mm=day.etc_mm, et0_mm=day.et0_mm, rain_mm=day.rain_mm, irrigation_mm=day.irrigation_mm,
    )  # fmt: skip
    fade = _fade(belief.depletion_mm, day)
    noise = (
        (day.etc_sigma * day.etc_mm) ** 2 + (day.irrigation_sigma * day.irrigation_mm) ** 2
        + day.rain_sd_mm**2 + DAILY_MM**2
    )  # fmt: skip
    covariance = [list(row) for row in belief.covariance]
    for i in range(1, len(covariance)):
        covariance[0][i] *= fade
        covariance[i][0] *= fade
        covariance[i][i] += BIAS_WALK**2
    spread = fade**2 * covariance[0][0] + noise
    drained = balance.percolation_mm
    if drained > 0:
        certain = math.exp(-drained / DRAINED_MM)
        covariance = [list(row) for row in _shrunk(covariance, math.sqrt(certain))]
        spread = max(spread * certain, min(spread, ANCHOR_SD_MM**2))
    covariance[0][0] = spread
    water = day.irrigation_mm + day.rain_mm
    tracks = tuple(replace(t, silent_days=t.silent_days + 1) for t in belief.tracks)
    after = Belief(
        (balance.depletion_mm, *belief.mean[1:]), _frozen(covariance), tracks,
        wet_days=0 if water >= WETTED_MM else belief.wet_days + 1,
        anchored_days=0 if drained > 0 or day.irrigation_mm >= WETTED_MM else belief.anchored_days + 1,
        drained_mm=drained + belief.drained_mm / 2, depth_m=zone.depth_m,
    )  # fmt: skip
    return after, balance


def _forgotten(belief: Belief, zone: RootZone) -> Belief:
    """Return the belief without its depletion when nobody saw water and no probe spoke for long.

    People water without noting it: a balance that ran on alone would be sure of a dry bed.
    """
    unheard = min((track.silent_days for track in belief.tracks), default=FORGET_DAYS)
    if belief.anchored_days < FORGET_DAYS or unheard < FORGET_DAYS:
        return belief
    rows = [list(row) for row in belief.covariance]
    for i in range(1, len(rows)):
        rows[0][i] = rows[i][0] = 0.0
    rows[0][0] = (START_SD * zone.taw_mm) ** 2
    mean = (zone.taw_mm / 2, *belief.mean[1:])
    return replace(belief, mean=mean, covariance=_frozen(rows))


def _deepened(belief: Belief, zone: RootZone) -> Belief:
    """Return the belief for roots that grew into soil below, which is half as depleted."""
    old_m = belief.depth_m
    if old_m is None or old_m <= 0 or zone.depth_m <= old_m:
        return replace(belief, mean=(min(belief.depletion_mm, zone.taw_mm), *belief.mean[1:]))
    below = zone.field_capacity - BELOW * belief.depletion_mm / (1000 * old_m)
    grown = deepened_mm(belief.depletion_mm, zone.field_capacity, below, zone.depth_m - old_m)
    return replace(belief, mean=(min(grown, zone.taw_mm), *belief.mean[1:]))


def _fade(depletion_mm: float, day: Day) -> float:
    """Return how much of an error of yesterday is left: stressed plants drink less (Eq. 84)."""
    zone = day.zone
    if depletion_mm <= zone.raw_mm or zone.taw_mm <= zone.raw_mm:
        return 1.0
    return max(0.0, 1 - day.etc_mm / (zone.taw_mm - zone.raw_mm))


def _shrunk(covariance: Sequence[Sequence[float]], share: float) -> list[list[float]]:
    """Return the covariance when the depletion's own error shrinks to a share of its sd."""
    return [
        [value * (share if (i == 0) != (j == 0) else 1.0) for j, value in enumerate(row)]
        for i, row in enumerate(covariance)
    ]


# ---------------------------------------------------------------- correct


def correct(belief: Belief, thetas: Sequence[float | None], day: Day) -> Belief:
    """Return the belief after the morning's medians of its probes (m3/m3; None: it was silent)."""
    for index, theta in enumerate(thetas):
        belief = _hear(belief, index, theta, day)
    return belief


def _hear(belief: Belief, index: int, theta: float | None, day: Day) -> Belief:
    track = belief.tracks[index]
    if theta is None or not math.isfinite(theta):
        return _with_track(belief, index, replace(track, finding=MISSING))
    track = _watched(track, theta, belief, index, day)
    belief = _prepared(belief, index, theta, track, day)
    if track.finding == MOVED and track.above >= MOVED_DAYS:
        return _with_track(
            _rebiased(belief, index, theta, day), index, replace(track, theta=theta, above=0)
        )
    if track.finding == OUT:  # what the next morning is compared with is what it said in the soil
        return _with_track(belief, index, track)
    if track.finding not in (GOOD, UNLOGGED):
        return _with_track(belief, index, replace(track, theta=theta))
    gain, innovation, variance = _gain(belief, index, theta, day)
    if innovation**2 > GATE * variance:
        return _rejected(belief, index, replace(track, theta=theta))
    belief = _updated(belief, index, gain, innovation, day.zone)
    track = replace(track, theta=theta, rejected=0, silent_days=0)
    return _with_track(belief, index, track)


def _watched(track: Track, theta: float, belief: Belief, index: int, day: Day) -> Track:
    """Return the track with its finding: what this value says of the probe itself."""
    zone, bias = day.zone, belief.mean[index + 1]
    change = 0.0 if track.theta is None else theta - track.theta
    still = track.still + 1 if track.theta is not None and abs(change) < STILL else 0
    dry = belief.wet_days >= 2
    above = track.above + 1 if theta - bias > zone.field_capacity + ABOVE and dry else 0
    fall = -change - day.etc_mm / (1000 * zone.depth_m)
    out = _is_out(track, theta, fall, zone)
    finding = GOOD
    if out:
        finding = OUT
    elif still >= STILL_DAYS:
        finding = STUCK
    elif above:
        finding = MOVED
    elif track.theta is not None and change > RISE and belief.wet_days >= 1:
        finding = UNLOGGED
    return replace(track, still=still, above=above, out=out, finding=finding)


def _is_out(track: Track, theta: float, fall: float, zone: RootZone) -> bool:
    """Tell whether a probe left the soil: it fell faster than plants drink, or says less than soil."""
    if not zone.in_soil(theta):
        return True
    if track.out:  # it is back when it reads like soil that could have dried since
        return theta < zone.wilting_point
    return track.theta is not None and fall > FALL and theta < zone.wilting_point


def _prepared(belief: Belief, index: int, theta: float, track: Track, day: Day) -> Belief:
    """Return the belief made less sure by what the track found, before the value is weighed."""
    before = belief.tracks[index]
    if track.finding == UNLOGGED and before.theta is not None:
        rise_mm = 1000 * (theta - before.theta) * day.zone.depth_m
        return _widened(belief, depletion_mm=rise_mm)
    if track.finding == MOVED and track.above >= MOVED_DAYS:
        return _widened(belief, index, bias=MOVED_SD, forget=True)
    if before.out and not track.out:
        return _widened(belief, index, bias=BACK_SD)
    return belief


def _gain(belief: Belief, index: int, theta: float, day: Day) -> tuple[list[float], float, float]:
    """Return (gain of each state, innovation in m3/m3, its variance)."""
    slope, i = -1 / (1000 * day.zone.depth_m), index + 1
    expected = day.zone.field_capacity + slope * belief.mean[0] + belief.mean[i]
    cross = [slope * row[0] + row[i] for row in belief.covariance]
    noise = (NOISE**2 + POINT**2) * (SETTLING**2 if belief.wet_days == 0 else 1.0)
    variance = slope * cross[0] + cross[i] + noise
    return [value / variance for value in cross], theta - expected, variance


def _updated(
    belief: Belief, index: int, gain: Sequence[float], innovation: float, zone: RootZone
) -> Belief:
    slope, i = -1 / (1000 * zone.depth_m), index + 1
    mean = [m + k * innovation for m, k in zip(belief.mean, gain, strict=True)]
    mean[0] = min(max(mean[0], 0.0), zone.taw_mm)
    rows = belief.covariance
    heard = [slope * rows[0][j] + rows[i][j] for j in range(len(rows))]
    covariance = [
        [rows[a][b] - gain[a] * heard[b] for b in range(len(rows))] for a in range(len(rows))
    ]
    for a in range(len(rows)):
        covariance[a][a] = max(covariance[a][a], 1e-12)
    return replace(belief, mean=tuple(mean), covariance=_frozen(covariance))


def _rebiased(belief: Belief, index: int, theta: float, day: Day) -> Belief:
    """Learn a probe's bias anew and credit no water: it was moved, or salts came (Schmidt-Kalman)."""
    gain, innovation, _ = _gain(belief, index, theta, day)
    i, rows = index + 1, [list(row) for row in belief.covariance]
    mean = list(belief.mean)
    mean[i] += gain[i] * innovation
    rows[i][i] *= 1 - gain[i]
    return replace(belief, mean=tuple(mean), covariance=_frozen(rows))


def _rejected(belief: Belief, index: int, track: Track) -> Belief:
    """Leave a value out; after three in a row neither it nor the balance is to be trusted so much."""
    count = track.rejected + 1
    if count >= 3:
        belief = _widened(belief, index, bias=RELEARN_SD, depletion_mm=RELEARN_MM)
        count = 0
    return _with_track(belief, index, replace(track, rejected=count, finding=REJECTED))


def _widened(
    belief: Belief, index: int = 0, *, bias: float = 0.0, depletion_mm: float = 0.0,
    forget: bool = False,
) -> Belief:  # fmt: skip
    rows = [list(row) for row in belief.covariance]
    rows[0][0] += depletion_mm**2
    if bias:
        i = index + 1
        rows[i][i] += bias**2
        if forget:
            for j in range(len(rows)):
                if j != i:
                    rows[i][j] = rows[j][i] = 0.0
    return replace(belief, covariance=_frozen(rows))


def _with_track(belief: Belief, index: int, track: Track) -> Belief:
    tracks = list(belief.tracks)
    tracks[index] = track
    return replace(belief, tracks=tuple(tracks))


def _frozen(rows: Sequence[Sequence[float]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in rows)
