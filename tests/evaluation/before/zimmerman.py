"""The scale that OpenSprinkler gives its users: a percentage of the usual watering, from the weather.

Not used for advice; the evaluation compares with it (docs/why/advice.md). Written from the formula
that its documentation and source state, in the units they use.
"""


def scale_percent(
    humidity_percent: float, temp_f: float, rain_in: float, *, base_humidity: float = 30.0,
    base_temp_f: float = 70.0, base_rain_in: float = 0.0,
) -> float:  # fmt: skip
    """Return 0 to 200 %: drier, hotter and less rain than the base mean more water."""
    percent = (
        100 + (base_humidity - humidity_percent) + 4 * (temp_f - base_temp_f)
        + 200 * (base_rain_in - rain_in)
    )  # fmt: skip
    return min(max(percent, 0.0), 200.0)
