"""How a crop grows and drinks: crop coefficients and roots by day since planting (FAO-56 ch. 6, 8).

A crop without stages is perennial: always in its mid season. A bed whose planting date nobody knows
is taken to be in mid season too, which is when a mistake would cost the plants most.
"""

from collections.abc import Sequence

from surco_service.domain.water.science.crops import Crop

SEEDLING_ROOTS_M = 0.15
ADJUSTED_END = 0.45  # Kc end below this belongs to a crop that dries: not adjusted


def crop_coefficient(
    crop: Crop, days: int | None, wind_m_s: float = 2.0, rh_min: float = 45.0
) -> float:
    """Return Kc so many days after planting (Eq. 66), for the wind and dryness (Eq. 62, 65).

    `days` None: nobody knows. Before planting it is a bare bed; after the season the crop stands as
    it ended.
    """
    initial, mid, end = crop.kc
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


def intercropped(parts: Sequence[tuple[float, float, float]]) -> float:
    """Return Kc of crops that share a bed (Eq. 104): (share of the ground, height in m, Kc) each.

    Raises `ValueError` when nothing grows.
    """
    weights = sum(share * height for share, height, _ in parts)
    if weights <= 0:
        raise ValueError("at least one crop must cover ground and have a height")
    return sum(share * height * kc for share, height, kc in parts) / weights


def mulched(kc: float, reduction: float) -> float:
    """Return Kc under a mulch that takes away a share of it.

    FAO-56 p. 196: 5 % of the soil's own evaporation per 10 % of organic cover; under plastic 15 %.
    """
    return kc * (1 - min(max(reduction, 0.0), 1.0))
