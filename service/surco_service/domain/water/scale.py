"""A probe's own scale, learnt from its bed: what it says when the bed is full, and when it is dry.

Air and water are no calibration of soil. What a bed repeats by itself is better: after a good
soak the water drains for a day or two and stops at *field capacity* (the plateau), and before the
next watering it is as dry as its people let it get. Between both the crop drank what the weather
asked for, so the water content there is known from the balance. The millivolts may rise or fall
with water: the direction is learnt too.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from surco_service.domain.water.root_zone import RootZone

WETTING_MV = 60.0  # a change in one day towards wet that only water makes
LEAST_SPAN_MV = 80.0  # between full and dry, else noise is taken for water
LEAST_DRY_DAYS = 2  # of drying that say something
FULLEST = 0.5  # the fuller half of the plateaus: smaller waterings do not reach field capacity
CYCLES = {1: 0.07, 2: 0.05, 4: 0.04}  # complete cycles → sd of the bias, m3/m3
LEARNT = 2  # so many complete cycles are enough to be used


@dataclass(frozen=True, slots=True)
class Morning:
    """The median of one morning (03:00 to 06:00) and what the crop drank in the day before."""

    mv: float | None
    etc_mm: float
    watered: bool = False  # water was logged, or rain fell, in the day before


@dataclass(frozen=True, slots=True)
class Cycle:
    """One wetting, its plateau and the drying after it."""

    full_mv: float
    dry_mv: float
    lost_mm: float  # what the crop drank from plateau to dry
    days: int


@dataclass(frozen=True, slots=True)
class Scale:
    """What a probe says at field capacity, and at a known dryness."""

    full_mv: float
    full_theta: float
    dry_mv: float
    dry_theta: float
    cycles: int

    @property
    def learnt(self) -> bool:
        """Tell whether it may be used; until then the probe still learns its scale."""
        return self.cycles >= LEARNT

    @property
    def sd(self) -> float:
        """Return how far off a value may be, m3/m3."""
        return CYCLES[max(n for n in CYCLES if n <= max(self.cycles, 1))]

    def theta(self, raw_mv: float) -> float:
        """Return the water content on the line through both ends, m3/m3."""
        share = (raw_mv - self.dry_mv) / (self.full_mv - self.dry_mv)
        return max(0.0, self.dry_theta + share * (self.full_theta - self.dry_theta))


def learn(mornings: Sequence[Morning], zone: RootZone, wet_is_low: bool = True) -> Scale | None:
    """Return the scale that these mornings, oldest first, teach; None when nothing was complete.

    `wet_is_low`: the millivolts fall when the soil gets wetter, as with capacitive probes.
    """
    found = cycles(mornings, wet_is_low)
    if not found:
        return None
    fullest = sorted(found, key=lambda c: c.full_mv if wet_is_low else -c.full_mv)
    fullest = fullest[: max(1, math.ceil(FULLEST * len(fullest)))]
    full_mv = median(cycle.full_mv for cycle in fullest)
    per_mv = _loss_per_mv(found)
    dry_mv = max((c.dry_mv for c in found), key=lambda mv: abs(mv - full_mv))
    span = abs(dry_mv - full_mv)
    if span < LEAST_SPAN_MV or per_mv <= 0:
        return None
    lost_mm = min(per_mv * span, zone.taw_mm)
    dry_theta = zone.field_capacity - lost_mm / (1000 * zone.depth_m)
    whole = [c for c in found if abs(c.dry_mv - c.full_mv) >= LEAST_SPAN_MV / 2]
    return Scale(full_mv, zone.field_capacity, dry_mv, dry_theta, len(whole))


def cycles(mornings: Sequence[Morning], wet_is_low: bool = True) -> list[Cycle]:
    """Return the complete wettings and dryings, oldest first."""
    sign = -1.0 if wet_is_low else 1.0  # wetness = sign * mv
    found: list[Cycle] = []
    start: int | None = None
    for i in range(1, len(mornings) + 1):
        if i == len(mornings) or _wetted(mornings, i, sign):
            cycle = _cycle(mornings, start, i - 1) if start is not None else None
            found += [cycle] if cycle else []
            start = i
    return found


def _wetted(mornings: Sequence[Morning], i: int, sign: float) -> bool:
    before, now = mornings[i - 1].mv, mornings[i].mv
    if before is None or now is None:
        return mornings[i].watered
    return sign * (now - before) > WETTING_MV


def _cycle(mornings: Sequence[Morning], wetted: int, last: int) -> Cycle | None:
    """Return the drying from the plateau (24 to 48 h after the wetting) to its last morning."""
    plateau = wetted + 1
    full, dry = (mornings[i].mv if i <= last else None for i in (plateau, last))
    if full is None or dry is None or last - plateau < LEAST_DRY_DAYS:
        return None
    lost = sum(morning.etc_mm for morning in mornings[plateau + 1 : last + 1])
    return Cycle(full, dry, lost, last - plateau)


def _loss_per_mv(found: Sequence[Cycle]) -> float:
    """Return millimetres lost per millivolt: least squares through the origin."""
    squares = sum((c.dry_mv - c.full_mv) ** 2 for c in found)
    return sum(c.lost_mm * abs(c.dry_mv - c.full_mv) for c in found) / squares if squares else 0.0
