"""What a harvest or a watering is in the mirror: lines that are only ever added.

Grafana sums. So a correction writes the old event again with a minus, and then the new one. What
people read, `text`, only an event has that holds: the old one's is written over with nothing. The
time is that of the event, its nanoseconds come from the event's id, so that two events of one
second both live and writing a line again changes nothing. No names of people.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TypeVar

from surco_service.domain.stewardship.records import Harvest, Watering
from surco_service.domain.stewardship.units import UNITS, weighed_kg
from surco_service.domain.water.science.crops import CROPS
from surco_service.usecases.lines import line
from surco_service.usecases.names import NO_NAMES, Names, named

Event = TypeVar("Event", Harvest, Watering)
Fields = Mapping[str, float | int | str | None]


def harvest_lines(
    harvest: Harvest, replaced: Harvest | None = None, names: Names = NO_NAMES, *,
    holds: bool = True,
) -> list[str]:  # fmt: skip
    """Return the lines of a harvest and, before it, those that take back what it replaces."""
    lines = [] if replaced is None else _taken_back(_harvest, replaced, harvest.id, names)
    new = [_harvest(harvest, 1, harvest.id, names, holds)] if harvest.amount else []
    return [*lines, *new]


def watering_lines(
    watering: Watering, replaced: Watering | None = None, names: Names = NO_NAMES, *,
    holds: bool = True,
) -> list[str]:  # fmt: skip
    """Return the lines of a watering and, before it, those that take back what it replaces."""
    lines = [] if replaced is None else _taken_back(_watering, replaced, watering.id, names)
    new = [_watering(watering, 1, watering.id, names, holds)] if watering.litres else []
    return [*lines, *new]


def all_lines(
    events: Iterable[tuple[Event, Event | None]], lines_of: Callable[..., list[str]], names: Names
) -> Iterator[str]:
    """Yield the lines of everything that was ever recorded; only what holds has words."""
    pairs = list(events)
    gone = {old.id for _, old in pairs if old is not None}
    for new, old in pairs:
        yield from lines_of(new, old, names, holds=new.id not in gone)


def _taken_back(
    write: Callable[[Event, int, str, Names, bool], str], old: Event, key: str, names: Names
) -> list[str]:
    """Return the line that was, now without words, and the one that takes its numbers back."""
    return [write(old, 1, old.id, names, False), write(old, -1, key, names, False)]


def _harvest(harvest: Harvest, sign: int, key: str, names: Names, holds: bool) -> str:
    amount = sign * float(harvest.amount)
    tags = {
        "garden": harvest.garden,
        "bed": harvest.bed,
        "crop": harvest.crop,
        "unit": harvest.unit,
    }
    one, several = UNITS[harvest.unit].es  # the dashboards speak Spanish
    fields: Fields = {
        "amount": amount,
        "kg_weighed": weighed_kg(amount, harvest.unit),
        "text": f"{amount:g} {one if amount == 1 else several}" if holds else "",
        "crop_name": CROPS[harvest.crop].es if harvest.crop in CROPS else harvest.crop,
        **named(names, harvest.garden, harvest.bed).fields(),
    }
    return line("harvest", tags, fields, _moment(harvest.at, key, sign))


def _watering(watering: Watering, sign: int, key: str, names: Names, holds: bool) -> str:
    litres = sign * float(watering.litres)
    fields: Fields = {
        "litres": litres,
        "text": f"{litres:g} L" if holds else "",
        **named(names, watering.garden, watering.bed).fields(),
    }
    tags = {"garden": watering.garden, "bed": watering.bed}
    return line("watering", tags, fields, _moment(watering.at, key, sign))


def _moment(at: datetime, key: str, sign: int) -> int:
    """Return the nanoseconds of an event: its second, and a place in it that is its own."""
    digest = hashlib.sha256(f"{key}{sign}".encode()).digest()
    return int(at.timestamp()) * 10**9 + int.from_bytes(digest[:8], "big") % 10**9
