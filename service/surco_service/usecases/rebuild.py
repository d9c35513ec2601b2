"""Makes everything again that InfluxDB only mirrors, from the notebook and the readings.

Running it twice changes nothing: every line has the time and the tags it had before. The health
that nodes reported and the verdicts of past hours are not made again; verdicts begin anew with
those that stand now.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from surco_contract.messages import FIRST_TIME, LAST_TIME
from surco_service.ports import Mirror, Notebook, ReadingStore
from surco_service.usecases.advice import advice_line
from surco_service.usecases.derive import moisture_lines
from surco_service.usecases.events import harvest_lines, watering_lines

BATCH = 5000
ALL = 10_000_000
EVER = (FIRST_TIME, LAST_TIME)  # no reading of ours lies outside


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many lines of each measurement were written."""

    harvest: int
    watering: int
    bed_moisture: int
    advice: int


def rebuild(notebook: Notebook, readings: ReadingStore, mirror: Mirror, now: datetime) -> Rebuilt:
    """Write the mirror from nothing. Raises `StoreUnavailable`."""
    beds, verdicts = {bed.id: bed for bed in notebook.beds()}, notebook.advice()
    parts: dict[str, Iterable[str]] = {
        "harvest": (line for h in notebook.harvests(limit=ALL) for line in harvest_lines(h)),
        "watering": (line for w in notebook.waterings(limit=ALL) for line in watering_lines(w)),
        "bed_moisture": moisture_lines(notebook, readings, dict.fromkeys(_placed(notebook), EVER)),
        "advice": (advice_line(beds[b], v, now) for b, v in verdicts.items() if b in beds),
    }
    return Rebuilt(**{name: _write(mirror, lines) for name, lines in parts.items()})


def _placed(notebook: Notebook) -> list[str]:
    return sorted({placement.node for placement in notebook.placements()})


def _write(mirror: Mirror, lines: Iterable[str]) -> int:
    written = 0
    for batch in _batches(iter(lines)):
        mirror.write(batch)
        written += len(batch)
    return written


def _batches(lines: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(lines, BATCH)):
        yield batch
