"""The constants of a soil from its texture: Saxton & Rawls (2006). Surco takes FAO-56 Table 19."""

from dataclasses import dataclass


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
