"""Shows the probes of a bed to the doctor: their last week, their diary, and their node."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from surco_service.domain.nodes.node import Placement
from surco_service.domain.nodes.probe_doctor import Diagnosis, History, examine
from surco_service.domain.water.bed_days import MEMORY_DAYS
from surco_service.domain.water.watering import stale_from
from surco_service.errors import StoreUnavailable
from surco_service.ports.stores import Stores
from surco_service.usecases.sensors import Sensors, read_sensors
from surco_service.usecases.water.live import USUAL_INTERVAL_S

WEEK, PAGES = timedelta(days=7), timedelta(days=MEMORY_DAYS)
HOUR_S = 3600
FIRST = "r1"  # channel of a node's first probe
SPOKE = "bv"  # a node sends its battery in every row


@dataclass(frozen=True)
class Patient:
    """A probe in its bed and what ails it, the most telling first."""

    placement: Placement
    diagnoses: Sequence[Diagnosis]


def diagnose(stores: Stores, now: datetime, bed: str | None = None) -> list[Patient]:
    """Return the probes of one bed, or of all. Of readings that are away nothing is said."""
    sensors = read_sensors(stores)
    here = [p for p in sensors.placements if p.bed == (bed or p.bed) and p.holds(now)]
    return [Patient(p, examine(_history(p, here, sensors, stores, now))) for p in here]


def _history(
    placement: Placement, here: Sequence[Placement], sensors: Sensors, stores: Stores,
    now: datetime,
) -> History:  # fmt: skip
    start, end = max(placement.since, now - WEEK), int(now.timestamp()) + 1
    try:
        spoke, values = (
            dict(stores.readings.means(placement.node, code, int(start.timestamp()), end, HOUR_S))
            for code in (SPOKE, placement.channel)
        )
    except StoreUnavailable:
        spoke, values = {}, {}
    since = max(placement.since, now - PAGES).date()
    pages = stores.diary.pages([placement.bed], since).get(placement.bed, [])
    neighbour = next(
        (p.probe for p in here if p.bed == placement.bed and p.probe != placement.probe
         and abs(p.depth_m - placement.depth_m) < 0.05),
        None,
    )  # fmt: skip
    node = sensors.nodes.get(placement.node)
    status = node.status if node else None
    late_h = 0.0
    if status is not None:
        expires = stale_from(status.at, status.next_at, status.interval_s or USUAL_INTERVAL_S)
        late_h = max(0.0, (now - expires).total_seconds() / HOUR_S)
    times = sorted(spoke.keys() | values.keys())
    air_mv, water_mv = _at_the_set_up(placement, stores)
    return History(
        placement.probe, [(t, values.get(t)) for t in times], pages, neighbour, late_h,
        status.battery_mv if status else None, air_mv, water_mv,
    )  # fmt: skip


def _at_the_set_up(placement: Placement, stores: Stores) -> tuple[float | None, float | None]:
    """Return what a probe said in air and in water; only the first of a node was asked."""
    enrolment = stores.keys.enrolment(placement.node) if placement.channel == FIRST else None
    return (enrolment.air_mv, enrolment.water_mv) if enrolment else (None, None)
