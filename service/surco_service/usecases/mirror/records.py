"""What a harvest or a watering is in the mirror: lines that are only ever added.

Grafana sums. So a correction writes the old event again with a minus, and then the new one. The
time is that of the event, its nanoseconds come from the event's id, so that two events of one
second both live and writing a line again changes nothing. No names of people.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from surco_service.domain.stewardship.records import Harvest, Watering
from surco_service.domain.stewardship.units import UNITS, weighed_kg
from surco_service.usecases.lines import line

Fields = Mapping[str, float | int | str | None]


def harvest_lines(harvest: Harvest, replaced: Harvest | None = None) -> list[str]:
    """Return the lines of a harvest and, before it, those that take back what it replaces."""
    lines = [] if replaced is None else [_harvest(replaced, -1, harvest.id)]
    return lines if harvest.amount == 0 else [*lines, _harvest(harvest, 1, harvest.id)]


def watering_lines(watering: Watering, replaced: Watering | None = None) -> list[str]:
    """Return the lines of a watering and, before it, those that take back what it replaces."""
    lines = [] if replaced is None else [_watering(replaced, -1, watering.id)]
    return lines if watering.litres == 0 else [*lines, _watering(watering, 1, watering.id)]


def _harvest(harvest: Harvest, sign: int, key: str) -> str:
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
        "text": f"{amount:g} {one if abs(amount) == 1 else several}",
    }
    return line("harvest", tags, fields, _moment(harvest.at, key, sign))


def _watering(watering: Watering, sign: int, key: str) -> str:
    litres = sign * float(watering.litres)
    fields: Fields = {"litres": litres, "text": f"{litres:g} L"}
    tags = {"garden": watering.garden, "bed": watering.bed}
    return line("watering", tags, fields, _moment(watering.at, key, sign))


def _moment(at: datetime, key: str, sign: int) -> int:
    """Return the nanoseconds of an event: its second, and a place in it that is its own."""
    digest = hashlib.sha256(f"{key}{sign}".encode()).digest()
    return int(at.timestamp()) * 10**9 + int.from_bytes(digest[:8], "big") % 10**9
