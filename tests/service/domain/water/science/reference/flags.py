"""Flags of QARTOD (IOOS) that Surco does not need; `nodes/quality.py` has those that it does."""

import math
from collections.abc import Sequence
from typing import TypeGuard

from surco_service.domain.nodes.quality import FAIL, GOOD, MISSING, SUSPECT, Value


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


def _there(value: Value) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)
