"""What a bed's diary has learnt of it, in what gardeners count with: litres, days, tenths.

How thirsty it is against the tables, what stays of poured water, and who watered without noting it.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from surco_service.domain.stewardship.garden import Bed
from surco_service.domain.water.advice import Reason
from surco_service.domain.water.bed_days import BedDay
from surco_service.domain.water.belief import EFFICIENCY, STAYS, THIRST, Belief
from surco_service.domain.water.dose import DOSE_STEP_L, SMALL_STEP_L

THIRST_SD, THIRST_TOLD = 0.15, 0.10  # learnt when surer than that; told when it differs by more
STAYS_SD, STAYS_TOLD = 0.04, 0.05  # the same of the share of poured water that stays
SEEN_TOLD_MM = 2.0  # less than that is no watering that anybody remembers


@dataclass(frozen=True, slots=True)
class Unnoted:
    """A watering that a probe saw and nobody noted."""

    day: date  # on which it came: the day before the morning that showed it
    litres: float  # as they left the can


def ways(belief: Belief) -> tuple[Reason, ...]:
    """Return what is worth telling of how a bed drinks: nothing when it does as the tables say."""
    found: list[Reason] = []
    more = belief.thirst - 1
    if belief.sd(THIRST) < THIRST_SD and abs(more) > THIRST_TOLD:
        code = "thirsty-bed" if more > 0 else "easy-bed"
        found.append(Reason(code, {"percent": float(5 * round(20 * abs(more)))}))
    learnt = belief.sd(STAYS) < STAYS_SD
    if learnt or abs(belief.efficiency - EFFICIENCY) > STAYS_TOLD:
        found.append(Reason("poured-stays", {"tenths": round(20 * belief.efficiency) / 2}))
    return tuple(found)


def unnoted(bed: Bed, pages: Iterable[BedDay]) -> list[Unnoted]:
    """Return the waterings that nobody noted, in the order of the pages."""
    seen = [
        Unnoted(page.day - timedelta(days=1), seen_litres(bed, page))
        for page in pages
        if page.seen_mm >= SEEN_TOLD_MM
    ]
    return [one for one in seen if one.litres]


def seen_litres(bed: Bed, page: BedDay) -> float:
    """Return about how many litres came that nobody noted; 0: none, or nobody can say."""
    litres = page.seen_mm * bed.area_m2 / page.belief.efficiency
    if not math.isfinite(litres) or litres <= 0:
        return 0.0
    step = DOSE_STEP_L if litres >= DOSE_STEP_L else SMALL_STEP_L
    return max(1, math.floor(litres / step + 0.5)) * step
