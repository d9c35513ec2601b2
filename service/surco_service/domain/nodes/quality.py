"""Quality flags of a series, in the sense of QARTOD (IOOS): the value stays, the flag says why.

Every test takes values oldest first, None where one is missing, and returns one flag for each. Equal
to `ioos_qc` 3.0 (tests/service/domain/water/science/test_oracles.py), but that it calls a missing
value missing also where there are too few to judge. Soil limits: docs/why/watering.md.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
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
    """Flag a value that, with all of the steps before it, keeps within less than the tolerance.

    A span is turned into whole steps, rounded down: 100 minutes of half-hours are three steps, four
    values. What is missing is passed over. Fewer than three values are too few to be flat.
    """
    flags = [GOOD if _there(value) else MISSING for value in values]
    for seconds, flag in ((suspect_s, SUSPECT), (fail_s, FAIL)):
        steps = _steps(times_s, seconds)
        for i, value in enumerate(values):
            if _there(value) and steps is not None and i >= steps:
                window = [v for v in values[i - steps : i + 1] if _there(v)]
                if max(window) - min(window) < tolerance:
                    flags[i] = flag
    return flags


def _steps(times_s: Sequence[float], seconds: float) -> int | None:
    """Return how many of the usual (median) steps fit into a span; whole seconds, as in ioos_qc."""
    if len(times_s) < 3:
        return None
    step_s = int(median(after - before for before, after in pairwise(times_s)))
    return int(int(seconds) / step_s) if step_s > 0 else None


def _there(value: Value) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)
