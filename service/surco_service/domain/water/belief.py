"""What is believed of a bed, and how sure that is: the state of a Kalman filter.

A mean and a covariance, in this order: depletion (mm), thirst (a scale on ETc), efficiency (share of
the poured water that stays), and of each probe its bias (m3/m3) and its gain.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from surco_service.domain.water.root_zone import RootZone

DEPLETION, THIRST, STAYS, PROBES = 0, 1, 2, 3  # places in the state; two more for each probe
START_SD = 0.5  # of TAW: how little is known of a bed that was never seen
THIRST_SD = 0.2  # FAO-56's Kc of a crop in a garden: walls, wind, neighbours
EFFICIENCY, EFFICIENCY_SD = 0.85, 0.08  # of water from a can or a hose
BIAS_SD = 0.05  # m3/m3, of a calibrated probe in a soil known by name
GAIN_SD = 0.15  # of a change of a calibrated probe against that of the whole root zone

GOOD, MISSING, OUT, STUCK, MOVED, REJECTED = "good", "missing", "out", "stuck", "moved", "rejected"
UNLOGGED = "unlogged"  # good, and it saw water that nobody noted
BELIEVED = (GOOD, UNLOGGED)

AHEAD = 0.4  # of a day's need: a bed is due when it would run short before the next visit
REFILL = 0.95  # of what is to be filled: a little room is left for rain
LEAN = 0.7  # of an sd: what is only perhaps missing would as often drain
SOAK, SOAK_DAYS = 1.0, 14  # a bed that was not surely full for so long gets so many sd more
MOST_SOAK_MM = 10.0  # of a bed of which little is known, no more

Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Track:
    """What the filter remembers of one probe."""

    probe: str
    theta: float | None = None  # the last morning it spoke
    residuals: tuple[float, ...] = ()  # m3/m3 that nobody expected, of the last mornings
    still: int = 0  # mornings in a row with the very same value
    above: int = 0  # mornings in a row above field capacity without water
    rejected: int = 0
    out: bool = False
    finding: str = MISSING
    silent_days: int = 0  # since it was last believed
    anchor: float | None = None  # its bias when the bed was last known to be full, m3/m3
    anchor_sd: float = 0.0
    seen_mm: float = 0.0  # water that nobody noted and that was counted, of the last days
    seen_days: int = 99  # since then
    full_days: int = 99  # since so much water came that some drained


@dataclass(frozen=True, slots=True)
class Belief:
    """Mean and covariance of the state, the probes' tracks, and what the last days brought."""

    mean: tuple[float, ...]
    covariance: Matrix
    tracks: tuple[Track, ...] = ()
    wet_days: int = 99  # days since water came
    anchored_days: int = 999  # days since the bed was known to be full, or water came
    drained_mm: float = 0.0  # percolation of the last days, halved each day
    depth_m: float | None = None  # of the roots
    due_days: int = 0  # mornings in a row on which it was due, and no water was seen or noted
    balance_mm: float | None = None  # depletion by the balance alone, which forgets slowly
    dissent_mm: float = 0.0  # missing by balance or probe alone, when both together do not agree
    dissent_days: int = 0  # mornings in a row of that
    noted: float = 0.5  # share of the waterings that people note, learnt

    @property
    def depletion_mm(self) -> float:
        return self.mean[DEPLETION]

    @property
    def sd_mm(self) -> float:
        return self.sd(DEPLETION)

    @property
    def thirst(self) -> float:
        """Scale on ETc: 1 drinks as the tables say, less in shade, more in wind and beside walls."""
        return self.mean[THIRST]

    @property
    def efficiency(self) -> float:
        """Share of the poured water that stays in the root zone."""
        return self.mean[STAYS]

    @property
    def biases(self) -> tuple[float, ...]:
        """Of each probe, m3/m3."""
        return self.mean[PROBES::2]

    @property
    def gains(self) -> tuple[float, ...]:
        """Of each probe: by how much it changes when the root zone changes by 1 m3/m3."""
        return self.mean[PROBES + 1 :: 2]

    @property
    def full_days(self) -> int:
        """Days since the bed was surely full, so that its probes could learn what they say then."""
        return min((track.full_days for track in self.tracks), default=0)

    @property
    def filling_mm(self) -> float:
        """What is poured to fill the bed, net: what is surely missing; now and then a good soak."""
        if self.full_days > SOAK_DAYS:
            return self.depletion_mm + min(SOAK * self.sd_mm, MOST_SOAK_MM)
        return max(self.depletion_mm - LEAN * self.sd_mm, 0.0)

    def sd(self, place: int) -> float:
        return math.sqrt(max(self.covariance[place][place], 0.0))


@dataclass(frozen=True, slots=True)
class Day:
    """What reached and left a bed in the 24 hours before a morning, as far as anybody knows."""

    zone: RootZone
    etc_mm: float  # what the crop would drink without stress, were its thirst 1: Kc ET0
    etc_sigma: float  # relative sd of a day, beside the bed's own thirst
    et0_mm: float
    rain_mm: float = 0.0
    rain_sd_mm: float = 0.0
    poured_mm: float = 0.0  # noted, as it left the can
    poured_sigma: float = 0.15


@dataclass(frozen=True, slots=True)
class Prior:
    """What is thought of a bed before anything was seen of it."""

    thirst_sd: float = THIRST_SD
    efficiency: float = EFFICIENCY
    efficiency_sd: float = EFFICIENCY_SD
    bias_sd: float = BIAS_SD


def unknown_bed(zone: RootZone, probes: Sequence[str] = (), prior: Prior = Prior()) -> Belief:
    """Return the belief in a bed of which nothing is known: half empty, give or take as much."""
    sds = (START_SD * zone.taw_mm, prior.thirst_sd, prior.efficiency_sd)
    covariance = tuple(
        tuple(sd**2 if i == j else 0.0 for j in range(len(sds))) for i, sd in enumerate(sds)
    )
    belief = Belief((zone.taw_mm / 2, 1.0, prior.efficiency), covariance)
    return with_probes(belief, probes, prior.bias_sd)


def with_probes(belief: Belief, probes: Sequence[str], bias_sd: float = BIAS_SD) -> Belief:
    """Return the belief about these probes: known ones are kept, new ones are strangers."""
    names = [track.probe for track in belief.tracks]
    if names == list(probes):
        return belief
    strangers = ((0.0, bias_sd**2), (1.0, GAIN_SD**2))
    places: list[int | None] = [*range(PROBES)]
    mean, own = list(belief.mean[:PROBES]), [0.0] * PROBES
    for probe in probes:
        for i, (value, variance) in enumerate(strangers):
            place = PROBES + 2 * names.index(probe) + i if probe in names else None
            places.append(place)
            mean.append(value if place is None else belief.mean[place])
            own.append(variance)
    covariance = tuple(
        tuple(
            belief.covariance[i][j]
            if i is not None and j is not None
            else own[a] if a == b else 0.0
            for b, j in enumerate(places)
        )
        for a, i in enumerate(places)
    )  # fmt: skip
    tracks = tuple(belief.tracks[names.index(p)] if p in names else Track(p) for p in probes)
    return replace(belief, mean=tuple(mean), covariance=covariance, tracks=tracks)


def bias_place(index: int) -> int:
    return PROBES + 2 * index


def with_track(belief: Belief, index: int, track: Track) -> Belief:
    tracks = list(belief.tracks)
    tracks[index] = track
    return replace(belief, tracks=tuple(tracks))


def rows_of(belief: Belief) -> list[list[float]]:
    return [list(row) for row in belief.covariance]


def frozen(rows: Sequence[Sequence[float]]) -> Matrix:
    return tuple(tuple(row) for row in rows)


def widened(belief: Belief, variances: dict[int, float]) -> Belief:
    """Return the belief made less sure of some parts of its state, by so much variance each."""
    if not any(variances.values()):
        return belief
    rows = rows_of(belief)
    for place, variance in variances.items():
        rows[place][place] += variance
    return replace(belief, covariance=frozen(rows))


def held(belief: Belief, place: int, low: float, high: float) -> Belief:
    """Return the belief with one part of its state within what it can be.

    What lies beyond goes into all that hangs on it: when nothing more can be missing, the rest of
    a surprise is the probe's.
    """
    value = belief.mean[place]
    bound = min(max(value, low), high)
    if bound == value:
        return belief
    rows = belief.covariance
    variance = rows[place][place]
    moved = replace(belief, mean=tuple(
        m + (row[place] / variance if variance > 0 else float(i == place)) * (bound - value)
        for i, (m, row) in enumerate(zip(belief.mean, rows, strict=True))
    ))  # fmt: skip
    return moved
