"""The registry of gardens, beds and sensors: checked before it is written."""

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from surco_contract.quantities import PROBES
from surco_contract.topics import is_node_id
from surco_service.domain.nodes.node import Node, Placement, Probe
from surco_service.domain.stewardship.garden import SUN, WEEK, Bed, Garden
from surco_service.domain.water.calibration import Calibration
from surco_service.domain.water.science.crops import CROPS
from surco_service.domain.water.science.soils import SOILS
from surco_service.domain.water.watering import MOST_AREA_M2
from surco_service.errors import Invalid
from surco_service.ports.stores import Stores

SLUG = re.compile(r"[a-z0-9-]{3,32}\Z")
NAME = 60  # characters
FIRST_PLANTED, LAST_PLANTED = date(1950, 1, 1), date(2099, 12, 31)
LEAST_SPAN_MV = 200.0  # between the two points of a calibration: less is a broken probe


def save_garden(stores: Stores, garden: Garden) -> None:
    """Add or change a garden. Raises `Invalid`."""
    wrong = _name(garden.name) | _slug(garden.id)
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
    _refuse(wrong)
    stores.records.save_garden(garden)


def save_bed(stores: Stores, bed: Bed) -> None:
    """Add or change a bed. Raises `Invalid`, `NotFound` (its garden)."""
    stores.records.garden(bed.garden)
    wrong = _name(bed.name) | _slug(bed.id)
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
    _refuse(wrong)
    stores.records.save_bed(bed)


def add_node(stores: Stores, node: str, now: datetime, name: str = "") -> None:
    """Add a node, or give it a name. Raises `Invalid`."""
    _refuse({} if is_node_id(node) else {"node": "not-a-node-id"})
    stores.registry.save_node(Node(node, name, now))


def place_probe(
    stores: Stores,
    node: str,
    channel: str,
    probe: str,
    bed: str,
    depth_m: float,
    since: datetime,
) -> None:
    """Put a probe in a bed from a time on. Raises `Invalid`, `NotFound`, `Conflict`."""
    wrong = _slug(probe, "probe")
    if channel not in PROBES:
        wrong["channel"] = "unknown-channel"
    if not (math.isfinite(depth_m) and 0.01 <= depth_m <= 2):
        wrong["depth_m"] = "out-of-range"
    if node not in {known.id for known in stores.registry.nodes()}:
        wrong["node"] = "unknown-node"
    _refuse(wrong)
    stores.records.bed(bed)
    stores.registry.save_probe(Probe(probe))
    stores.registry.place(Placement(node, channel, probe, bed, depth_m, since))


def calibrate(stores: Stores, calibration: Calibration) -> None:
    """Give a probe its two points. Raises `Invalid`."""
    c = calibration
    wrong: dict[str, str] = {}
    for name, mv in (("dry_mv", c.dry_mv), ("wet_mv", c.wet_mv)):
        if not (math.isfinite(mv) and 0 < mv < 5000):
            wrong[name] = "out-of-range"
    for name, theta in (("dry_theta", c.dry_theta), ("wet_theta", c.wet_theta)):
        if not (math.isfinite(theta) and 0 <= theta <= 0.7):
            wrong[name] = "out-of-range"
    if not wrong and abs(c.wet_mv - c.dry_mv) < LEAST_SPAN_MV:
        wrong["wet_mv"] = "too-close"
    if not wrong and c.wet_theta - c.dry_theta < 0.05:
        wrong["wet_theta"] = "too-close"
    if c.probe not in {probe.id for probe in stores.registry.probes()}:
        wrong["probe"] = "unknown-probe"
    _refuse(wrong)
    stores.registry.calibrate(calibration)


def _holds_water(bed: Bed) -> bool:
    """Tell whether what was measured of a bed's soil can be; not measured is fine too."""
    capacity, wilting = bed.field_capacity, bed.wilting_point
    if capacity is None and wilting is None:
        return True
    return capacity is not None and wilting is not None and 0 <= wilting < capacity <= 0.7


def _name(name: str) -> dict[str, str]:
    return {} if 0 < len(name.strip()) <= NAME else {"name": "empty-or-long"}


def _slug(id: str, field: str = "id") -> dict[str, str]:
    return {} if SLUG.match(id) else {field: "not-a-slug"}


def _refuse(wrong: Mapping[str, str]) -> None:
    if wrong:
        raise Invalid(dict(wrong))
