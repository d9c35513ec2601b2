"""Rain from a roof into a cistern. 1 mm on 1 m2 is one litre."""

from dataclasses import dataclass

RUNOFF = {"metal": 0.90, "concrete": 0.80, "tile": 0.75, "green": 0.40}
"""Share of the rain that leaves a roof, middle of the published ranges (docs/why/watering.md)."""

FIRST_FLUSH_MM = 1.0  # what washes the roof and is let go


@dataclass(frozen=True, slots=True)
class Cistern:
    """A day of a cistern, in litres. What came in is stored, used or spilt; nothing vanishes."""

    stored: float
    used: float
    spilt: float


def roof_litres(
    rain_mm: float, roof_m2: float, runoff: float = RUNOFF["concrete"],
    first_flush_mm: float = FIRST_FLUSH_MM,
) -> float:  # fmt: skip
    """Return what a day's rain brings from a roof, litres. Never negative."""
    return max(rain_mm - first_flush_mm, 0.0) * max(roof_m2, 0.0) * min(max(runoff, 0.0), 1.0)


def fill(stored: float, capacity: float, inflow: float, wanted: float) -> Cistern:
    """Return the cistern after a day: rain comes in, then water is drawn, as far as there is any."""
    full = min(max(stored, 0.0), capacity) + max(inflow, 0.0)
    kept = min(full, capacity)
    used = min(max(wanted, 0.0), kept)
    return Cistern(kept - used, used, full - kept)
