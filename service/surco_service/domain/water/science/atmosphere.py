"""Air and water vapour: FAO-56 chapter 3. Temperatures in °C, pressures in kPa, wind in m/s."""

import math


def pressure_kpa(elevation_m: float) -> float:
    """Return the air pressure at an elevation, kPa (Eq. 7)."""
    return 101.3 * ((293 - 0.0065 * elevation_m) / 293) ** 5.26


def psychrometric_constant(pressure: float) -> float:
    """Return γ in kPa/°C for an air pressure in kPa (Eq. 8)."""
    return 0.665e-3 * pressure


def saturation_kpa(temp_c: float) -> float:
    """Return the vapour pressure of saturated air, kPa (Eq. 11)."""
    return 0.6108 * math.exp(17.27 * temp_c / (temp_c + 237.3))


def mean_saturation_kpa(temp_min_c: float, temp_max_c: float) -> float:
    """Return e_s of a day, kPa: the mean of both ends, not of the mean temperature (Eq. 12)."""
    return (saturation_kpa(temp_max_c) + saturation_kpa(temp_min_c)) / 2


def saturation_slope(temp_c: float) -> float:
    """Return Δ, the slope of the saturation curve, kPa/°C (Eq. 13)."""
    return 4098 * saturation_kpa(temp_c) / (temp_c + 237.3) ** 2


def vapour_from_dewpoint_kpa(dewpoint_c: float) -> float:
    """Return the actual vapour pressure, kPa (Eq. 14)."""
    return saturation_kpa(dewpoint_c)


def vapour_from_humidities_kpa(
    temp_min_c: float, temp_max_c: float, rh_min: float, rh_max: float
) -> float:
    """Return the actual vapour pressure from both humidities of a day in %, kPa (Eq. 17)."""
    early = saturation_kpa(temp_min_c) * rh_max / 100
    late = saturation_kpa(temp_max_c) * rh_min / 100
    return (early + late) / 2


def vapour_from_highest_humidity_kpa(temp_min_c: float, rh_max: float) -> float:
    """Return the actual vapour pressure when only the highest humidity is good, kPa (Eq. 18)."""
    return saturation_kpa(temp_min_c) * rh_max / 100


def wind_at_2_m(wind_m_s: float, height_m: float) -> float:
    """Return the wind at 2 m from that at another height over grass, m/s (Eq. 47)."""
    return wind_m_s * 4.87 / math.log(67.8 * height_m - 5.42)
