"""Readings of a past time, for a verdict that is made again."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate

from surco_contract.quantities import QUANTITIES
from surco_service.ports.intake import Reading
from surco_service.usecases.water.live import RECENT

LEAD_S = int(RECENT.total_seconds())  # what a decision looks back on


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
