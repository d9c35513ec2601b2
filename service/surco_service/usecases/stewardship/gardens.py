"""Gardens and beds: checked before they are written."""

import math
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from surco_service.domain.stewardship.garden import SUN, WEEK, Bed, Garden
from surco_service.domain.water.science.crops import CROPS
from surco_service.domain.water.science.soils import SOILS
from surco_service.domain.water.watering import MOST_AREA_M2
from surco_service.ports.stores import Stores
from surco_service.usecases.fields import refuse, slug

NAME = 60  # characters
FIRST_PLANTED, LAST_PLANTED = date(1950, 1, 1), date(2099, 12, 31)


def save_garden(stores: Stores, garden: Garden) -> None:
    """Add or change a garden. Raises `Invalid`."""
    wrong = _name(garden.name) | slug(garden.id)
    if not (math.isfinite(garden.can_litres) and 1 <= garden.can_litres <= 50):
        wrong["can_litres"] = "out-of-range"
    try:
        ZoneInfo(garden.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        wrong["timezone"] = "unknown-timezone"
    for name, value, most in (
        ("latitude", garden.latitude, 90),
        ("longitude", garden.longitude, 180),
    ):
        if value is not None and not abs(value) <= most:
            wrong[name] = "out-of-range"
    if not -430 <= garden.elevation_m <= 6000:
        wrong["elevation_m"] = "out-of-range"
    if garden.water_days and not set(garden.water_days.split(",")) <= set(WEEK):
        wrong["water_days"] = "unknown-day"
    for name, value in (("cistern_litres", garden.cistern_litres), ("roof_m2", garden.roof_m2)):
        if value is not None and not 0 < value <= 1_000_000:
            wrong[name] = "out-of-range"
    refuse(wrong)
    stores.records.save_garden(garden)


def save_bed(stores: Stores, bed: Bed) -> None:
    """Add or change a bed. Raises `Invalid`, `NotFound` (its garden)."""
    stores.records.garden(bed.garden)
    wrong = _name(bed.name) | slug(bed.id)
    if not 0 < bed.area_m2 <= MOST_AREA_M2:
        wrong["area_m2"] = "out-of-range"
    if bed.crop is not None and bed.crop not in CROPS:
        wrong["crop"] = "unknown-crop"
    if bed.soil not in SOILS:
        wrong["soil"] = "unknown-soil"
    if bed.depth_m is not None and not 0.05 <= bed.depth_m <= 3:
        wrong["depth_m"] = "out-of-range"
    if bed.sun not in SUN:
        wrong["sun"] = "unknown-sun"
    if bed.planted is not None and not FIRST_PLANTED <= bed.planted <= LAST_PLANTED:
        wrong["planted"] = "not-a-day"
    if not _holds_water(bed):
        wrong["field_capacity"] = "out-of-range"
    refuse(wrong)
    stores.records.save_bed(bed)


def _holds_water(bed: Bed) -> bool:
    """Tell whether what was measured of a bed's soil can be; not measured is fine too."""
    capacity, wilting = bed.field_capacity, bed.wilting_point
    if capacity is None and wilting is None:
        return True
    return capacity is not None and wilting is not None and 0 <= wilting < capacity <= 0.7


def _name(name: str) -> dict[str, str]:
    return {} if 0 < len(name.strip()) <= NAME else {"name": "empty-or-long"}
