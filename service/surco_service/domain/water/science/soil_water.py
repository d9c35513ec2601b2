"""What a soil holds and what roots can take from it. FAO-56 chapter 8; Saxton & Rawls (2006).

Water contents θ in m3 of water per m3 of soil, depths of water in mm.
"""

from dataclasses import dataclass

LEAST_P, MOST_P = 0.1, 0.8


@dataclass(frozen=True, slots=True)
class Constants:
    wilting_point: float
    field_capacity: float
    saturation: float


def from_texture(sand: float, clay: float, organic_percent: float) -> Constants:
    """Return the constants of a soil (Saxton & Rawls 2006, Eq. 1, 2, 3, 5).

    `sand` and `clay` are shares of the mineral soil (0 to 1), organic matter is in *percent* by
    weight (they fitted it up to 8). Raises `ValueError` for shares that no soil has.
    """
    if not (sand >= 0 and clay >= 0 and sand + clay <= 1 and organic_percent >= 0):
        raise ValueError("sand and clay are shares of one; organic matter is in percent")
    s, c, o = sand, clay, organic_percent
    t = -0.024 * s + 0.487 * c + 0.006 * o + 0.005 * s * o - 0.013 * c * o + 0.068 * s * c + 0.031
    wilting = t + 0.14 * t - 0.02
    t = -0.251 * s + 0.195 * c + 0.011 * o + 0.006 * s * o - 0.027 * c * o + 0.452 * s * c + 0.299
    capacity = t + 1.283 * t**2 - 0.374 * t - 0.015
    t = 0.278 * s + 0.034 * c + 0.022 * o - 0.018 * s * o - 0.027 * c * o - 0.584 * s * c + 0.078
    above = t + 0.636 * t - 0.107
    return Constants(wilting, capacity, capacity + above - 0.097 * s + 0.043)


def total_available_mm(field_capacity: float, wilting_point: float, depth_m: float) -> float:
    """Return TAW (Eq. 82)."""
    return 1000 * (field_capacity - wilting_point) * depth_m


def readily_available_share(p: float, etc_mm: float = 5.0) -> float:
    """Return the share of TAW used without stress on a day of so much ETc (FAO-56 p. 162, Table 22).

    `p` is the table's, for 5 mm a day. Between 0.1 and 0.8.
    """
    return min(max(p + 0.04 * (5 - etc_mm), LEAST_P), MOST_P)


def stress(depletion_mm: float, taw_mm: float, raw_mm: float) -> float:
    """Return Ks, 1 without stress and 0 at wilting point (Eq. 84)."""
    if depletion_mm <= raw_mm:
        return 1.0
    if depletion_mm >= taw_mm or taw_mm <= raw_mm:
        return 0.0
    return (taw_mm - depletion_mm) / (taw_mm - raw_mm)


def depletion_mm(field_capacity: float, theta: float, depth_m: float) -> float:
    """Return the missing water; negative above field capacity (Eq. 87)."""
    return 1000 * (field_capacity - theta) * depth_m


def theta(field_capacity: float, depletion: float, depth_m: float) -> float:
    """Return the mean water content of the root zone at a depletion in mm (Eq. 87 turned round)."""
    return field_capacity - depletion / (1000 * depth_m)
