"""AquaCrop as the true garden, with hours between its mornings.

AquaCrop knows mornings alone. Between them the bed dries by day; poured water rises in an hour, above
where it will stay, and drains towards the next morning's value.
"""

import math
from dataclasses import replace
from datetime import date

from tests.evaluation.before import truth as daily
from tests.evaluation.climate import TrueDay
from tests.evaluation.truth import DRINKING, HOURS, State, Step, since_dawn

RAIN_HOUR = 17  # showers come in the afternoon
SEEN = 0.003  # m3/m3 of rise; less does not reach the probe
OVERSHOOT, DRAINS_H = 0.6, 5.0  # of the rise; e-folding hours
DRIES = 0.004  # m3/m3 a day at the probe that water hides


class AquaCropTruth:
    """A season; `shade` is the share of the open field's evaporation that the bed sees."""

    def __init__(
        self, crop: str, soil: str, sowing: date, weather: list[TrueDay], shade: float
    ) -> None:
        self._weather = [replace(day, et0_mm=day.et0_mm * shade) for day in weather]
        self._model = daily.Truth(crop, soil, sowing, self._weather)
        self._days, self._state = 0, State(*self._model.now())
        self.field_capacity = self._model.field_capacity
        self.wilting_point = self._model.wilting_point

    @property
    def finished(self) -> bool:
        return self._model.finished

    def now(self) -> State:
        return self._state

    def step(self, mm: float, hour: int) -> Step:
        before, rain_mm = self._state.theta, self._weather[self._days].rain_mm
        lived = self._model.step(mm)
        self._days, self._state = (
            self._days + 1,
            State(lived.depletion_mm, lived.taw_mm, lived.theta),
        )
        at = since_dawn(hour if mm >= rain_mm else RAIN_HOUR)
        hours = hours_between(before, lived.theta, at if mm + rain_mm > 0 else None)
        return Step(hours, lived.transpired_mm, lived.potential_mm, lived.percolation_mm)


def hours_between(before: float, after: float, wet_at: int | None) -> tuple[float, ...]:
    """Return hourly θ from one morning to the next; `wet_at`: hours from 06:00 until water came."""
    dried = [sum(DRINKING[: i + 1]) for i in range(HOURS)]
    if wet_at is None or after - before < SEEN - DRIES:
        return tuple(before + (after - before) * share for share in dried)
    rise = after - before + DRIES
    more = OVERSHOOT * rise + 0.005
    left = more * math.exp(-(HOURS - wet_at) / DRAINS_H)  # not drained by the next morning
    rise -= left
    return tuple(before - DRIES * dried[i] + _wet(i - wet_at, rise, more) for i in range(HOURS))


def _wet(hours: int, rise: float, more: float) -> float:
    """Return what water has added so many hours after it came; the first mean is half of it."""
    if hours < 0:
        return 0.0
    added = rise + more * math.exp(-(hours + 0.5) / DRAINS_H)
    return 0.55 * added if hours == 0 else added
