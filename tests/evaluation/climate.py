"""Years of weather like those of Querétaro, and what a weather service would say of them.

Normals from memory (the official table was not to be had): effect sizes matter, not millimetres.
Rain is convective, June to September. ET0 is Hargreaves of the true temperatures with a day's own
luck; the advisor sees temperatures with errors and the rain of a coarse grid.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from surco_service.domain.water.science import evapotranspiration, radiation
from surco_service.domain.water.science.weather import Site, WeatherDay

TEMP_MAX_C = (23, 25, 28, 30, 31, 29, 27, 27, 26, 26, 25, 23)
TEMP_MIN_C = (7, 8, 11, 13, 15, 15, 15, 15, 14, 12, 9, 7)
RAIN_MM = (12, 6, 8, 18, 40, 110, 125, 100, 100, 40, 10, 8)
WET_DAYS = (2, 1.5, 2, 3, 6, 11, 13, 12, 11, 5, 2, 2)
SITE = Site()
MISSED, FALSE_ALARM, RAIN_SIGMA = 0.15, 0.06, 0.4


@dataclass(frozen=True)
class TrueDay:
    day: date
    temp_min_c: float
    temp_max_c: float
    rain_mm: float
    et0_mm: float


def weather(first: date, days: int, random: Random) -> list[TrueDay]:
    """Return so many true days."""
    found: list[TrueDay] = []
    anomaly, wet = 0.0, False
    for i in range(days):
        day = first + timedelta(days=i)
        month = day.month - 1
        chance = WET_DAYS[month] / 30
        wet = random.random() < min(0.9, chance * (1.5 if wet else 0.8))
        rain = random.gammavariate(0.8, RAIN_MM[month] / WET_DAYS[month] / 0.8) if wet else 0.0
        anomaly = 0.7 * anomaly + random.gauss(0, 1.4)
        low = TEMP_MIN_C[month] + anomaly + random.gauss(0, 1)
        high = max(low + 2, TEMP_MAX_C[month] + anomaly + random.gauss(0, 1.2) - (2 if wet else 0))
        ra = radiation.extraterrestrial(SITE.latitude_deg, day.timetuple().tm_yday)
        et0 = evapotranspiration.hargreaves(low, high, ra) * math.exp(random.gauss(0, 0.12))
        found.append(TrueDay(day, low, high, rain, max(et0, 0.5)))
    return found


def as_seen(true: TrueDay, random: Random) -> WeatherDay:
    """Return a day as a weather service reports it."""
    rain = true.rain_mm * math.exp(random.gauss(0, RAIN_SIGMA))
    if true.rain_mm > 0 and random.random() < MISSED:
        rain = 0.0
    if true.rain_mm <= 0 and random.random() < FALSE_ALARM:
        rain = random.expovariate(1 / 4)
    return WeatherDay(
        true.day, true.temp_min_c + random.gauss(0, 0.7), true.temp_max_c + random.gauss(0, 0.7),
        rain_mm=rain, rain_source="api",
    )  # fmt: skip
