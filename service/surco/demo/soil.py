"""The soil of the simulation: it dries at a steady pace and is watered when it is low.

Counted backwards from what it is now, so that history ends exactly there.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

DRY = (2300.0, 0.05)  # millivolts, m3/m3: both ends of every simulated probe's scale
FULL = (900.0, 0.50)
DAY_S = 86_400
ROOTS_M = 0.35  # what a poured litre wets
EFFICIENCY = 0.85


@dataclass(frozen=True)
class History:
    """`at(seconds ago)` is the water content; `waterings` are (seconds ago, gain in m3/m3)."""

    theta: float
    peak: float
    low: float
    dries: float
    waterings: list[tuple[float, float]]

    def at(self, ago: float) -> float:
        """Return the water content so many seconds before the end, m3/m3."""
        later = [when for when, _ in self.waterings if when < ago]
        if not later:
            return self.theta + self.dries * ago / DAY_S
        return self.low + self.dries * (ago - max(later)) / DAY_S


def history(theta: float, peak: float, low: float, dries: float, days: int) -> History:
    """Return the past of a bed that holds `theta` now."""
    waterings = list(_waterings(theta, max(peak, theta + 0.004), low, dries, days))
    return History(theta, peak, low, dries, waterings)


def _waterings(
    theta: float, peak: float, low: float, dries: float, days: int
) -> Iterator[tuple[float, float]]:
    ago = (peak - theta) / dries * DAY_S
    while ago < days * DAY_S:
        yield ago, peak - low
        ago += (peak - low) / dries * DAY_S


def poured_litres(gained: float, area_m2: float) -> float:
    """Return the litres that raise the water content so much, in whole litres."""
    return max(1.0, round(gained * 1000 * ROOTS_M * area_m2 / EFFICIENCY))


def gained(litres: float, area_m2: float) -> float:
    """Return how much litres raise the water content, m3/m3."""
    return litres * EFFICIENCY / (1000 * ROOTS_M * area_m2)


def millivolts(theta: float) -> float:
    """Return what a simulated probe says."""
    share = (theta - DRY[1]) / (FULL[1] - DRY[1])
    return DRY[0] + share * (FULL[0] - DRY[0])


def temperature(t: float) -> float:
    """Return the air's temperature at a time, °C: Querétaro in November, warmest at 15 h."""
    hour = (t / 3600 - 6) % 24
    return 17.0 + 7.5 * math.cos((hour - 15) / 24 * 2 * math.pi)
