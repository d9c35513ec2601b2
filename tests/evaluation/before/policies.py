"""Who decides: the calendars and rules that gardens use today, the oracle, and Surco itself.

Each morning a policy is told what an adviser can know, and says how many millimetres to pour.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from surco_service.domain.water.science import soil_water
from surco_service.domain.water.science.crops import CROPS, Crop
from surco_service.domain.water.science.weather import WeatherDay
from tests.evaluation.before import zimmerman

CROP_IDS = {"Tomato": "jitomate", "DryBean": "frijol"}


@dataclass(frozen=True)
class Garden:
    """What the adviser is told of a bed, some of it wrong."""

    crop: Crop
    sown: date
    field_capacity: float
    wilting_point: float


@dataclass(frozen=True)
class Morning:
    """What there is to know at six. `yesterday` is as the weather service says it."""

    day: date
    yesterday: WeatherDay
    theta: float | None  # the probe's median of the night, m3/m3; None: it was silent
    logged_mm: float  # what people said they poured yesterday
    true_depletion_mm: float  # for the oracle alone
    true_taw_mm: float
    et0_mm: float  # for the oracle alone


@dataclass(frozen=True)
class Dose:
    """`low` to `high` is where the policy thinks, with 80 %, that the depletion lies."""

    mm: float
    believed_mm: float | None = None
    low_mm: float | None = None
    high_mm: float | None = None
    if_finger_dry_mm: float = 0.0  # it does not know, and asks for a finger in the soil


NOTHING = Dose(0.0)


class Policy(Protocol):
    def morning(self, seen: Morning) -> Dose: ...


def crop_of(name: str) -> Crop:
    return CROPS[CROP_IDS[name]]


class Calendar:
    """8 mm every second day; with `skips_rain`, not after a day of more than 5 mm of rain."""

    def __init__(self, garden: Garden, skips_rain: bool = False) -> None:
        self._skips, self._days = skips_rain, 1

    def morning(self, seen: Morning) -> Dose:
        self._days += 1
        if self._skips and (seen.yesterday.rain_mm or 0.0) > 5:
            return NOTHING
        if self._days < 2:
            return NOTHING
        self._days = 0
        return Dose(8.0)


class Percent:
    """What hobby sensors do: below 30 % between air (0) and water (0.60), pour 10 mm."""

    def __init__(self, garden: Garden) -> None:
        pass

    def morning(self, seen: Morning) -> Dose:
        return Dose(10.0) if seen.theta is not None and seen.theta / 0.60 < 0.30 else NOTHING


class Threshold:
    """15 mm when the probe falls below the middle between field capacity and wilting point."""

    def __init__(self, garden: Garden) -> None:
        self._middle = (garden.field_capacity + garden.wilting_point) / 2

    def morning(self, seen: Morning) -> Dose:
        return Dose(15.0) if seen.theta is not None and seen.theta < self._middle else NOTHING


class Refill:
    """The strong rule: when the probe says that the allowed depletion is used, fill up again."""

    def __init__(self, garden: Garden) -> None:
        self._garden, crop = garden, garden.crop
        self._taw = soil_water.total_available_mm(
            garden.field_capacity, garden.wilting_point, crop.root_depth_m
        )
        self._raw = crop.p * self._taw

    def morning(self, seen: Morning) -> Dose:
        if seen.theta is None:
            return NOTHING
        garden = self._garden
        depletion = soil_water.depletion_mm(
            garden.field_capacity, seen.theta, garden.crop.root_depth_m
        )
        return Dose(depletion) if depletion > self._raw else NOTHING


class Zimmerman:
    """OpenSprinkler's scale of a usual 8 mm every second day."""

    def __init__(self, garden: Garden) -> None:
        self._days = 1

    def morning(self, seen: Morning) -> Dose:
        self._days += 1
        if self._days < 2:
            return NOTHING
        self._days = 0
        day = seen.yesterday
        mean_c = ((day.temp_min_c or 15) + (day.temp_max_c or 25)) / 2
        percent = zimmerman.scale_percent(45, 32 + 1.8 * mean_c, (day.rain_mm or 0) / 25.4)
        return Dose(8.0 * percent / 100)


class Oracle:
    """Knows the true depletion, and waters at the last moment, exactly."""

    def __init__(self, garden: Garden) -> None:
        self._p = garden.crop.p

    def morning(self, seen: Morning) -> Dose:
        share = soil_water.readily_available_share(self._p, seen.et0_mm)
        if seen.true_depletion_mm + 0.5 * seen.et0_mm > share * seen.true_taw_mm:
            return Dose(seen.true_depletion_mm, seen.true_depletion_mm)
        return NOTHING


def with_rain_skip(garden: Garden) -> Policy:
    return Calendar(garden, skips_rain=True)
