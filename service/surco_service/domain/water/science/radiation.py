"""Sun and sky: FAO-56 chapter 3. Radiation in MJ/m2 per day (or hour), angles in radians."""

import math

SOLAR = 0.0820  # MJ/m2 per minute
STEFAN_BOLTZMANN = 4.903e-9  # MJ/K4/m2 per day
ALBEDO = 0.23  # of the reference grass
INLAND, COASTAL = 0.16, 0.19  # k_Rs of Eq. 50
ANGSTROM = (0.25, 0.50)  # a_s, b_s of Eq. 35


def sun_distance(day_of_year: int) -> float:
    """Return d_r, the inverse relative distance to the sun (Eq. 23)."""
    return 1 + 0.033 * math.cos(2 * math.pi * day_of_year / 365)


def declination(day_of_year: int) -> float:
    """Return δ, the sun's declination (Eq. 24)."""
    return 0.409 * math.sin(2 * math.pi * day_of_year / 365 - 1.39)


def sunset_angle(latitude: float, sun: float) -> float:
    """Return ω_s for a latitude and a declination (Eq. 25): 0 in polar night, π in polar day."""
    return math.acos(min(max(-math.tan(latitude) * math.tan(sun), -1.0), 1.0))


def extraterrestrial(latitude_deg: float, day_of_year: int) -> float:
    """Return R_a of a day, MJ/m2 (Eq. 21)."""
    latitude, sun = math.radians(latitude_deg), declination(day_of_year)
    angle = sunset_angle(latitude, sun)
    return (
        24 * 60 / math.pi * SOLAR * sun_distance(day_of_year)
        * (angle * math.sin(latitude) * math.sin(sun)
           + math.cos(latitude) * math.cos(sun) * math.sin(angle))
    )  # fmt: skip


def extraterrestrial_hourly(
    latitude_deg: float, longitude_deg: float, zone_deg: float, day_of_year: int, hour: float,
    length_h: float = 1.0,
) -> float:  # fmt: skip
    """Return R_a of a period, MJ/m2 (Eq. 28 to 33).

    `hour` is the clock time in the middle of the period. Longitudes are degrees *west* of
    Greenwich, as FAO-56 counts them; `zone_deg` that of the centre of the time zone.
    """
    latitude, sun = math.radians(latitude_deg), declination(day_of_year)
    b = 2 * math.pi * (day_of_year - 81) / 364
    season = 0.1645 * math.sin(2 * b) - 0.1255 * math.cos(b) - 0.025 * math.sin(b)  # Eq. 32, 33
    middle = math.pi / 12 * (hour + 0.06667 * (zone_deg - longitude_deg) + season - 12)
    half, sunset = math.pi * length_h / 24, sunset_angle(latitude, sun)
    first = min(max(middle - half, -sunset), sunset)
    last = min(max(middle + half, -sunset), sunset)
    return (
        12 * 60 / math.pi * SOLAR * sun_distance(day_of_year)
        * ((last - first) * math.sin(latitude) * math.sin(sun)
           + math.cos(latitude) * math.cos(sun) * (math.sin(last) - math.sin(first)))
    )  # fmt: skip


def daylight_h(latitude_deg: float, day_of_year: int) -> float:
    """Return N, the possible hours of sunshine (Eq. 34)."""
    return 24 / math.pi * sunset_angle(math.radians(latitude_deg), declination(day_of_year))


def from_sunshine(
    sunshine_h: float, daylight: float, ra: float, angstrom: tuple[float, float] = ANGSTROM
) -> float:
    """Return R_s from the hours of sunshine (Eq. 35)."""
    share = sunshine_h / daylight if daylight > 0 else 0.0
    return (angstrom[0] + angstrom[1] * share) * ra


def from_temperatures(
    temp_min_c: float, temp_max_c: float, ra: float, k_rs: float = INLAND
) -> float:
    """Return R_s from the range of temperature (Eq. 50)."""
    return k_rs * math.sqrt(max(temp_max_c - temp_min_c, 0.0)) * ra


def clear_sky(ra: float, elevation_m: float) -> float:
    """Return R_so, what a day without clouds brings (Eq. 37)."""
    return (0.75 + 2e-5 * elevation_m) * ra


def net_shortwave(rs: float, albedo: float = ALBEDO) -> float:
    """Return R_ns (Eq. 38)."""
    return (1 - albedo) * rs


def net_longwave(
    temp_min_c: float, temp_max_c: float, vapour_kpa: float, rs: float, rso: float
) -> float:
    """Return R_nl of a day, MJ/m2 (Eq. 39)."""
    warmth = ((temp_max_c + 273.16) ** 4 + (temp_min_c + 273.16) ** 4) / 2
    return STEFAN_BOLTZMANN * warmth * _sky(vapour_kpa, _clearness(rs, rso))


def net_longwave_hourly(temp_c: float, vapour_kpa: float, clearness: float) -> float:
    """Return R_nl of an hour, MJ/m2 (Eq. 39 with σ/24). `clearness`: R_s/R_so, 0 to 1."""
    return STEFAN_BOLTZMANN / 24 * (temp_c + 273.16) ** 4 * _sky(vapour_kpa, clearness)


def _clearness(rs: float, rso: float) -> float:
    return min(rs / rso, 1.0) if rso > 0 else 0.7  # no sun at all: as an average night


def _sky(vapour_kpa: float, clearness: float) -> float:
    return (0.34 - 0.14 * math.sqrt(max(vapour_kpa, 0.0))) * (1.35 * clearness - 0.35)


def soil_heat_monthly(temp_before_c: float, temp_after_c: float) -> float:
    """Return G of a month from the months before and after it, MJ/m2 a day (Eq. 43)."""
    return 0.07 * (temp_after_c - temp_before_c)


def soil_heat_to_now(temp_before_c: float, temp_c: float) -> float:
    """Return G of a month from it and the one before, MJ/m2 a day (Eq. 44)."""
    return 0.14 * (temp_c - temp_before_c)
