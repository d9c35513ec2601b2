"""Received row numbers as half-open ranges [first, end): sorted, apart, never empty."""

from collections.abc import Iterable, Sequence

Range = tuple[int, int]


def merge(ranges: Sequence[Range], numbers: Iterable[int]) -> list[Range]:
    """Return the fewest ranges that hold what `ranges` and `numbers` hold."""
    merged: list[Range] = []
    for first, end in sorted([*ranges, *_runs(numbers)]):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((first, end))
    return merged


def duplicates(ranges: Sequence[Range], numbers: Sequence[int]) -> int:
    """Count the numbers that are in `ranges` or came earlier in `numbers`."""
    once = set(numbers)
    known = sum(sum(first <= q < end for q in once) for first, end in ranges)
    return len(numbers) - len(once) + known


def _runs(numbers: Iterable[int]) -> list[Range]:
    runs: list[Range] = []
    for q in sorted(set(numbers)):
        if runs and runs[-1][1] == q:
            runs[-1] = (runs[-1][0], q + 1)
        else:
            runs.append((q, q + 1))
    return runs
