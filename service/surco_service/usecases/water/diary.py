"""Keeps the diary of the beds: every morning at six, what the day before brought and what it means.

A page is written once. What changes the past forgets the pages after it, and they are written again
from the readings, the waterings and the weather, which are kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from typing import Protocol
from zoneinfo import ZoneInfo

from surco_contract.quantities import QUANTITIES
from surco_service.domain.nodes.node import Placement
from surco_service.domain.stewardship.garden import Bed, Garden
from surco_service.domain.stewardship.records import Watering
from surco_service.domain.water.bed_days import MEMORY_DAYS, BedDay, Evidence, Heard, next_day
from surco_service.domain.water.science.weather import Site, WeatherDay
from surco_service.ports.stores import Stores
from surco_service.usecases.sensors import Sensors

MORNING = time(6)  # a day of the diary ends
NIGHT = (3, 4, 5)  # hours whose median is the morning's value: cool, and nobody waters
HOUR_S = 3600


class Past(Protocol):
    """What a decision asks of the time before it; a `ReadingStore` knows."""

    def means(
        self, node: str, code: str, start: int, end: int, every_s: int
    ) -> list[tuple[int, float]]: ...


@dataclass(frozen=True)
class Known:
    """What was noted of one bed and its garden, by which its days are written."""

    bed: Bed
    garden: Garden
    waterings: Sequence[Watering] = ()
    weather: Mapping[date, WeatherDay] = field(default_factory=dict[date, WeatherDay])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.garden.timezone)

    @property
    def site(self) -> Site:
        latitude = self.garden.latitude
        return Site(Site().latitude_deg if latitude is None else latitude, self.garden.elevation_m)

    def morning(self, day: date) -> datetime:
        """Return when a day ends."""
        return datetime.combine(day, MORNING, self.zone)

    def day(self, at: datetime) -> date:
        """Return the day whose morning was the last before a time."""
        local = at.astimezone(self.zone)
        return local.date() if local.time() >= MORNING else local.date() - timedelta(days=1)

    def litres(self, start: datetime, end: datetime) -> float:
        return sum(w.litres for w in self.waterings if start <= w.at < end)


def bring_up(
    stores: Stores, sensors: Sensors, beds: Sequence[Bed],
    gardens: Mapping[str, Garden], now: datetime,
) -> dict[str, list[BedDay]]:  # fmt: skip
    """Write what is missing until this morning; return the last pages of each bed.

    Raises `StoreUnavailable`.
    """
    recent = stores.diary.pages([bed.id for bed in beds], now.date() - timedelta(days=1))
    for bed in beds:
        known = Known(bed, gardens[bed.garden])
        pages = recent.get(bed.id, [])
        if pages and pages[-1].day >= known.day(now):
            continue
        recent[bed.id] = _catch_up(stores, sensors, known, now)
    return recent


def _catch_up(stores: Stores, sensors: Sensors, known: Known, now: datetime) -> list[BedDay]:
    bed, today = known.bed, known.day(now)
    earliest = today - timedelta(days=MEMORY_DAYS)
    pages = stores.diary.pages([bed.id], earliest).get(bed.id, [])
    since = known.morning(earliest)
    waterings = stores.records.waterings(bed=bed.id, since=since)
    first = pages[-1].day + timedelta(days=1) if pages else first_day(known, sensors, waterings)
    if first is None:
        return []
    first = max(first, earliest)
    weather = {d.day: d for d in stores.diary.weather(bed.garden, first - timedelta(days=1), today)}
    known = Known(bed, known.garden, waterings, weather)
    written = write(known, sensors, stores.readings, first, today, pages)
    stores.diary.save_pages(written)
    return [*pages, *written]


def first_day(known: Known, sensors: Sensors, waterings: Sequence[Watering]) -> date | None:
    """Return the first day of which a bed has anything to tell; None when there is nothing."""
    times = [p.since for p in sensors.placements if p.bed == known.bed.id]
    times += [w.at for w in waterings]
    return known.day(min(times)) + timedelta(days=1) if times else None


def write(
    known: Known, sensors: Sensors, past: Past, first: date, last: date,
    before: Sequence[BedDay] = (),
) -> list[BedDay]:  # fmt: skip
    """Return the pages from a day to another, following those before them."""
    pages = list(before)
    mornings = {
        placement: _mornings(known, placement, past, first, last)
        for placement in sensors.placements
        if placement.bed == known.bed.id
    }
    day = first
    while day <= last:
        at = known.morning(day)
        heard = tuple(
            Heard(p.probe, mornings[p].get(day), sensors.calibration(p.probe, at))
            for p in sorted(sensors.here(known.bed.id, at), key=lambda p: (p.depth_m, p.probe))
        )
        evidence = Evidence(
            day, known.weather.get(day - timedelta(days=1)),
            known.litres(known.morning(day - timedelta(days=1)), at), heard,
        )  # fmt: skip
        pages.append(next_day(known.bed, known.site, evidence, pages[-MEMORY_DAYS:]))
        day += timedelta(days=1)
    return pages[len(before) :]


def _mornings(
    known: Known, placement: Placement, past: Past, first: date, last: date
) -> dict[date, float]:
    """Return the median of each night's hourly means of a probe, in millivolts."""
    start = max(known.morning(first - timedelta(days=1)), placement.since)
    end = min(known.morning(last), placement.until or known.morning(last))
    if start >= end:
        return {}
    hours: dict[date, list[float]] = {}
    means = past.means(
        placement.node, placement.channel, int(start.timestamp()), int(end.timestamp()), HOUR_S
    )
    for t, mv in means:
        local = datetime.fromtimestamp(t, UTC).astimezone(known.zone)
        if local.hour in NIGHT and QUANTITIES[placement.channel].plausible(mv):
            hours.setdefault(local.date(), []).append(mv)
    return {day: median(values) for day, values in hours.items()}


def forget_late(stores: Stores, spans: Mapping[str, tuple[int, int]], now: datetime) -> None:
    """Forget the pages that were written before these rows (first and last t, by node) arrived."""
    gardens = {garden.id: garden for garden in stores.records.gardens()}
    mornings = [_last_morning(garden, now) for garden in gardens.values()]
    late = {node for node, (first, _) in spans.items() if first < max(mornings, default=0.0)}
    if not late:
        return
    beds = {bed.id: bed for bed in stores.records.beds()}
    for placement in stores.registry.placements():
        bed = beds.get(placement.bed)
        if placement.node in late and bed is not None:
            first = datetime.fromtimestamp(spans[placement.node][0], UTC)
            day = Known(bed, gardens[bed.garden]).day(first) + timedelta(days=1)
            stores.diary.forget_pages(bed.id, day)


def _last_morning(garden: Garden, now: datetime) -> float:
    local = now.astimezone(ZoneInfo(garden.timezone))
    day = local.date() if local.time() >= MORNING else local.date() - timedelta(days=1)
    return datetime.combine(day, MORNING, local.tzinfo).timestamp()
