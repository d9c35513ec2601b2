"""Who decides: a calendar, the strong rule of a probe alone, the oracle, and Surco itself (`fused`).

Each morning a policy is told what an adviser can know, and says how many millimetres to pour.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from surco_service.domain.water.belief import EFFICIENCY
from surco_service.domain.water.science import soil_water
from surco_service.domain.water.science.crops import CROPS, Crop
from surco_service.domain.water.science.soils import SOILS
from surco_service.domain.water.science.weather import WeatherDay
from tests.evaluation.probe import Heard
from tests.evaluation.truth import State

ROWS = {
    "SandyLoam": "sandy_loam",
    "Loam": "loam",
    "ClayLoam": "clay_loam" if "clay_loam" in SOILS else "clay",
}
"""What a gardener who knows her soil picks from our list."""

IDS = {"Tomato": "jitomate", "DryBean": "frijol"}


@dataclass(frozen=True)
class Told:
    """What the adviser is told of a bed, some of it wrong."""

    crop: Crop
    planted: date
    soil: str  # id of our table


@dataclass(frozen=True)
class Morning:
    """What there is to know at six. `yesterday` is as the weather service says it."""

    day: date
    yesterday: WeatherDay
    heard: Heard
    noted_mm: float  # what people said they poured yesterday
    true: State  # for the oracle alone, as the two below
    et0_mm: float
    efficiency: float


@dataclass(frozen=True)
class Dose:
    """`low` to `high` is where the policy thinks, with 80 %, that the depletion lies."""

    mm: float  # from the can
    believed_mm: float | None = None
    low_mm: float | None = None
    high_mm: float | None = None
    if_finger_dry_mm: float = 0.0  # it does not know, and asks for a finger in the soil


NOTHING = Dose(0.0)


class Policy(Protocol):
    def morning(self, seen: Morning) -> Dose: ...


def crop_of(name: str) -> Crop:
    return CROPS[IDS.get(name, name)]


class Calendar:
    """What keeps 8 mm in the soil, every second day."""

    def __init__(self, told: Told) -> None:
        self._days = 1

    def morning(self, seen: Morning) -> Dose:
        self._days += 1
        if self._days < 2:
            return NOTHING
        self._days = 0
        return Dose(8.0 / EFFICIENCY)


class Refill:
    """The strong rule: when the probe says that the allowed depletion is used, fill up again."""

    def __init__(self, told: Told) -> None:
        self._told, self._soil = told, SOILS[told.soil]
        self._raw = told.crop.p * soil_water.total_available_mm(
            self._soil.field_capacity, self._soil.wilting_point, told.crop.root_depth_m
        )

    def morning(self, seen: Morning) -> Dose:
        theta = seen.heard.morning
        if theta is None:
            return NOTHING
        missing = soil_water.depletion_mm(
            self._soil.field_capacity, theta, self._told.crop.root_depth_m
        )
        return Dose(missing / EFFICIENCY) if missing > self._raw else NOTHING


class Oracle:
    """Knows the true depletion, and waters at the last moment, exactly."""

    def __init__(self, told: Told) -> None:
        self._p = told.crop.p

    def morning(self, seen: Morning) -> Dose:
        missing = seen.true.depletion_mm
        share = soil_water.readily_available_share(self._p, seen.et0_mm)
        if missing + 0.5 * seen.et0_mm > share * seen.true.taw_mm:
            return Dose(missing / seen.efficiency, missing)
        return NOTHING
