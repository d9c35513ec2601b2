"""Equations of FAO-56 that Surco does not need: hours, sunshine, soil heat, leaf area, Eq. 85.

They stand on the product's own functions, so that the book's examples that need them test those too.
"""

import math

from surco_service.domain.water.science import atmosphere, radiation

PSYCHROMETER = 0.000662  # per °C, of a ventilated (Asmann) psychrometer
ANGSTROM = (0.25, 0.50)  # a_s, b_s of Eq. 35


def vapour_from_psychrometer_kpa(
    wet_c: float, dry_c: float, pressure: float, coefficient: float = PSYCHROMETER
) -> float:
    """Return the actual vapour pressure from wet and dry bulb, kPa (Eq. 15, 16)."""
    return atmosphere.saturation_kpa(wet_c) - coefficient * pressure * (dry_c - wet_c)


def vapour_from_mean_humidity_kpa(temp_min_c: float, temp_max_c: float, rh_mean: float) -> float:
    """Return the actual vapour pressure from a mean humidity in %, kPa (Eq. 19)."""
    return rh_mean / 100 * atmosphere.mean_saturation_kpa(temp_min_c, temp_max_c)


def dewpoint_c(vapour_kpa: float) -> float:
    """Return the temperature at which air with so much vapour (kPa, above 0) is saturated (Eq. 14)."""
    ratio = math.log(vapour_kpa / 0.6108)
    return 237.3 * ratio / (17.27 - ratio)


def daylight_h(latitude_deg: float, day_of_year: int) -> float:
    """Return N, the possible hours of sunshine (Eq. 34)."""
    sun = radiation.declination(day_of_year)
    return 24 / math.pi * radiation.sunset_angle(math.radians(latitude_deg), sun)


def from_sunshine(
    sunshine_h: float, daylight: float, ra: float, angstrom: tuple[float, float] = ANGSTROM
) -> float:
    """Return R_s from the hours of sunshine (Eq. 35)."""
    share = sunshine_h / daylight if daylight > 0 else 0.0
    return (angstrom[0] + angstrom[1] * share) * ra


def soil_heat_monthly(temp_before_c: float, temp_after_c: float) -> float:
    """Return G of a month from the months before and after it, MJ/m2 a day (Eq. 43)."""
    return 0.07 * (temp_after_c - temp_before_c)


def extraterrestrial_hourly(
    latitude_deg: float, longitude_deg: float, zone_deg: float, day_of_year: int, hour: float,
    length_h: float = 1.0,
) -> float:  # fmt: skip
    """Return R_a of a period, MJ/m2 (Eq. 28 to 33).

    `hour` is the clock time in the middle of the period. Longitudes are degrees *west* of
    Greenwich, as FAO-56 counts them; `zone_deg` that of the centre of the time zone.
    """
    latitude, sun = math.radians(latitude_deg), radiation.declination(day_of_year)
    b = 2 * math.pi * (day_of_year - 81) / 364
    season = 0.1645 * math.sin(2 * b) - 0.1255 * math.cos(b) - 0.025 * math.sin(b)  # Eq. 32, 33
    middle = math.pi / 12 * (hour + 0.06667 * (zone_deg - longitude_deg) + season - 12)
    half, sunset = math.pi * length_h / 24, radiation.sunset_angle(latitude, sun)
    first = min(max(middle - half, -sunset), sunset)
    last = min(max(middle + half, -sunset), sunset)
    return (
        12 * 60 / math.pi * radiation.SOLAR * radiation.sun_distance(day_of_year)
        * ((last - first) * math.sin(latitude) * math.sin(sun)
           + math.cos(latitude) * math.cos(sun) * (math.sin(last) - math.sin(first)))
    )  # fmt: skip


def net_longwave_hourly(temp_c: float, vapour_kpa: float, clearness: float) -> float:
    """Return R_nl of an hour, MJ/m2 (Eq. 39 with σ/24). `clearness`: R_s/R_so, 0 to 1."""
    return (
        radiation.STEFAN_BOLTZMANN
        / 24
        * (temp_c + 273.16) ** 4
        * radiation.sky_share(vapour_kpa, clearness)
    )


def penman_monteith_hourly(
    temp_c: float, vapour_kpa: float, wind_m_s: float, net_radiation: float, soil_heat: float,
    gamma: float,
) -> float:  # fmt: skip
    """Return ET0 of an hour, mm (Eq. 53). Radiation in MJ/m2 an hour."""
    slope = atmosphere.saturation_slope(temp_c)
    deficit = atmosphere.saturation_kpa(temp_c) - vapour_kpa
    energy = 0.408 * slope * (net_radiation - soil_heat)
    air = gamma * 37 / (temp_c + 273) * wind_m_s * deficit
    return (energy + air) / (slope + gamma * (1 + 0.34 * wind_m_s))


def with_leaf_area(kc: float, leaf_area: float, leaf_area_combined: float) -> float:
    """Return Kc of a stand when more leaves are added below it (Ex. 47, after Eq. 97).

    Leaf areas in m2 per m2 of ground; both above 0.
    """
    full, single = (1 - math.exp(-0.7 * area) for area in (leaf_area_combined, leaf_area))
    return kc * full / single


def end_of_day(
    depletion_mm: float, *, taw_mm: float, etc_mm: float, rain_mm: float = 0.0,
    irrigation_mm: float = 0.0, runoff_mm: float = 0.0,
) -> tuple[float, float]:  # fmt: skip
    """Return (depletion, percolation) in the order of FAO-56 Eq. 85 and 88: all at once.

    `etc_mm` is what the crop really drank (Ks Kc ET0).
    """
    left = depletion_mm - (rain_mm - runoff_mm) - irrigation_mm + etc_mm
    return min(max(left, 0.0), taw_mm), max(-left, 0.0)
