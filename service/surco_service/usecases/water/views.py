"""What the pages show, put together from the notebook and the readings. Nothing is written here.

Readings may be out of reach: then a curve is empty, and the last advice is shown until it expires.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from surco_service.domain.nodes.node import Node, Placement
from surco_service.domain.stewardship.garden import Bed, Garden
from surco_service.domain.stewardship.records import Harvest, Watering
from surco_service.domain.stewardship.units import weighed_kg
from surco_service.domain.water import watering
from surco_service.domain.water.advice import StoredAdvice
from surco_service.domain.water.root_zone import wetness
from surco_service.domain.water.science.crops import CROPS, Crop
from surco_service.errors import NotFound, StoreUnavailable
from surco_service.ports.stores import Stores
from surco_service.usecases.sensors import Sensors, read_sensors
from surco_service.usecases.water.moisture import Scales, has_scale, read_scales, theta

ORDER = ("water", "unknown", "soon", "wet", "ok")
POINTS = 200  # of a curve, at most
SEASON = timedelta(days=180)
LATEST = 20  # events that a page of a bed may show
LATE = timedelta(minutes=30)


@dataclass(frozen=True)
class BedView:
    bed: Bed
    garden: Garden
    crop: Crop | None
    advice: StoredAdvice  # "unknown" when it has expired
    age_s: int | None  # of the data the advice rests on
    last_watering: Watering | None
    sensor: str  # "placed" | "unplaced" | "uncalibrated": neither calibrated nor learnt


@dataclass(frozen=True)
class GardenView:
    garden: Garden
    beds: list[BedView]  # what needs water first
    litres: float  # sum of today's doses


@dataclass(frozen=True)
class Curve:
    points: list[tuple[int, float]]  # (t, wetness: 0 dry, 1 full, may exceed), ascending
    start: int
    end: int
    gap_s: int  # points farther apart than this are an outage: the line stops
    waterings: list[Watering]


@dataclass(frozen=True)
class BedDetail:
    view: BedView
    curve: Curve
    waterings: list[Watering]
    harvests: list[Harvest]


@dataclass(frozen=True)
class Totals:
    gardens: int
    beds: int
    nodes_live: int
    litres_week: float
    kg_season: float
    harvests: int


@dataclass(frozen=True)
class NodeLive:
    node: Node
    bed: Bed | None
    values: dict[str, float]
    at: int | None
    wetness: float | None
    curve: Curve


def gardens_today(stores: Stores, now: datetime) -> list[GardenView]:
    """Return every garden with its beds, gardens by name."""
    sensors, advice, last = (
        read_sensors(stores),
        stores.diary.advice(),
        stores.records.last_waterings(),
    )
    beds = stores.records.beds()
    scales = read_scales(stores, sensors, beds, now.timestamp(), now.timestamp())
    return [
        _garden_view(
            garden,
            [
                _bed_view(b, garden, sensors, scales, advice, last, now)
                for b in beds
                if b.garden == garden.id
            ],
        )
        for garden in sorted(stores.records.gardens(), key=lambda garden: garden.name)
    ]


def garden_today(stores: Stores, garden_id: str, now: datetime) -> GardenView:
    """Return one garden. Raises `NotFound`."""
    garden = stores.records.garden(garden_id)
    sensors, advice = read_sensors(stores), stores.diary.advice()
    last = stores.records.last_waterings(garden_id)
    beds = stores.records.beds(garden_id)
    scales = read_scales(stores, sensors, beds, now.timestamp(), now.timestamp())
    return _garden_view(
        garden, [_bed_view(b, garden, sensors, scales, advice, last, now) for b in beds]
    )


def bed_detail(stores: Stores, bed_id: str, now: datetime, days: int = 7) -> BedDetail:
    """Return one bed with its curve. Raises `NotFound`."""
    bed = stores.records.bed(bed_id)
    sensors, start = read_sensors(stores), now - timedelta(days=days)
    waterings = stores.records.waterings(bed=bed_id, limit=LATEST)
    last = {bed_id: waterings[0]} if waterings else {}
    garden, advice = stores.records.garden(bed.garden), stores.diary.advice()
    scales = read_scales(stores, sensors, [bed], start.timestamp(), now.timestamp())
    recent = stores.records.waterings(bed=bed_id, since=start)
    return BedDetail(
        _bed_view(bed, garden, sensors, scales, advice, last, now),
        bed_curve(sensors, scales, stores, bed, recent, start, now),
        waterings,
        stores.records.harvests(bed=bed_id, limit=LATEST),
    )


def bed_curves(
    stores: Stores, beds: Iterable[Bed], now: datetime, days: int = 7
) -> dict[str, Curve]:
    """Return the curve of each bed, by bed."""
    sensors, start = read_sensors(stores), now - timedelta(days=days)
    waterings = stores.records.waterings(since=start)
    beds = list(beds)
    scales = read_scales(stores, sensors, beds, start.timestamp(), now.timestamp())
    return {
        bed.id: bed_curve(
            sensors, scales, stores, bed, [w for w in waterings if w.bed == bed.id], start, now
        )
        for bed in beds
    }


def bed_curve(
    sensors: Sensors, scales: Scales, stores: Stores, bed: Bed, waterings: list[Watering],
    start: datetime, now: datetime,
) -> Curve:  # fmt: skip
    """Return the wetness of a bed over time, from its first probe's means."""
    first, end = int(start.timestamp()), int(now.timestamp())
    every_s = max(60, (end - first) // POINTS + 1)
    points: list[tuple[int, float]] = []
    for placement in _first_probe(sensors, bed):
        since = max(first, int(placement.since.timestamp()))
        until = min(end + 1, int(placement.until.timestamp()) if placement.until else end + 1)
        points += _wetness(sensors, scales, stores, bed, placement, since, until, every_s)
    gap_s = max(3 * every_s, 3 * 3600 if end - first > 86_400 else 900)
    return Curve(sorted(points), first, end, gap_s, sorted(waterings, key=lambda w: w.at))


def totals(stores: Stores, now: datetime) -> Totals:
    """Return the sums that a fair or a coordinator wants to see."""
    harvests = stores.records.harvests(since=now - SEASON)
    waterings = stores.records.waterings(since=now - timedelta(days=7))
    return Totals(
        gardens=len(stores.records.gardens()),
        beds=len(stores.records.beds()),
        nodes_live=sum(is_live(node, now) for node in stores.registry.nodes()),
        litres_week=sum(w.litres for w in waterings),
        kg_season=sum(weighed_kg(h.amount, h.unit) or 0.0 for h in harvests),
        harvests=len(harvests),
    )


def is_live(node: Node, now: datetime) -> bool:
    """Tell whether a node keeps its promises: it is not later than it said, plus two cycles."""
    status = node.status
    if status is None or status.state == "lost":
        return False
    interval_s = status.interval_s or LATE.total_seconds()
    return now < watering.stale_from(status.at, status.next_at, interval_s)


def probes_with_scale(stores: Stores, now: datetime) -> set[str]:
    """Return the probes that are calibrated, or have learnt the soil of the bed they are in."""
    sensors, t = read_sensors(stores), now.timestamp()
    scales = read_scales(stores, sensors, stores.records.beds(), t, t)
    return {
        p.probe for p in sensors.placements if p.holds(now) and has_scale(p, now, sensors, scales)
    }


def node_live(stores: Stores, node_id: str, now: datetime, minutes: int = 60) -> NodeLive:
    """Return what one node measures now. Raises `NotFound`, `StoreUnavailable`."""
    sensors = read_sensors(stores)
    node = sensors.nodes.get(node_id)
    if node is None:
        raise NotFound(f"there is no sensor {node_id!r}")
    latest = stores.readings.latest([node_id]).get(node_id)
    here = [p for p in sensors.placements if p.node == node_id and p.holds(now)]
    bed = stores.records.bed(here[0].bed) if here else None
    start = now - timedelta(minutes=minutes)
    points: list[tuple[int, float]] = []
    if bed is not None:
        window = (int(start.timestamp()), int(now.timestamp()) + 1)
        scales, every_s = read_scales(stores, sensors, [bed], *window), minutes * 60 // POINTS
        points = _wetness(sensors, scales, stores, bed, here[0], *window, max(1, every_s))
    curve = Curve(points, int(start.timestamp()), int(now.timestamp()), 300, [])
    at = latest.t if latest else None
    recent = at is not None and at >= (now - timedelta(minutes=15)).timestamp()
    wet = points[-1][1] if points and recent else None
    return NodeLive(node, bed, dict(latest.values) if latest else {}, at, wet, curve)


# ---------------------------------------------------------------- pieces


def _garden_view(garden: Garden, beds: list[BedView]) -> GardenView:
    beds = sorted(beds, key=_urgency)
    return GardenView(garden, beds, sum(view.advice.litres for view in beds))


def _urgency(view: BedView) -> tuple[int, bool, str]:
    """Sort beds by what they need; where water is short the thirstiest comes first."""
    first = any(note.code == "water-first" for note in view.advice.notes)
    return ORDER.index(view.advice.status), not first, view.bed.name


def _bed_view(
    bed: Bed, garden: Garden, sensors: Sensors, scales: Scales, advice: dict[str, StoredAdvice],
    last: dict[str, Watering], now: datetime,
) -> BedView:  # fmt: skip
    stored = advice.get(bed.id) or watering.nothing_known(bed, now)
    reads = watering.expired(stored, now)
    age_s = None if reads.data_at is None else max(0, int((now - reads.data_at).total_seconds()))
    here = sensors.here(bed.id, now)
    calibrated = all(has_scale(p, now, sensors, scales) for p in here)
    sensor = ("placed" if calibrated else "uncalibrated") if here else "unplaced"
    return BedView(bed, garden, CROPS.get(bed.crop or ""), reads, age_s, last.get(bed.id), sensor)


def _first_probe(sensors: Sensors, bed: Bed) -> list[Placement]:
    """Return the placements of one channel of a bed over time: a curve never jumps between depths."""
    placements = [p for p in sensors.placements if p.bed == bed.id]
    if not placements:
        return []
    newest = max(placements, key=lambda p: (p.until is None, p.since))
    return [p for p in placements if p.depth_m == newest.depth_m and p.channel == newest.channel]


def _wetness(
    sensors: Sensors, scales: Scales, stores: Stores, bed: Bed, placement: Placement,
    start: int, end: int, every_s: int,
) -> list[tuple[int, float]]:  # fmt: skip
    try:
        means = stores.readings.means(placement.node, placement.channel, start, end, every_s)
    except StoreUnavailable:
        return []
    points: list[tuple[int, float]] = []
    for t, raw_mv in means:
        held = theta(placement, raw_mv, t, sensors, scales)
        if held is not None:
            points.append((min(t + every_s // 2, end), wetness(bed, held)))
    return points
