"""The dual crop coefficient: what the crop drinks and what the bare soil loses, apart (FAO-56 ch. 7).

For beds that are sprinkled daily, where most water leaves through a wet surface. All depths in mm.
"""

from dataclasses import dataclass

SURFACE_M = 0.10  # of soil that dries by evaporation


@dataclass(frozen=True, slots=True)
class Surface:
    """The top of a soil: `tew_mm` can evaporate at all, `rew_mm` of it freely (Table 19)."""

    tew_mm: float
    rew_mm: float


@dataclass(frozen=True, slots=True)
class SurfaceDay:
    """One day of the surface. `depletion_mm` is D_e at its end."""

    depletion_mm: float
    reduction: float  # Kr
    evaporation: float  # Ke
    evaporated_mm: float
    etc_mm: float
    percolation_mm: float


def evaporable_mm(field_capacity: float, wilting_point: float, depth_m: float = SURFACE_M) -> float:
    """Return TEW (Eq. 73)."""
    return 1000 * (field_capacity - 0.5 * wilting_point) * depth_m


def ceiling(kcb: float, height_m: float, wind_m_s: float, rh_min: float) -> float:
    """Return Kc max, which the energy of the sun allows (Eq. 72)."""
    climate = (0.04 * (wind_m_s - 2) - 0.004 * (rh_min - 45)) * (height_m / 3) ** 0.3
    return max(1.2 + climate, kcb + 0.05)


def covered(kcb: float, kc_max: float, height_m: float, kc_min: float = 0.15) -> float:
    """Return f_c, the share of ground under leaves (Eq. 76), 0 to 0.99."""
    if kc_max <= kc_min:
        return 0.0
    share = max(kcb - kc_min, 0.01) / (kc_max - kc_min)
    return min(max(share ** (1 + 0.5 * height_m), 0.0), 0.99)


def reduction(depletion_mm: float, surface: Surface) -> float:
    """Return Kr: 1 while the surface is wet, 0 when it is dry (Eq. 74)."""
    if depletion_mm <= surface.rew_mm:
        return 1.0
    if depletion_mm >= surface.tew_mm or surface.tew_mm <= surface.rew_mm:
        return 0.0
    return (surface.tew_mm - depletion_mm) / (surface.tew_mm - surface.rew_mm)


def day(
    depletion_mm: float, surface: Surface, *, et0_mm: float, kcb: float, kc_max: float,
    exposed: float, wetted: float, rain_mm: float = 0.0, irrigation_mm: float = 0.0,
) -> SurfaceDay:  # fmt: skip
    """Return one day (Eq. 71, 75, 77 to 79).

    `exposed` is the share of ground without leaves (1 - f_c), `wetted` the share that irrigation or
    rain wets (f_w, above 0), `irrigation_mm` that on the whole bed. Water comes early in the day.
    """
    water = rain_mm + irrigation_mm / wetted
    start = min(max(depletion_mm - water, 0.0), surface.tew_mm)
    kr = reduction(start, surface)
    reached = min(exposed, wetted)
    ke = min(kr * (kc_max - kcb), reached * kc_max)
    evaporated = ke * et0_mm
    lost = evaporated / reached if reached > 0 else 0.0
    percolation = max(water - depletion_mm, 0.0)
    end = min(max(depletion_mm - water + lost + percolation, 0.0), surface.tew_mm)
    return SurfaceDay(end, kr, ke, evaporated, (kcb + ke) * et0_mm, percolation)
