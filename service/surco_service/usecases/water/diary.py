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
from surco_service.domain.water.calibration import Calibration
from surco_service.domain.water.day_shape import rise_of
from surco_service.domain.water.science.weather import Site, WeatherDay
from surco_service.ports.stores import Stores
from surco_service.usecases.sensors import Sensors

MORNING = time(6)  # a day of the diary ends
NIGHT = (3, 4, 5)  # hours whose median is the morning's value: cool, and nobody waters
DAWN = timedelta(minutes=90)  # what is poured then, the value of the morning does not show yet
HOURS, HOUR_S = 24, 3600
ONE_DAY = timedelta(days=1)
ASKED_DAYS = 3  # mornings on which a watering that nobody noted is asked about


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

    def poured_on(self, at: datetime) -> date:
        """Return the day of whose page water is that was poured at a time."""
        return self.day(at + DAWN) + ONE_DAY

    def litres(self, day: date, until: datetime | None = None) -> float:
        """Return what was noted for the page of a day (until a time)."""
        start, end = self.morning(day - ONE_DAY) - DAWN, self.morning(day) - DAWN
        end = end if until is None else min(end, until)
        return sum(w.litres for w in self.waterings if start <= w.at < end)

    def litres_since_morning(self, now: datetime) -> float:
        """Return what was noted that the last page does not know of."""
        return self.litres(self.day(now) + ONE_DAY, now)


def bring_up(
    stores: Stores, sensors: Sensors, beds: Sequence[Bed],
    gardens: Mapping[str, Garden], now: datetime,
) -> dict[str, list[BedDay]]:  # fmt: skip
    """Write what is missing until this morning; return the last pages of each bed.

    Raises `StoreUnavailable`.
    """
    recent = stores.diary.pages([bed.id for bed in beds], now.date() - ASKED_DAYS * ONE_DAY)
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
    spoken = {
        placement: _spoken(known, placement, past, first, last)
        for placement in sensors.placements
        if placement.bed == known.bed.id
    }
    day = first
    while day <= last:
        at = known.morning(day)
        heard = tuple(
            _heard(p.probe, spoken[p], day, sensors.calibration(p.probe, at))
            for p in sorted(sensors.here(known.bed.id, at), key=lambda p: (p.depth_m, p.probe))
        )
        evidence = Evidence(
            day, known.weather.get(day - timedelta(days=1)),
            known.litres(day), heard,
        )  # fmt: skip
        pages.append(next_day(known.bed, known.site, evidence, pages[-MEMORY_DAYS:]))
        day += timedelta(days=1)
    return pages[len(before) :]


def _heard(
    probe: str, spoken: Mapping[date, Sequence[float | None]], day: date,
    calibration: Calibration | None,
) -> Heard:  # fmt: skip
    """Return what a probe said in the day before a morning."""
    before_mv, morning_mv = _night(spoken.get(day - ONE_DAY, ())), _night(spoken.get(day, ()))
    rise = rise_of(before_mv, spoken.get(day, ()), morning_mv)
    return Heard(probe, morning_mv, calibration, rise=rise)


def _night(hours: Sequence[float | None]) -> float | None:
    """Return the median of the last hours of the night, in millivolts."""
    said = [mv for mv in hours[NIGHT[0] - MORNING.hour :] if mv is not None]
    return median(said) if said else None


def _spoken(
    known: Known, placement: Placement, past: Past, first: date, last: date
) -> dict[date, list[float | None]]:
    """Return a probe's hourly means, in millivolts, of the 24 hours before the morning of each day."""
    start = max(known.morning(first - 2 * ONE_DAY), placement.since)
    end = min(known.morning(last), placement.until or known.morning(last))
    days: dict[date, list[float | None]] = {}
    if start >= end:
        return days
    means = past.means(
        placement.node, placement.channel, int(start.timestamp()), int(end.timestamp()), HOUR_S
    )
    for t, mv in means:
        if not QUANTITIES[placement.channel].plausible(mv):
            continue
        local = datetime.fromtimestamp(t, UTC).astimezone(known.zone)
        day = local.date() if local.hour < MORNING.hour else local.date() + ONE_DAY
        hours = days.setdefault(day, [None] * HOURS)
        hours[(local.hour - MORNING.hour) % HOURS] = mv
    return days


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
