"""Is a row that was received before in InfluxDB, under whatever time?

InfluxDB knows a point by its time and has no index of (node, b, q). A repeat mostly lies where it is
expected, which one short query shows. For a row that does not, the node's whole series is read, once:
what it does not hold is remembered, and what is written since. That something is there is asked anew
every time, because a bucket may be deleted.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from surco_service.adapters.readings.names import during, quote
from surco_service.adapters.sql.ranges import Range, merge
from surco_service.ports.intake import Reading

MOST_NODES = 2000  # whose series are remembered
ONE_BY_ONE = 20  # nodes; more are asked for at once

Query = Callable[[str], list[list[dict[str, Any]]]]
Numbers = dict[str, list[Range]]  # by b


class Repeats:
    def __init__(self, query: Query) -> None:
        self._query = query
        self._held: OrderedDict[str, Numbers] = OrderedDict()

    def absent(self, readings: Sequence[Reading]) -> list[Reading]:
        there = self._where_expected(_by_node(readings))
        missing = [r for r in readings if (r.node, r.b, r.q) not in there]
        for node, rows in _by_node(missing).items():
            held = self._held.get(node)
            if held is None or any(_holds(held, row) for row in rows):
                self._read(node)
        return [row for row in missing if not _holds(self._held[row.node], row)]

    def added(self, readings: Iterable[Reading]) -> None:
        """Remember what was written, of the nodes whose series are remembered."""
        if not self._held:
            return
        for node, rows in _by_node(r for r in readings if r.node in self._held).items():
            held = self._held[node]
            for b in {row.b for row in rows}:
                held[b] = merge(held.get(b, []), (row.q for row in rows if row.b == b))

    def identities(self, node: str) -> list[tuple[str, int]]:
        series = self._query(f"SELECT b, q FROM reading WHERE node = {quote(node)}")[0]
        return [(b, q) for one in series for _, b, q in one["values"]]

    def _read(self, node: str) -> None:
        numbers: dict[str, list[int]] = {}
        for b, q in self.identities(node):
            numbers.setdefault(b, []).append(q)
        self._held[node] = {b: merge([], found) for b, found in numbers.items()}
        self._held.move_to_end(node)
        while len(self._held) > MOST_NODES:
            self._held.popitem(last=False)

    def _where_expected(
        self, readings: Mapping[str, Sequence[Reading]]
    ) -> set[tuple[str, str, int]]:
        if len(readings) <= ONE_BY_ONE:
            statements = [
                f"SELECT b, q FROM reading WHERE {during(node, *_span(rows))} GROUP BY node"
                for node, rows in readings.items()
            ]
        else:
            start, end = _span([row for rows in readings.values() for row in rows])
            statements = [
                f"SELECT b, q FROM reading WHERE time >= {start:d}s AND time < {end:d}s GROUP BY node"
            ]
        if not statements:
            return set()
        return {
            (one["tags"]["node"], b, q)
            for series in self._query("; ".join(statements))
            for one in series
            for _, b, q in one["values"]
        }


def _span(rows: Sequence[Reading]) -> tuple[int, int]:
    return min(row.t for row in rows), max(row.t for row in rows) + 1


def _holds(held: Numbers, row: Reading) -> bool:
    return any(first <= row.q < end for first, end in held.get(row.b, ()))


def _by_node(readings: Iterable[Reading]) -> dict[str, list[Reading]]:
    found: dict[str, list[Reading]] = {}
    for reading in readings:
        found.setdefault(reading.node, []).append(reading)
    return found
