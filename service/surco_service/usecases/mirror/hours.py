"""The verdicts of past hours, decided again from the readings that were there by then.

For a mirror that lost them. Notebook and calibrations are those of today; what a node had promised
at the time is not kept, so its readings counted as long as its usual interval and two cycles.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from surco_contract.messages import FIRST_TIME
from surco_service.domain.nodes.node import Node
from surco_service.domain.water.bed_days import BedDay
from surco_service.ports.stores import Stores
from surco_service.usecases.mirror.moisture import MONTH_S
from surco_service.usecases.names import Named, named, names_of
from surco_service.usecases.sensors import Sensors, read_sensors
from surco_service.usecases.water.advice import advice_line, decide
from surco_service.usecases.water.diary import Known, first_day, write
from surco_service.usecases.water.remembered import LEAD_S, Remembered

HOUR_S = 3600
DAY = timedelta(days=1)


def hourly_lines(stores: Stores, now: datetime) -> Iterator[str]:
    """Yield a verdict for each bed and hour, from the first reading of its probes until now."""
    sensors = read_sensors(stores)
    nodes = {name: _without_promise(node) for name, node in sensors.nodes.items()}
    sensors = replace(sensors, nodes=nodes)
    gardens = {garden.id: garden for garden in stores.records.gardens()}
    beds = stores.records.beds()
    names = names_of(gardens.values(), beds)
    for bed in beds:
        known = Known(bed, gardens[bed.garden], stores.records.waterings(bed=bed.id))
        called = named(names, bed.garden, bed.id)
        yield from _hours(known, called, stores, sensors, int(now.timestamp()))


def _hours(
    known: Known, called: Named, stores: Stores, sensors: Sensors, now: int
) -> Iterator[str]:
    bed = known.bed
    placements = [placement for placement in sensors.placements if placement.bed == bed.id]
    nodes = sorted({placement.node for placement in placements})
    last = now - now % HOUR_S
    first = max(FIRST_TIME, min((int(p.since.timestamp()) for p in placements), default=last))
    known, pages = _diary(known, stores, sensors, first, last)
    days = [page.day for page in pages]
    spoke = not placements  # a bed without a sensor is unknown, and that is worth a line
    for start in range(first + -first % HOUR_S, last + 1, MONTH_S):
        end = min(start + MONTH_S, last + 1)
        past = Remembered(
            {node: stores.readings.series(node, start - LEAD_S, end) for node in nodes}
        )
        for t in range(start, end, HOUR_S):
            latest = past.latest(t)
            spoke = spoke or bool(latest)
            if spoke:
                at = datetime.fromtimestamp(t, UTC)
                until = bisect_right(days, known.day(at))
                then = replace(known, waterings=[w for w in known.waterings if w.at <= at])
                advice = decide(then, sensors, latest, past, pages[max(until - 2, 0) : until], at)
                yield advice_line(bed, called, advice, at)


def _diary(
    known: Known, stores: Stores, sensors: Sensors, first: int, last: int
) -> tuple[Known, list[BedDay]]:
    """Return what was noted with its weather, and the pages of all days, written anew."""
    start, end = (known.day(datetime.fromtimestamp(t, UTC)) for t in (first, last))
    weather = {w.day: w for w in stores.diary.weather(known.bed.garden, start - DAY, end)}
    known = replace(known, weather=weather)
    begin = first_day(known, sensors, known.waterings)
    return known, [] if begin is None else write(known, sensors, stores.readings, begin, end)


def _without_promise(node: Node) -> Node:
    return replace(node, status=node.status and replace(node.status, next_at=None))
