"""One day of weather at a garden, as far as anybody knows it. Absent weather is a normal state."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class WeatherDay:
    """The weather of one local day; None: nobody knows. A forecast is not what happened."""

    day: date
    temp_min_c: float | None = None
    temp_max_c: float | None = None
    rh_min: float | None = None  # relative humidity, %
    rh_max: float | None = None
    wind_m_s: float | None = None  # mean, at 2 m
    radiation_mj_m2: float | None = None  # shortwave, of the day
    et0_mm: float | None = None  # when somebody else reckoned it
    rain_mm: float | None = None
    rain_chance: float | None = None  # 0 to 1, of a forecast
    rain_source: str = ""  # "person" | "gauge" | "api"; a garden's own eyes win
    forecast: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """Where a garden is, as far as the sun and the air are concerned."""

    latitude_deg: float = 20.6  # Querétaro
    elevation_m: float = 1820.0
    coastal: bool = False
