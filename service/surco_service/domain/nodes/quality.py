"""Quality flags of a series, in the sense of QARTOD (IOOS): the value stays, the flag says why.

Every test takes values oldest first, None where one is missing, and returns one flag for each. Equal
to `ioos_qc` on its own examples. Soil limits: agronomy of Surco, docs/why/watering.md.
"""

import math
from collections.abc import Sequence
from typing import TypeGuard

GOOD, NOT_EVALUATED, SUSPECT, FAIL, MISSING = 1, 2, 3, 4, 9
Value = float | None


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


def _there(value: Value) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)
