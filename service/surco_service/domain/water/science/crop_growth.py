"""How a crop grows and drinks: crop coefficients and roots by day since planting (FAO-56 ch. 6, 8).

A crop without stages is perennial: always in its mid season. A tree goes through its stages every
year, from its spring, however long ago it was planted. Where nobody knows the date, it is taken to
be mid season, which is when a mistake would cost the plants most.
"""

from collections.abc import Sequence
from datetime import date
from itertools import accumulate

from surco_service.domain.water.science.crops import Crop

SEEDLING_ROOTS_M = 0.15
SOWN_D = 12  # so long after sowing a seedling drinks from the uppermost 5 cm
SAPLING_ROOTS_M = 0.3  # the hole that a tree was planted in
SAPLING_D = 3 * 365  # then its roots are grown
SEASON = ("growing", "growing", "full", "late")  # names of the four stages of FAO-56
BARE_KC = 0.2  # a tree without leaves, on bare and dry soil (a note of FAO-56 Table 12)
LEAVES_FALL_D = 30
ADJUSTED_END = 0.45  # Kc end below this belongs to a crop that dries: not adjusted
MULCH_COVER = 0.8  # of the ground under straw or leaves, around the stems
MULCH_SAVES = 0.5 * MULCH_COVER  # of the soil's own evaporation: 5 % for each 10 % (FAO-56 ch. 10)
SOIL_UNDER_LEAVES = 0.05  # of Kc mid and end is the soil's: Table 12 less Table 17


def crop_coefficient(
    crop: Crop,
    days: int | None,
    wind_m_s: float = 2.0,
    rh_min: float = 45.0,
    *,
    mulch: bool = False,
    on: date | None = None,
) -> float:
    """Return Kc so many days after planting (Eq. 66), for the wind and dryness (Eq. 62, 65).

    `days` None: nobody knows. Before planting it is a bare bed; after the season the crop stands as
    it ended. `mulch`: straw or leaves cover the ground. `on` is the date, which a tree goes by;
    None: mid season.
    """
    initial, mid, end = under_straw(crop.kc) if mulch else crop.kc
    mid = adjusted(mid, crop.height_m, wind_m_s, rh_min)
    if end >= ADJUSTED_END:
        end = adjusted(end, crop.height_m, wind_m_s, rh_min)
    if stage(crop, days) == "unsown":
        return initial
    if crop.spring and crop.stages_d and on is not None:
        bare = mulched(BARE_KC, MULCH_SAVES) if mulch else BARE_KC
        winter = bare if crop.sheds else initial
        return _of_a_year((initial, mid, end), crop.stages_d, _days_since(crop.spring, on), winter)
    if days is None or crop.kind != "annual" or crop.stages_d is None:
        return mid
    return curve((initial, mid, end), crop.stages_d, days)


def _of_a_year(
    kc: tuple[float, float, float], stages_d: Sequence[int], days: int, winter: float
) -> float:
    """Return Kc of a tree so many days into its year: its stages, then a line to that of winter."""
    fallen_d = days - sum(stages_d)
    if fallen_d <= 0:
        return curve(kc, stages_d, days)
    return kc[2] + (winter - kc[2]) * min(fallen_d / LEAVES_FALL_D, 1.0)


def _days_since(spring: tuple[int, int], on: date) -> int:
    began = date(on.year, *spring)
    return (on - (began if began <= on else date(on.year - 1, *spring))).days


def stage(crop: Crop, days: int | None) -> str:
    """Return how far a crop is: unsown, sown, growing, full, late, curing or past.

    `sown` is a seedbed, `curing` dries at its end and gets no water, `past` is an annual after its
    last day. What does not end, or was planted nobody knows when, is `full`.
    """
    if days is None:
        return "full"
    if days < 0:
        return "unsown"
    stages_d = crop.stages_d if crop.kind == "annual" else None
    if not crop.transplanted and days < (min(SOWN_D, stages_d[0]) if stages_d else SOWN_D):
        return "sown"
    if stages_d is None:
        return "full"
    left_d = sum(stages_d) - days
    if left_d < crop.cures_d:
        return "curing" if left_d >= 0 else "past"
    ends = accumulate(stages_d)
    return next((name for name, end in zip(SEASON, ends, strict=True) if days <= end), "past")


def curve(kc: Sequence[float], stages_d: Sequence[int], days: float) -> float:
    """Return the coefficient of a day: flat, a straight line up, flat, a straight line (Eq. 66)."""
    initial, mid, end = kc
    first, development, middle, late = stages_d
    if days <= first:
        return initial
    if days <= first + development:
        return initial + (mid - initial) * (days - first) / development
    if days <= first + development + middle:
        return mid
    share = (days - first - development - middle) / late if late else 1.0
    return mid + (end - mid) * min(share, 1.0)


def adjusted(kc: float, height_m: float, wind_m_s: float = 2.0, rh_min: float = 45.0) -> float:
    """Return Kc mid or end for a climate (Eq. 62, 65); u2 1 to 6 m/s, RHmin 20 to 80 %, h 0.1 to 10 m."""
    wind = min(max(wind_m_s, 1.0), 6.0)
    dryness = min(max(rh_min, 20.0), 80.0)
    height = min(max(height_m, 0.1), 10.0)
    return kc + (0.04 * (wind - 2) - 0.004 * (dryness - 45)) * (height / 3) ** 0.3


def root_depth_m(crop: Crop, days: int | None) -> float:
    """Return how deep the roots reach: they grow until mid season begins (FAO-56 p. 279).

    Those of a tree grow for three years.
    """
    if days is None or crop.stages_d is None:
        return crop.root_depth_m
    tree = crop.kind == "tree"
    least = min(SAPLING_ROOTS_M if tree else SEEDLING_ROOTS_M, crop.root_depth_m)
    grown = SAPLING_D if tree else crop.stages_d[0] + crop.stages_d[1]
    share = min(max(days / grown, 0.0), 1.0) if grown else 1.0
    return least + share * (crop.root_depth_m - least)


def under_straw(kc: tuple[float, float, float]) -> tuple[float, float, float]:
    """Return Kc initial, mid and end of a bed that straw or leaves cover (FAO-56 ch. 10).

    Kc initial is nearly all the soil's. Later the leaves shade it, and straw saves little.
    """
    initial, *grown = kc
    bare = SOIL_UNDER_LEAVES
    mid, end = (value - bare + mulched(bare, MULCH_SAVES) for value in grown)
    return mulched(initial, MULCH_SAVES), mid, end


def mulched(kc: float, reduction: float) -> float:
    """Return Kc under a mulch that takes away a share of it (FAO-56 ch. 10; Ex. 45: 0.15, plastic)."""
    return kc * (1 - min(max(reduction, 0.0), 1.0))
