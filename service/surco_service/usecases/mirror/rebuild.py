"""Makes everything again that InfluxDB only mirrors, from the notebook and the readings.

Running it twice changes nothing: every line has the time and the tags it had before. So it may also
mend a mirror that is half there, such as one from an old backup. The health that nodes reported is
not made again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from surco_service.ports.mirror import Mirror
from surco_service.ports.stores import Stores
from surco_service.usecases.lines import batches
from surco_service.usecases.mirror.hours import hourly_lines
from surco_service.usecases.mirror.moisture import moisture_lines, spans
from surco_service.usecases.mirror.records import harvest_lines, watering_lines
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


def rebuild(stores: Stores, mirror: Mirror, now: datetime) -> Rebuilt:
    """Write the mirror from nothing. Raises `StoreUnavailable`."""
    parts: dict[str, Iterable[str]] = {
        "harvest": (
            line for new, old in stores.records.all_harvests() for line in harvest_lines(new, old)
        ),
        "watering": (
            line for new, old in stores.records.all_waterings() for line in watering_lines(new, old)
        ),
        "bed_moisture": moisture_lines(stores, spans(stores, now)),
        "advice": hourly_lines(stores, now),
        "weather": weather_lines(stores, stores.records.gardens(), FIRST_DAY, now),
    }
    return Rebuilt(**{name: _write(mirror, lines) for name, lines in parts.items()})


def _write(mirror: Mirror, lines: Iterable[str]) -> int:
    written = 0
    for batch in batches(lines):
        mirror.write(batch)
        written += len(batch)
    return written
