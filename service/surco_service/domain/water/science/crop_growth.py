"""How a crop grows and drinks: crop coefficients and roots by day since planting (FAO-56 ch. 6, 8).

A crop without stages is perennial: always in its mid season. A bed whose planting date nobody knows
is taken to be in mid season too, which is when a mistake would cost the plants most.
"""

from collections.abc import Sequence

from surco_service.domain.water.science.crops import Crop

SEEDLING_ROOTS_M = 0.15
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
) -> float:
    """Return Kc so many days after planting (Eq. 66), for the wind and dryness (Eq. 62, 65).

    `days` None: nobody knows. Before planting it is a bare bed; after the season the crop stands as
    it ended. `mulch`: straw or leaves cover the ground.
    """
    initial, mid, end = under_straw(crop.kc) if mulch else crop.kc
    mid = adjusted(mid, crop.height_m, wind_m_s, rh_min)
    if end >= ADJUSTED_END:
        end = adjusted(end, crop.height_m, wind_m_s, rh_min)
    if days is None or crop.stages_d is None:
        return initial if days is not None and days < 0 else mid
    return curve((initial, mid, end), crop.stages_d, days)


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
    """Return how deep the roots reach: they grow until mid season begins (FAO-56 p. 279)."""
    if days is None or crop.stages_d is None:
        return crop.root_depth_m
    least = min(SEEDLING_ROOTS_M, crop.root_depth_m)
    grown = crop.stages_d[0] + crop.stages_d[1]
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
