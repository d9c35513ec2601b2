"""What people record. Nothing is overwritten: a correction names what it replaces."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Harvest:
    """What was picked. A correction names the harvest it replaces; nothing is overwritten."""

    id: str  # UUID, given by the form so that a second tap changes nothing
    bed: str
    garden: str
    crop: str
    amount: float
    unit: str  # id in the table of units
    at: datetime
    recorded: datetime
    note: str = ""
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class Watering:
    id: str
    bed: str
    garden: str
    litres: float
    at: datetime
    recorded: datetime
    note: str = ""
    replaces: str | None = None
