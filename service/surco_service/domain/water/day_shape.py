"""The shape of a day: did a probe rise at once, as when somebody waters, or slowly, or not at all?

Poured water reaches a probe within an hour or two, and then recedes towards field capacity. A probe
that was pushed steps and stays. Drift and heat have no steps. All that shows in the hours of a day,
and not in the difference of two mornings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

SIDE = 3  # hours that are averaged on either side of a step
LEAST_HOURS = 12  # of a day, else nothing can be said of its shape


@dataclass(frozen=True, slots=True)
class Rise:
    """The steepest step of a day, in millivolts: before it, after it, and the next morning."""

    before_mv: float
    after_mv: float
    morning_mv: float


@dataclass(frozen=True, slots=True)
class Shape:
    """The same in the soil: the step in m3/m3, and which share of it was gone by morning."""

    rise: float = 0.0
    receded: float = 0.0


def rise_of(
    before_mv: float | None, hours_mv: Sequence[float | None], morning_mv: float | None
) -> Rise | None:
    """Return the steepest step of a day's hourly means, oldest first; None when too few are known.

    `before_mv`: the morning on which the day began.
    """
    known = sum(mv is not None for mv in hours_mv)
    if known < LEAST_HOURS or morning_mv is None:
        return None
    values = [before_mv, *hours_mv]
    steps = [
        (fmean(left), fmean(right))
        for i in range(1, len(values))
        if (left := _known(values[max(0, i - SIDE) : i]))
        and (right := _known(values[i + 1 : i + 1 + SIDE]))
    ]
    before, after = max(steps, key=lambda step: abs(step[1] - step[0]), default=(0.0, 0.0))
    return Rise(round(before, 1), round(after, 1), round(morning_mv, 1))


def shape_of(before: float, after: float, morning: float) -> Shape:
    """Return the shape of a day whose step led from a water content to another, all m3/m3."""
    rise = after - before
    return Shape(rise, (after - morning) / rise if rise > 0 else 0.0)


def _known(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]
