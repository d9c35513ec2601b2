"""A cheap probe that speaks every hour: it is off, it wanders, it feels heat, and from day 40 it breaks."""

import math
from dataclasses import dataclass
from random import Random
from statistics import median

from tests.evaluation.climate import TrueDay
from tests.evaluation.gardens import Garden
from tests.evaluation.truth import DAWN, HOURS, since_dawn

FAULT_DAY = 40
WANDER, WANDER_H = 0.01, 24.0  # m3/m3, and how long it takes: the noise of a morning
NOISE = 0.004  # m3/m3 of each hour besides
SILENT = 0.05  # share of the days that lack their end, and with it the morning
LOST = 0.02  # share of the other hours that were lost
PIVOT = 0.2  # m3/m3, where a wrong gain shows nothing
USUAL_C, FELT = 18.0, 0.25  # of the soil; how much of the air's swing it feels at 15 cm
HOTTEST = 18  # hour of the clock at that depth
IN_AIR, JUMP, WORSE_DRIFT, SALT = 0.01, 0.10, 0.0015, 1.4
MORNING = (3, 4, 5)  # hours of the clock


@dataclass(frozen=True)
class Heard:
    """A day's hourly means, from 06:00 on, and the median of its last morning."""

    hours: tuple[float | None, ...] = ()

    @property
    def morning(self) -> float | None:
        found = [self.hours[since_dawn(h)] for h in MORNING] if self.hours else []
        spoken = [theta for theta in found if theta is not None]
        return median(spoken) if spoken else None


class Probe:
    """One probe of a season; `fault`: "" or one of `gardens.FAULTS`."""

    def __init__(self, garden: Garden, fault: str, key: str, heat: float = 1.0) -> None:
        self._garden, self._fault, self._heat = garden, fault, heat * garden.heat
        self._random = Random(f"{key} probe")
        self._wander, self._stuck = self._random.gauss(0, WANDER), math.nan

    def hear(self, day: int, thetas: tuple[float, ...], air: TrueDay) -> Heard:
        """Return what it said of a day's true hourly θ where it stands."""
        random = self._random
        silent = random.randrange(HOURS - 3) if random.random() < SILENT else HOURS
        lost = [random.random() < LOST for _ in range(HOURS)]
        said = [self._say(day, i, theta, air) for i, theta in enumerate(thetas)]
        return Heard(
            tuple(None if lost[i] or i >= silent else value for i, value in enumerate(said))
        )

    def _say(self, day: int, hour: int, theta: float, air: TrueDay) -> float | None:
        g, kept = self._garden, 1 - 1 / WANDER_H
        self._wander = kept * self._wander + WANDER * math.sqrt(1 - kept**2) * self._random.gauss(
            0, 1
        )
        noise = NOISE * self._random.gauss(0, 1)
        since = day - FAULT_DAY + (hour - g.fault_hour) / HOURS
        fault = self._fault if since >= 0 else ""
        gain = (1 + g.gain) * (SALT if fault == "salt" else 1.0)
        said = PIVOT + g.offset + gain * (theta - PIVOT) + g.drift * day
        said += self._heat * (soil_c(air, hour) - USUAL_C) + self._wander + noise
        match fault:
            case "dead":
                return None
            case "out":
                said = IN_AIR + noise / 2
            case "stuck":
                self._stuck = said if math.isnan(self._stuck) else self._stuck
                said = self._stuck
            case "jump up":
                said += JUMP
            case "jump down":
                said -= JUMP
            case "drift":
                said += WORSE_DRIFT * since
            case _:
                pass
        return max(said, 0.0)


def soil_c(air: TrueDay, hour: int) -> float:
    """Return the temperature of the soil at the probe, so many hours after 06:00."""
    mean, swing = (air.temp_min_c + air.temp_max_c) / 2, air.temp_max_c - air.temp_min_c
    turn = 2 * math.pi * ((hour + DAWN) - HOTTEST) / HOURS
    return mean + FELT * swing / 2 * math.cos(turn)
