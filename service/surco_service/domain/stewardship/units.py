"""TABLE of the units in which people measure a harvest. One line here is one unit everywhere.

The form, the API, the pages, the totals, the mirror and `docs/reference/units.md` read these lines.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    id: str
    most: float  # of one harvest: more is a slip of the finger
    kg: float | None  # that one of it weighs; None: it is counted, and no sum of kilos knows it
    es: tuple[str, str]  # one, and several
    en: tuple[str, str]


_TABLE = (
    Unit("kg", 1000, 1.0, ("kilo", "kilos"), ("kilo", "kilos")),
    Unit("bunch", 5000, None, ("manojo", "manojos"), ("bunch", "bunches")),
    Unit("piece", 50_000, None, ("pieza", "piezas"), ("piece", "pieces")),
    Unit("bucket", 1000, None, ("cubeta", "cubetas"), ("bucket", "buckets")),
)

UNITS: dict[str, Unit] = {unit.id: unit for unit in _TABLE}
"""Id → unit, in the order of the form."""


def weighed_kg(amount: float, unit: str) -> float | None:
    """Return the kilos of an amount; None when it was counted and not weighed."""
    kg = UNITS[unit].kg
    return None if kg is None else amount * kg
