"""Sun and sky: FAO-56 chapter 3. Radiation in MJ/m2 per day, angles in radians."""

import math

SOLAR = 0.0820  # MJ/m2 per minute
STEFAN_BOLTZMANN = 4.903e-9  # MJ/K4/m2 per day
ALBEDO = 0.23  # of the reference grass
INLAND, COASTAL = 0.16, 0.19  # k_Rs of Eq. 50


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
    return STEFAN_BOLTZMANN * warmth * sky_share(vapour_kpa, _clearness(rs, rso))


def _clearness(rs: float, rso: float) -> float:
    return min(rs / rso, 1.0) if rso > 0 else 0.7  # no sun at all: as an average night


def sky_share(vapour_kpa: float, clearness: float) -> float:
    """Return the share of the ground's own radiation that is lost to the sky (Eq. 39)."""
    return (0.34 - 0.14 * math.sqrt(max(vapour_kpa, 0.0))) * (1.35 * clearness - 0.35)
