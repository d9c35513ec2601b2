"""One day of the root zone, in mm of water: FAO-56 Eq. 84 to 88. Nothing is lost or made.

The order within a day matters (Eq. 88 and Example 38 differ). Gardens are watered early: the water
fills the soil and what is too much drains *before* the plants drink. Rain falls late, in afternoon
storms: the plants drink first, then it fills the soil and drains.
"""

from dataclasses import dataclass

from surco_service.domain.water.science.soil_water import stress

LEAST_RAIN = 0.2  # rain below this share of ET0 wets leaves and dust only (FAO-56 p. 170)
MOST_RAIN_MM = 60.0  # a day's rain that a bed can swallow; the rest runs off


@dataclass(frozen=True, slots=True)
class Balance:
    """A day's water. `depletion_mm` at its end; all others are sums of the day."""

    depletion_mm: float
    transpired_mm: float  # Ks Kc ET0
    percolation_mm: float
    rain_mm: float  # that reached the soil
    runoff_mm: float
    lost_rain_mm: float  # too little to count
    stress: float  # Ks, from the depletion after the early watering


def step(
    depletion_mm: float, *, taw_mm: float, raw_mm: float, etc_mm: float, et0_mm: float = 0.0,
    rain_mm: float = 0.0, irrigation_mm: float = 0.0,
) -> Balance:  # fmt: skip
    """Return the day after a depletion. `etc_mm` is without stress; `irrigation_mm` is net.

    Start - end = irrigation + rain that counts - transpiration - percolation, to the last digit
    that floats have.
    """
    start = min(max(depletion_mm, 0.0), taw_mm)
    filled = start - irrigation_mm
    early = max(-filled, 0.0)
    room = max(filled, 0.0)
    ks = stress(room, taw_mm, raw_mm)
    drunk = min(ks * etc_mm, taw_mm - room)
    soaked = effective_rain_mm(rain_mm, et0_mm)
    counted = rain_mm if soaked else 0.0
    left = room + drunk - soaked
    return Balance(
        max(left, 0.0), drunk, early + max(-left, 0.0), soaked, counted - soaked,
        rain_mm - counted, ks,
    )  # fmt: skip


def effective_rain_mm(rain_mm: float, et0_mm: float) -> float:
    """Return the rain of a day that reaches the roots: not a drizzle, not what runs off a bed."""
    return min(rain_mm, MOST_RAIN_MM) if rain_mm >= LEAST_RAIN * et0_mm else 0.0


def deepened_mm(
    depletion_mm: float, field_capacity: float, theta_below: float, growth_m: float
) -> float:
    """Return the depletion when roots reach deeper soil of a water content: D + 1000 (FC-θ) dZr."""
    return depletion_mm + 1000 * (field_capacity - theta_below) * max(growth_m, 0.0)
