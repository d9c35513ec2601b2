"""Weather comes when it can: from a service on the Internet, the garden's gauge, or a person.

None of it is needed. A garden's own eyes win over a grid of kilometres.
"""

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from surco_contract.quantities import QUANTITIES
from surco_service.domain.nodes.node import Placement
from surco_service.domain.stewardship.garden import WEEK, Garden
from surco_service.domain.water.science.evapotranspiration import reference_et
from surco_service.domain.water.science.rain_harvest import fill, roof_litres
from surco_service.domain.water.science.weather import Site, WeatherDay
from surco_service.errors import Invalid, WeatherUnavailable
from surco_service.ports.stores import Stores
from surco_service.ports.water import Diary
from surco_service.usecases.lines import line

log = logging.getLogger(__name__)

EVERY = timedelta(hours=3)
AGAIN = timedelta(minutes=20)  # after it was not to be had
LONGEST = timedelta(days=1)  # that we let ourselves be told to wait
JITTER = 0.1  # of each wait, so that many gardens do not ask in the same second
MOST_RAIN_MM = 300.0
OLDEST = timedelta(days=14)  # rain that a person may still note
CISTERN_DAYS = 60
GAUGE_DAYS = 3  # read again, for rows that came late
GAUGE = "rg"


class Source(Protocol):
    """A weather service. Raises `WeatherUnavailable`."""

    def days(self, garden: Garden, now: datetime) -> list[WeatherDay]: ...


@dataclass
class Forecaster:
    """Asks a source for each garden every three hours, and sooner again when it fails.

    `spread` draws from 0 to 1: by how much of `JITTER` a wait is longer. A failure is said once, and
    so is its end.
    """

    source: Source
    spread: Callable[[], float] = lambda: 0.0
    _due: dict[str, datetime] = field(default_factory=dict[str, datetime])
    _silent: set[str] = field(default_factory=set[str])

    def refresh(self, diary: Diary, gardens: Sequence[Garden], now: datetime) -> list[str]:
        """Ask for the gardens that are due; return those that have news."""
        told: list[str] = []
        for garden in gardens:
            due = self._due.get(garden.id)
            waits = due is not None and now < due <= now + EVERY + OLDEST
            if garden.latitude is None or garden.longitude is None or waits:
                continue
            try:
                days = self.source.days(garden, now)
            except WeatherUnavailable as error:
                self._due[garden.id] = now + self._longer(_patience(error))
                if garden.id not in self._silent:
                    log.warning("no_weather garden=%s reason=%s", garden.id, error)
                self._silent.add(garden.id)
                continue
            diary.save_weather(garden.id, days, "api")
            self._due[garden.id] = now + self._longer(EVERY)
            if garden.id in self._silent:
                log.info("weather_again garden=%s", garden.id)
            self._silent.discard(garden.id)
            told.append(garden.id)
        return told

    def _longer(self, wait: timedelta) -> timedelta:
        return wait * (1 + JITTER * self.spread())


def _patience(error: WeatherUnavailable) -> timedelta:
    """Return how long to wait: as long as it asked us to, from a minute to a day."""
    if error.wait_s is None:
        return AGAIN
    return timedelta(seconds=min(max(error.wait_s, 60), LONGEST.total_seconds()))


def note_rain(stores: Stores, garden_id: str, rain_mm: float, day: date, now: datetime) -> None:
    """Note what a person read in a gauge. Noting it again replaces it. Raises `Invalid`, `NotFound`."""
    garden = stores.records.garden(garden_id)
    today = now.astimezone(ZoneInfo(garden.timezone)).date()
    wrong: dict[str, str] = {}
    if not math.isfinite(rain_mm) or rain_mm < 0:
        wrong["rain_mm"] = "not-a-number"
    elif rain_mm > MOST_RAIN_MM:
        wrong["rain_mm"] = "too-much"
    if day > today:
        wrong["day"] = "in-the-future"
    elif day < today - OLDEST:
        wrong["day"] = "too-long-ago"
    if wrong:
        raise Invalid(wrong)
    stores.diary.save_weather(garden.id, [WeatherDay(day, rain_mm=float(rain_mm))], "person")


def read_gauges(stores: Stores, now: datetime) -> None:
    """Sum what rain gauges of nodes counted, by garden and local day. Raises `StoreUnavailable`."""
    placements = stores.registry.placements()
    beds = {bed.id: bed.garden for bed in stores.records.beds()}
    for garden in stores.records.gardens():
        here = [p for p in placements if beds.get(p.bed) == garden.id]
        days = _gauge_days(garden, here, stores, now)
        if days:
            stores.diary.save_weather(garden.id, days, "gauge")


def _gauge_days(
    garden: Garden, placements: Sequence[Placement], stores: Stores, now: datetime
) -> list[WeatherDay]:
    """Return the rain of the last days: that of the gauge that caught most, one may be blocked.

    A node's rain fell where the node was at the time, wherever it is now.
    """
    zone = ZoneInfo(garden.timezone)
    today = now.astimezone(zone).date()
    found: dict[date, float] = {}
    first = datetime.combine(today - timedelta(days=GAUGE_DAYS), time(0), zone)
    recent = [p for p in placements if p.until is None or p.until > first]
    for node in sorted({p.node for p in recent}):
        caught: dict[date, float] = {}
        for reading in stores.readings.series(
            node, int(first.timestamp()), int(now.timestamp()) + 1
        ):
            rain_mm = reading.values.get(GAUGE)
            at = datetime.fromtimestamp(reading.t, UTC)
            if not any(p.node == node and p.holds(at) for p in recent):
                continue
            if rain_mm is not None and QUANTITIES[GAUGE].plausible(rain_mm):
                day = at.astimezone(zone).date()
                caught[day] = caught.get(day, 0.0) + rain_mm
        for day, rain_mm in caught.items():
            found[day] = max(found.get(day, 0.0), rain_mm)
    return [WeatherDay(day, rain_mm=found[day]) for day in sorted(found)]


def cistern_litres(stores: Stores, garden: Garden, now: datetime) -> float | None:
    """Return about how much a garden's cistern holds; None when it has none.

    Counted from empty over the last weeks: what the roof caught, less what was noted as watered. Where
    the network brings water on some days it fills the cistern on these. Water from elsewhere is not
    known, so there may be more.
    """
    if garden.cistern_litres is None or (garden.roof_m2 is None and not garden.water_days):
        return None
    zone = ZoneInfo(garden.timezone)
    today = now.astimezone(zone).date()
    first = today - timedelta(days=CISTERN_DAYS)
    poured: dict[date, float] = {}
    since = datetime.combine(first, time(0), zone)
    for watering in stores.records.waterings(garden=garden.id, since=since):
        day = watering.at.astimezone(zone).date()
        poured[day] = poured.get(day, 0.0) + watering.litres
    rain = {
        d.day: d.rain_mm or 0.0
        for d in stores.diary.weather(garden.id, first, today)
        if not d.forecast
    }
    stored = 0.0
    for back in range(CISTERN_DAYS, -1, -1):
        day = today - timedelta(days=back)
        caught = roof_litres(rain.get(day, 0.0), garden.roof_m2 or 0.0)
        if WEEK[day.weekday()] in garden.water_days.split(","):
            caught = garden.cistern_litres
        stored = fill(stored, garden.cistern_litres, caught, poured.get(day, 0.0)).stored
    return stored


def weather_lines(
    stores: Stores, gardens: Sequence[Garden], first: date, now: datetime
) -> Iterator[str]:
    """Yield a line for each garden and day that is over, for Grafana, at its noon."""
    for garden in gardens:
        zone = ZoneInfo(garden.timezone)
        yesterday = now.astimezone(zone).date() - timedelta(days=1)
        latitude = Site().latitude_deg if garden.latitude is None else garden.latitude
        site = Site(latitude, garden.elevation_m)
        for day in stores.diary.weather(garden.id, first, yesterday):
            if day.forecast:
                continue
            et0 = reference_et(day, site)
            fields: dict[str, float | int | str | None] = {
                "rain_mm": day.rain_mm, "temp_min_c": day.temp_min_c, "temp_max_c": day.temp_max_c,
                "et0_mm": round(et0.mm, 2), "et0_method": et0.method,
            }  # fmt: skip
            noon = datetime.combine(day.day, time(12), zone)
            yield line("weather", {"garden": garden.id}, fields, int(noon.timestamp()) * 10**9)
