"""Quality flags of a series, in the sense of QARTOD (IOOS): the value stays, the flag says why.

Every test takes values oldest first, None where one is missing, and returns one flag for each. Equal
to `ioos_qc` on its own examples. Soil limits: agronomy of Surco, docs/why/watering.md.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeGuard

GOOD, NOT_EVALUATED, SUSPECT, FAIL, MISSING = 1, 2, 3, 4, 9
Value = float | None
_ORDER = (GOOD, NOT_EVALUATED, SUSPECT, FAIL, MISSING)


def gross_range(
    values: Sequence[Value], fail: tuple[float, float], suspect: tuple[float, float] | None = None
) -> list[int]:
    """Flag values outside a span; the ends belong to the better side."""
    return [_range(value, fail, suspect) for value in values]


def _range(value: Value, fail: tuple[float, float], suspect: tuple[float, float] | None) -> int:
    if not _there(value):
        return MISSING
    if not fail[0] <= value <= fail[1]:
        return FAIL
    return GOOD if suspect is None or suspect[0] <= value <= suspect[1] else SUSPECT


def spike(values: Sequence[Value], suspect: float, fail: float) -> list[int]:
    """Flag a value that stands off the mean of its two neighbours, who may be flagged by it too."""
    flags = [GOOD if _there(value) else MISSING for value in values]
    for i, value in enumerate(values):
        if flags[i] == MISSING:
            continue
        if i in (0, len(values) - 1):
            flags[i] = NOT_EVALUATED
            continue
        before, after = values[i - 1], values[i + 1]
        if not (_there(value) and _there(before) and _there(after)):
            flags[i] = NOT_EVALUATED
            continue
        off = abs(value - (before + after) / 2)
        flags[i] = FAIL if off > fail else SUSPECT if off > suspect else GOOD
    return flags


def rate_of_change(
    values: Sequence[Value], times_s: Sequence[float], most_per_s: float
) -> list[int]:
    """Flag a value that changed too fast since the one just before it."""
    flags = [GOOD if _there(value) else MISSING for value in values]
    for i in range(1, len(values)):
        before, value = values[i - 1], values[i]
        if not (_there(before) and _there(value)) or times_s[i] <= times_s[i - 1]:
            continue
        if abs(value - before) / (times_s[i] - times_s[i - 1]) > most_per_s:
            flags[i] = SUSPECT
    return flags


def flat_line(
    values: Sequence[Value], times_s: Sequence[float], suspect_s: float, fail_s: float,
    tolerance: float,
) -> list[int]:  # fmt: skip
    """Flag a value when all since so many seconds differ by less than the tolerance."""
    flags = [GOOD if _there(value) else MISSING for value in values]
    for seconds, flag in ((suspect_s, SUSPECT), (fail_s, FAIL)):
        for i, value in enumerate(values):
            if _there(value) and _flat(values, times_s, i, seconds, tolerance):
                flags[i] = flag
    return flags


def _flat(
    values: Sequence[Value], times_s: Sequence[float], i: int, seconds: float, tolerance: float
) -> bool:
    low = high = values[i]
    for j in range(i, -1, -1):
        value = values[j]
        if _there(value) and low is not None and high is not None:
            low, high = min(low, value), max(high, value)
            if high - low >= tolerance:
                return False
        if times_s[i] - times_s[j] >= seconds:
            return True
    return False


def time_gap(times_s: Sequence[float], most_s: float) -> list[int]:
    """Flag a time that is not after the one before it (fail) or comes too late (suspect)."""
    flags = [GOOD] if times_s else []
    for before, now in pairwise(times_s):
        flags.append(FAIL if now <= before else SUSPECT if now - before > most_s else GOOD)
    return flags


def neighbours(values: Sequence[Value], others: Sequence[Value], most: float) -> list[int]:
    """Flag where two probes of one bed differ by more than they may."""
    return [
        MISSING if not _there(a) else NOT_EVALUATED if not _there(b)
        else SUSPECT if abs(a - b) > most else GOOD
        for a, b in zip(values, others, strict=True)
    ]  # fmt: skip


def worst(flags: Sequence[int]) -> int:
    """Return the flag that counts: missing, else the gravest that any test found."""
    return max(flags, key=_ORDER.index, default=NOT_EVALUATED)


def _there(value: Value) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)
