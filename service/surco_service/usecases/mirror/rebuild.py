"""Makes everything again that InfluxDB only mirrors, from the notebook and the readings.

Running it twice changes nothing: every line has the time and the tags it had before. So it may also
mend a mirror that is half there, such as one from an old backup. Of the health that nodes reported
only what their readings carry is made again: battery, signal and when they spoke.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from surco_service.ports.mirror import Mirror
from surco_service.ports.stores import Stores
from surco_service.usecases.lines import batches
from surco_service.usecases.mirror.census import past_censuses
from surco_service.usecases.mirror.hours import hourly_lines
from surco_service.usecases.mirror.moisture import moisture_lines, spans
from surco_service.usecases.mirror.records import all_lines, harvest_lines, watering_lines
from surco_service.usecases.names import names_of
from surco_service.usecases.water.weather import weather_lines

FIRST_DAY = date(2000, 1, 1)  # before any weather that was kept


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many lines of each measurement were written."""

    harvest: int
    watering: int
    bed_moisture: int
    advice: int
    weather: int
    census: int


def rebuild(stores: Stores, mirror: Mirror, now: datetime) -> Rebuilt:
    """Write the mirror from nothing. Raises `StoreUnavailable`."""
    names = names_of(stores.records.gardens(), stores.records.beds())
    parts: dict[str, Iterable[str]] = {
        "harvest": all_lines(stores.records.all_harvests(), harvest_lines, names),
        "watering": all_lines(stores.records.all_waterings(), watering_lines, names),
        "bed_moisture": moisture_lines(stores, spans(stores, now)),
        "advice": hourly_lines(stores, now),
        "weather": weather_lines(stores, stores.records.gardens(), FIRST_DAY, now),
        "census": past_censuses(stores, now),
    }
    return Rebuilt(**{name: _write(mirror, lines) for name, lines in parts.items()})


def _write(mirror: Mirror, lines: Iterable[str]) -> int:
    written = 0
    for batch in batches(lines):
        mirror.write(batch)
        written += len(batch)
    return written
