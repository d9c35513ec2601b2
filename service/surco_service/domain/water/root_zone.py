"""The root zone of a bed: a bucket that is full at field capacity and empty at wilting point.

FAO-56 chapter 8. Its *depletion* is the water that is missing, in millimetres (1 mm on 1 m2 is one
litre). A crop does well until the depletion reaches the readily available water.
"""

import math
from dataclasses import dataclass, replace
from datetime import date

from surco_service.domain.stewardship.garden import Bed
from surco_service.domain.water.science.crop_growth import root_depth_m
from surco_service.domain.water.science.crops import CROPS, UNKNOWN_CROP, Crop
from surco_service.domain.water.science.soil_water import (
    depletion_mm,
    readily_available_share,
    total_available_mm,
)
from surco_service.domain.water.science.soils import MEASURED_SD, SOILS, Soil

LEAST_DEPTH_M = 0.02  # a bed that claims to be shallower is taken for open ground
PUDDLE = 0.05  # m3/m3 above saturation: no soil holds that much


@dataclass(frozen=True, slots=True)
class RootZone:
    """The bucket of one bed on one day."""

    taw_mm: float  # total available water, FAO-56 Eq. 82
    raw_mm: float  # readily available water, Eq. 83
    field_capacity: float  # m3/m3
    wilting_point: float
    saturation: float
    depth_m: float

    @property
    def mm_per_theta(self) -> float:
        """Return the millimetres that one m3/m3 is in this root zone."""
        return 1000 * self.depth_m

    def depletion_mm(self, theta: float) -> float:
        """Return the missing water, Eq. 87, between 0 (full) and TAW (empty)."""
        missing = depletion_mm(self.field_capacity, theta, self.depth_m)
        return min(max(missing, 0.0), self.taw_mm)

    def in_soil(self, theta: float) -> bool:
        """Tell whether its soil can hold so much water, and so little."""
        return _in_soil(theta, self.wilting_point, self.saturation)


def crop_of(bed: Bed) -> Crop:
    return CROPS.get(bed.crop or "", UNKNOWN_CROP)


def soil_of(bed: Bed) -> Soil:
    """Return the soil of a bed: the table's, with what was measured in the bed itself."""
    soil = SOILS.get(bed.soil, SOILS["mix"])
    capacity = soil.field_capacity if bed.field_capacity is None else bed.field_capacity
    wilting = soil.wilting_point if bed.wilting_point is None else bed.wilting_point
    if (capacity, wilting) == (soil.field_capacity, soil.wilting_point):
        return soil
    if not 0 <= wilting < capacity <= 0.7:
        return soil
    return replace(
        soil, field_capacity=capacity, wilting_point=wilting,
        saturation=max(soil.saturation, capacity + 0.05),
        field_capacity_sd=soil.field_capacity_sd if bed.field_capacity is None else MEASURED_SD,
    )  # fmt: skip


def root_zone(bed: Bed, day: date | None = None, etc_mm: float = 5.0) -> RootZone:
    """Return the bucket of a bed on a day: its crop's roots in its soil, no deeper than the bed.

    Without a day, or a planting date, the roots are grown. `etc_mm` is what the crop drinks that
    day: thirstier days leave a smaller share readily available (FAO-56 p. 162).
    """
    days = None if day is None or bed.planted is None else (day - bed.planted).days
    return zone_of(crop_of(bed), soil_of(bed), days, etc_mm, bed.depth_m)


def zone_of(
    crop: Crop, soil: Soil, days: int | None, etc_mm: float = 5.0, most_m: float | None = None
) -> RootZone:
    """Return the bucket of a crop so many days after planting, in a soil so deep at most."""
    depth_m = root_depth_m(crop, days)
    if most_m is not None and LEAST_DEPTH_M <= most_m < math.inf:
        depth_m = min(depth_m, most_m)
    taw_mm = total_available_mm(soil.field_capacity, soil.wilting_point, depth_m)
    raw_mm = readily_available_share(crop.p, etc_mm) * taw_mm
    return RootZone(
        taw_mm, raw_mm, soil.field_capacity, soil.wilting_point, soil.saturation, depth_m
    )


def wetness(bed: Bed, theta: float) -> float:
    """Return 0 at wilting point and below, 1 at field capacity, more when it has not drained."""
    soil = soil_of(bed)
    held = (theta - soil.wilting_point) / (soil.field_capacity - soil.wilting_point)
    return max(0.0, held)


def in_soil(bed: Bed, theta: float) -> bool:
    """Tell whether soil can hold so much water: a probe in the air says less, one in a puddle more.

    Roots leave the water below wilting point; half of it goes only where the sun bakes the ground.
    """
    soil = soil_of(bed)
    return _in_soil(theta, soil.wilting_point, soil.saturation)


def _in_soil(theta: float, wilting_point: float, saturation: float) -> bool:
    return wilting_point / 2 <= theta <= saturation + PUDDLE
