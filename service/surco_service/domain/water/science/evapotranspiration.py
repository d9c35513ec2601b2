"""Reference evapotranspiration ET0, in mm a day: what short grass with enough water would lose.

FAO-56 Penman-Monteith where the weather is known, with its own rules for what is missing;
Hargreaves and a table of months are what is left when hardly anything is known. Every value says
how it was found and how sure it is.
"""

import math
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from surco_service.domain.water.science import atmosphere, radiation
from surco_service.domain.water.science.weather import Site, WeatherDay

QUERETARO_ET0_MM = (3.3, 4.0, 5.0, 5.8, 6.0, 5.4, 5.0, 4.9, 4.4, 4.1, 3.6, 3.1)
"""January to December, Hargreaves from remembered normals: the last resort (docs/why/watering.md)."""

USUAL_WIND_M_S, LEAST_WIND_M_S = 2.0, 0.5
ARID_DEWPOINT_C = 2.0  # below the night's lowest temperature (FAO-56 Annex 6, Eq. 6-6)
SIGMA = {"given": 0.12, "penman": 0.12, "temperature": 0.20, "monthly": 0.22}
"""Relative sd of a day's ET0 by method."""

LIMITS = {  # what a day on Earth can have; anything else counts as missing
    "temp_c": (-60.0, 60.0),
    "rh": (1.0, 100.0),
    "wind_m_s": (0.0, 60.0),
    "radiation": (0.0, 45.0),
    "et0_mm": (0.0, 20.0),
    "latitude": (-90.0, 90.0),
    "elevation_m": (-430.0, 9000.0),
}
DARKEST = 0.03  # of R_a: less on a whole day is a covered or dead instrument


@dataclass(frozen=True, slots=True)
class Et0:
    """How much, by which method (a key of `SIGMA`), and how sure.

    "given": somebody else reckoned it; "penman": radiation was measured; "temperature": from its
    range; "monthly": the table.
    """

    mm: float
    method: str
    sigma: float  # relative


def penman_monteith(
    temp_c: float, slope: float, gamma: float, net_radiation: float, soil_heat: float,
    wind_m_s: float, deficit_kpa: float,
) -> float:  # fmt: skip
    """Return ET0 of a day, mm (Eq. 6). Radiation in MJ/m2 a day, `deficit_kpa` = e_s - e_a."""
    energy = 0.408 * slope * (net_radiation - soil_heat)
    air = gamma * 900 / (temp_c + 273) * wind_m_s * deficit_kpa
    return (energy + air) / (slope + gamma * (1 + 0.34 * wind_m_s))


def hargreaves(
    temp_min_c: float, temp_max_c: float, ra: float, temp_mean_c: float | None = None
) -> float:
    """Return ET0 of a day, mm (Eq. 52). R_a in MJ/m2: the equation wants it as mm of water."""
    mean = (temp_min_c + temp_max_c) / 2 if temp_mean_c is None else temp_mean_c
    swing = math.sqrt(max(temp_max_c - temp_min_c, 0.0))
    return 0.0023 * (mean + 17.8) * swing * 0.408 * ra


def of_day(
    *, temp_min_c: float, temp_max_c: float, vapour_kpa: float, wind_m_s: float, rs: float,
    ra: float, elevation_m: float, soil_heat: float = 0.0,
) -> float:  # fmt: skip
    """Return ET0 of a day, mm (Eq. 6 with Box 11), from weather that is complete."""
    mean = (temp_min_c + temp_max_c) / 2
    rso = radiation.clear_sky(ra, elevation_m)
    net = radiation.net_shortwave(rs) - radiation.net_longwave(
        temp_min_c, temp_max_c, vapour_kpa, rs, rso
    )
    return penman_monteith(
        mean, atmosphere.saturation_slope(mean),
        atmosphere.psychrometric_constant(atmosphere.pressure_kpa(elevation_m)), net, soil_heat,
        wind_m_s, atmosphere.mean_saturation_kpa(temp_min_c, temp_max_c) - vapour_kpa,
    )  # fmt: skip


def reference_et(
    weather: WeatherDay, site: Site, monthly_mm: Sequence[float] = QUERETARO_ET0_MM
) -> Et0:
    """Return ET0 of a day from whatever is known of it. Never raises, never negative, never NaN.

    What somebody else reckoned is taken. Both temperatures and the radiation: Penman-Monteith. Both
    temperatures: Penman-Monteith with humidity, else Hargreaves. Nothing: the table of months. What
    is absurd counts as missing.
    """
    given = _in(weather.et0_mm, "et0_mm")
    if given is not None:
        return Et0(given, "given", SIGMA["given"])
    low, high = _in(weather.temp_min_c, "temp_c"), _in(weather.temp_max_c, "temp_c")
    if low is None or high is None or high <= low or not _on_earth(site):
        return Et0(monthly(weather.day, monthly_mm), "monthly", SIGMA["monthly"])
    ra = radiation.extraterrestrial(site.latitude_deg, weather.day.timetuple().tm_yday)
    rs = _measured_radiation(weather, ra)
    humid = _humidity_known(weather)
    if rs is None and not humid:
        return Et0(max(0.0, hargreaves(low, high, ra)), "temperature", SIGMA["temperature"])
    method = "temperature" if rs is None else "penman"
    if rs is None:
        k_rs = radiation.COASTAL if site.coastal else radiation.INLAND
        estimate = radiation.from_temperatures(low, high, ra, k_rs)
        rs = min(estimate, radiation.clear_sky(ra, site.elevation_m))
    mm = of_day(
        temp_min_c=low, temp_max_c=high, vapour_kpa=_vapour_kpa(weather, low, high),
        wind_m_s=_wind(weather), rs=rs, ra=ra, elevation_m=site.elevation_m,
    )  # fmt: skip
    return Et0(max(0.0, mm), method, SIGMA[method])


def monthly(day: date, monthly_mm: Sequence[float] = QUERETARO_ET0_MM) -> float:
    """Return ET0 of a day from twelve monthly means, straight lines between mid-months."""
    length_d = monthrange(day.year, day.month)[1]
    position = (day.month - 1) + (day.day - 0.5) / length_d - 0.5
    first = math.floor(position)
    share = position - first
    return (1 - share) * monthly_mm[first % 12] + share * monthly_mm[(first + 1) % 12]


def _in(value: float | None, name: str) -> float | None:
    low, high = LIMITS[name]
    return value if value is not None and low <= value <= high else None


def _on_earth(site: Site) -> bool:
    latitude = _in(site.latitude_deg, "latitude")
    return latitude is not None and _in(site.elevation_m, "elevation_m") is not None


def _measured_radiation(weather: WeatherDay, ra: float) -> float | None:
    """Return R_s as it was measured, MJ/m2, when the sun of that day can have brought it."""
    rs = _in(weather.radiation_mj_m2, "radiation")
    return rs if rs is not None and DARKEST * ra <= rs <= ra else None


def _humidity_known(weather: WeatherDay) -> bool:
    return _in(weather.rh_max, "rh") is not None


def _vapour_kpa(weather: WeatherDay, low_c: float, high_c: float) -> float:
    """Return e_a by the best rule that the humidities allow (Eq. 17, 18; 48 and 6-6 without any)."""
    rh_min, rh_max = _in(weather.rh_min, "rh"), _in(weather.rh_max, "rh")
    if rh_max is not None and rh_min is not None and rh_min <= rh_max:
        found = atmosphere.vapour_from_humidities_kpa(low_c, high_c, rh_min, rh_max)
    elif rh_max is not None:
        found = atmosphere.vapour_from_highest_humidity_kpa(low_c, rh_max)
    else:
        found = atmosphere.vapour_from_dewpoint_kpa(low_c - ARID_DEWPOINT_C)
    return min(found, atmosphere.mean_saturation_kpa(low_c, high_c))


def _wind(weather: WeatherDay) -> float:
    wind = _in(weather.wind_m_s, "wind_m_s")
    return USUAL_WIND_M_S if wind is None else max(wind, LEAST_WIND_M_S)
