"""What every true garden can say of itself, whatever its physics.

A day runs from 06:00 to 06:00. The depletion is that of the true roots in the true soil.
"""

import math
from dataclasses import dataclass
from typing import Protocol

HOURS = 24
DAWN = 6  # the hour at which a day begins
PROBE_M = (0.10, 0.20)  # between these depths the probe feels


@dataclass(frozen=True)
class State:
    """A bed at 06:00."""

    depletion_mm: float  # negative: more than field capacity, it is draining
    taw_mm: float
    theta: float  # of the bed's mean at the probe's depth, m3/m3


@dataclass(frozen=True)
class Step:
    """A day that was lived."""

    hours: tuple[float, ...]  # θ where the probe stands, hourly means from 06:00 on
    transpired_mm: float
    potential_mm: float
    percolation_mm: float


class Truth(Protocol):
    field_capacity: float  # at the probe, m3/m3
    wilting_point: float

    @property
    def finished(self) -> bool: ...

    def now(self) -> State: ...

    def step(self, mm: float, hour: int) -> Step:
        """Live a day on which so much water reached the soil at an hour of the clock."""
        ...


def _sun(clock: float) -> float:
    return max(math.sin(math.pi * (clock - 6.5) / 13), 0.0) ** 1.5 + 0.015


_BY_HOUR = [_sun((DAWN + i) % HOURS + 0.5) for i in range(HOURS)]
DRINKING = tuple(share / sum(_BY_HOUR) for share in _BY_HOUR)
"""Share of a day's evaporation in each hour from 06:00 on: most from 09 to 17 h, little at night."""


def since_dawn(clock: int) -> int:
    """Return which hour of a day from 06:00 an hour of the clock is."""
    return (clock - DAWN) % HOURS
