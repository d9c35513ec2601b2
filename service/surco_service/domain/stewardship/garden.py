"""Gardens and their beds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

SUN: dict[str, float] = {"full": 1.0, "half": 0.75, "shade": 0.5}
"""How much of the open field's evaporation a bed sees: all day, half a day, little sun."""

TIMEZONE = "America/Mexico_City"
"""Where a garden is that says nothing else, and what a page of many gardens shows."""

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Garden:
    id: str  # slug, [a-z0-9-]{3,32}
    name: str
    latitude: float | None = None
    longitude: float | None = None
    can_litres: float = 10.0  # the garden's watering can
    timezone: str = TIMEZONE
    elevation_m: float = 1820.0
    water_days: str = ""  # when the network brings water (tandeo): "mon,thu"; "": always
    cistern_litres: float | None = None  # what it holds when full
    roof_m2: float | None = None  # that feeds the cistern


def common_timezone(gardens: Iterable[Garden]) -> str:
    """Return the time zone that all these gardens share; the usual one when they share none."""
    zones = {garden.timezone for garden in gardens}
    return zones.pop() if len(zones) == 1 else TIMEZONE


@dataclass(frozen=True, slots=True)
class Bed:
    id: str  # slug, unique over all gardens
    garden: str
    name: str  # "Cama 3"
    area_m2: float
    crop: str | None = None  # id in the crop table
    planted: date | None = None
    soil: str = "mix"  # id in the soil table
    depth_m: float | None = None  # of the soil in a raised bed; None = open ground
    sun: str = "full"  # key of SUN
    container: bool = False  # a pot or a sack, warmed from all sides
    mulch: bool = False  # straw or leaves cover the ground
    field_capacity: float | None = None  # m3/m3, measured in this bed; None: the soil table's
    wilting_point: float | None = None
