"""The verdicts of past hours, decided again from the readings that were there by then.

For a mirror that lost them. Notebook and calibrations are those of today; what a node had promised
at the time is not kept, so its readings counted as long as its usual interval and two cycles.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from surco_contract.messages import FIRST_TIME
from surco_contract.quantities import QUANTITIES
from surco_service.domain.stewardship.garden import Node
from surco_service.domain.water.bed_days import BedDay
from surco_service.ports import Diary, Notebook, Reading, ReadingStore
from surco_service.usecases.mirror.moisture import MONTH_S
from surco_service.usecases.sensors import Registry, read_registry
from surco_service.usecases.water.advice import advice_line, decide
from surco_service.usecases.water.diary import Known, first_day, write
from surco_service.usecases.water.situation import RECENT

HOUR_S = 3600
DAY = timedelta(days=1)
LEAD_S = int(RECENT.total_seconds())  # what a decision looks back on


def hourly_lines(
    notebook: Notebook, diary: Diary, readings: ReadingStore, now: datetime
) -> Iterator[str]:
    """Yield a verdict for each bed and hour, from the first reading of its probes until now."""
    registry = read_registry(notebook)
    nodes = {name: _without_promise(node) for name, node in registry.nodes.items()}
    registry = replace(registry, nodes=nodes)
    gardens = {garden.id: garden for garden in notebook.gardens()}
    for bed in notebook.beds():
        known = Known(bed, gardens[bed.garden], notebook.waterings(bed=bed.id, limit=1_000_000))
        yield from _hours(known, diary, registry, readings, int(now.timestamp()))


def _hours(
    known: Known, diary: Diary, registry: Registry, readings: ReadingStore, now: int
) -> Iterator[str]:
    bed = known.bed
    placements = [placement for placement in registry.placements if placement.bed == bed.id]
    nodes = sorted({placement.node for placement in placements})
    last = now - now % HOUR_S
    first = max(FIRST_TIME, min((int(p.since.timestamp()) for p in placements), default=last))
    known, pages = _diary(known, diary, registry, readings, first, last)
    days = [page.day for page in pages]
    spoke = not placements  # a bed without a sensor is unknown, and that is worth a line
    for start in range(first + -first % HOUR_S, last + 1, MONTH_S):
        end = min(start + MONTH_S, last + 1)
        past = Remembered({node: readings.series(node, start - LEAD_S, end) for node in nodes})
        for t in range(start, end, HOUR_S):
            latest = past.latest(t)
            spoke = spoke or bool(latest)
            if spoke:
                at = datetime.fromtimestamp(t, UTC)
                until = bisect_right(days, known.day(at))
                then = replace(known, waterings=[w for w in known.waterings if w.at <= at])
                advice = decide(then, registry, latest, past, pages[max(until - 2, 0) : until], at)
                yield advice_line(bed, advice, at)


def _diary(
    known: Known, diary: Diary, registry: Registry, readings: ReadingStore, first: int, last: int
) -> tuple[Known, list[BedDay]]:
    """Return what was noted with its weather, and the pages of all days, written anew."""
    start, end = (known.day(datetime.fromtimestamp(t, UTC)) for t in (first, last))
    weather = {w.day: w for w in diary.weather(known.bed.garden, start - DAY, end)}
    known = replace(known, weather=weather)
    begin = first_day(known, registry, known.waterings)
    return known, [] if begin is None else write(known, registry, readings, begin, end)


def _without_promise(node: Node) -> Node:
    return replace(node, status=node.status and replace(node.status, next_at=None))


class Remembered:
    """Readings of some nodes in memory, oldest first; answers as the store would have."""

    def __init__(self, rows: Mapping[str, Sequence[Reading]]) -> None:
        self._rows = rows
        self._times = {node: [row.t for row in series] for node, series in rows.items()}
        self._columns: dict[tuple[str, str], tuple[list[int], list[float]]] = {}

    def latest(self, until: int) -> dict[str, Reading]:
        """Return the newest reading of each node that had been measured by then."""
        counts = {node: bisect_right(times, until) for node, times in self._times.items()}
        return {node: self._rows[node][count - 1] for node, count in counts.items() if count}

    def means(
        self, node: str, code: str, start: int, end: int, every_s: int
    ) -> list[tuple[int, float]]:
        """Return (start of bucket, mean of plausible values), as `ReadingStore.means`."""
        times, sums = self._column(node, code)
        found: list[tuple[int, float]] = []
        for bucket in range(start - start % every_s, end, every_s):
            a = bisect_left(times, max(bucket, start))
            b = bisect_left(times, min(bucket + every_s, end))
            if a < b:
                found.append((bucket, (sums[b] - sums[a]) / (b - a)))
        return found

    def _column(self, node: str, code: str) -> tuple[list[int], list[float]]:
        """Return the times of a column's plausible values, and the sums of those before each."""
        if (node, code) not in self._columns:
            plausible = QUANTITIES[code].plausible
            pairs = [
                (row.t, row.values[code])
                for row in self._rows.get(node, ())
                if code in row.values and plausible(row.values[code])
            ]
            sums = list(accumulate((value for _, value in pairs), initial=0.0))
            self._columns[node, code] = ([t for t, _ in pairs], sums)
        return self._columns[node, code]
