"""How much water: litres from the can, in steps that people can pour.

Never more than the root zone holds, than the bed's own probe leaves room for, or than there is.
"""

import math

from surco_service.domain.water.belief import EFFICIENCY, REFILL
from surco_service.domain.water.situation import Situation

LEAST_MM = 4.0  # a smaller dose only wets the leaves
DOSE_STEP_L, SMALL_STEP_L = 5.0, 0.5  # the small one below five litres
HOSE_L_MIN = 12.0  # of a half-inch garden hose: 10 to 15 (docs/why/watering.md)
CLAYS = ("clay", "sandy_clay", "silty_clay", "clay_loam", "silty_clay_loam")
CAP_MM: dict[str, float] = dict.fromkeys(CLAYS, 12.0)  # in one go; clay drinks slowly
USUAL_CAP_MM = 20.0

SEED_CM = 3  # so deep lie the seeds
SEED_MM = (2.0, 4.0)  # a day, little and daily, while a seed comes up
SEED_ENOUGH_MM = 0.5  # less than that need not be poured


def dose_litres(s: Situation, mm: float) -> float:
    """Return the litres that bring so many millimetres to the roots."""
    return _pourable(max(mm, 0.0) * _litres_per_mm(s), most_litres(s))


def refill_litres(s: Situation, missing_mm: float, share: float = 1.0) -> float:
    """Return the litres that fill what is missing, or a share of it."""
    return dose_litres(s, share * REFILL * missing_mm)


def most_litres(s: Situation) -> float:
    """Return the most that may be poured: by the roots, by the probe, and by what there is."""
    most_mm = s.zone.taw_mm if s.room_mm is None else min(s.zone.taw_mm, max(s.room_mm, 0.0))
    litres = most_mm * _litres_per_mm(s)
    return litres if s.available_litres is None else min(litres, max(s.available_litres, 0.0))


def net_mm(s: Situation, litres: float) -> float:
    """Return the millimetres that litres from the can leave at the roots."""
    return litres / _litres_per_mm(s)


def least_mm(s: Situation) -> float:
    """Return the least dose that is worth a walk: less for a seed, and for very small roots."""
    return SEED_MM[0] if s.stage == "sown" else min(LEAST_MM, s.zone.raw_mm)


def is_full(s: Situation) -> bool:
    """Tell whether the bed's own probe leaves no room for a dose, whatever the balance says."""
    return s.room_mm is not None and s.room_mm < least_mm(s)


def parts(s: Situation, litres: float) -> int:
    """Return in how many goes a dose is given, so that the soil can drink it."""
    return max(1, math.ceil(net_mm(s, litres) / CAP_MM.get(s.bed.soil, USUAL_CAP_MM) - 1e-9))


def seed_mm(s: Situation) -> float:
    """Return what the surface of a sown bed still needs today; 0 when it had enough."""
    least, most = SEED_MM
    needed = min(max(s.etc_mm, least), most) - s.topped_mm
    return needed if needed >= SEED_ENOUGH_MM else 0.0


def _litres_per_mm(s: Situation) -> float:
    efficiency = s.efficiency if 0 < s.efficiency <= 1 else EFFICIENCY
    return s.bed.area_m2 / efficiency


def _pourable(wanted: float, most: float) -> float:
    """Round to what can be poured; down when the next step would be too much."""
    wanted = min(wanted, most)
    if wanted <= 0:
        return 0.0
    if most < DOSE_STEP_L:
        return math.floor(10 * wanted) / 10
    if wanted < DOSE_STEP_L:
        return max(1, math.floor(wanted / SMALL_STEP_L + 0.5)) * SMALL_STEP_L
    steps = math.floor(wanted / DOSE_STEP_L + 0.5)
    return min(steps, math.floor(most / DOSE_STEP_L)) * DOSE_STEP_L
