"""What a probe said of its bed at a time, by its calibration or by the scale it had learnt by then.

Curves and the mirror ask for thousands of values: the scales of a stretch are read once, and only for
beds with a probe that had no calibration.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from surco_contract.quantities import QUANTITIES
from surco_service.domain.nodes.node import Placement
from surco_service.domain.stewardship.garden import Bed
from surco_service.domain.water.bed_days import BedDay
from surco_service.domain.water.moisture import theta_of
from surco_service.domain.water.scale import Scale
from surco_service.ports.stores import Stores
from surco_service.usecases.sensors import Sensors
from surco_service.usecases.water.diary import MORNING

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Scales:
    """The pages of beds' diaries and the mornings on which they were written, both in order."""

    pages: Mapping[str, Sequence[BedDay]] = field(default_factory=dict[str, Sequence[BedDay]])
    mornings: Mapping[str, Sequence[float]] = field(default_factory=dict[str, Sequence[float]])

    def at(self, bed: str, probe: str, t: float) -> Scale | None:
        """Return what a probe had learnt in a bed by the last morning before a time."""
        written = bisect_right(self.mornings.get(bed, ()), t)
        return self.pages[bed][written - 1].scale(probe) if written else None


def read_scales(
    stores: Stores, sensors: Sensors, beds: Iterable[Bed], start: float, end: float
) -> Scales:
    """Read what probes had learnt from a time to another. Raises `StoreUnavailable`."""
    learning = {bed.id: bed for bed in beds if _learns(sensors, bed, start, end)}
    if not learning:
        return Scales()
    zones = {garden.id: ZoneInfo(garden.timezone) for garden in stores.records.gardens()}
    first = datetime.fromtimestamp(start, UTC).date() - 2 * DAY
    last = datetime.fromtimestamp(end, UTC).date() + DAY
    pages = stores.diary.pages(sorted(learning), first, last)
    return Scales(
        pages,
        {
            bed: [
                datetime.combine(page.day, MORNING, zones[learning[bed].garden]).timestamp()
                for page in written
            ]
            for bed, written in pages.items()
        },
    )


def _learns(sensors: Sensors, bed: Bed, start: float, end: float) -> bool:
    """Tell whether some probe of a bed had no calibration when it was first there."""
    for placement in sensors.placements:
        since = max(start, placement.since.timestamp())
        gone = placement.until is not None and placement.until.timestamp() <= start
        if placement.bed == bed.id and since <= end and not gone:
            calibration = sensors.calibration(placement.probe, datetime.fromtimestamp(since, UTC))
            if calibration is None:
                return True
    return False


def theta(
    placement: Placement, raw_mv: float | None, t: float, sensors: Sensors, scales: Scales
) -> float | None:
    """Return θ in m3/m3 of what a probe said at a time; None when it is not on its scale."""
    if raw_mv is None or not QUANTITIES[placement.channel].plausible(raw_mv):
        return None
    calibration = sensors.calibration(placement.probe, datetime.fromtimestamp(t, UTC))
    scale = scales.at(placement.bed, placement.probe, t) if calibration is None else None
    return theta_of(raw_mv, calibration, scale)[0]


def has_scale(placement: Placement, at: datetime, sensors: Sensors, scales: Scales) -> bool:
    """Tell whether a probe has a calibration, or has learnt the soil of its bed."""
    if sensors.calibration(placement.probe, at) is not None:
        return True
    scale = scales.at(placement.bed, placement.probe, at.timestamp())
    return scale is not None and scale.learnt
