"""Weather of a place from Open-Meteo (or a server of one's own that speaks the same).

Free for non-commercial use, no key; data CC BY 4.0, so the page that shows it names the source. One
request asks for a week behind and some days ahead. Whoever asks decides when to ask again.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from pydantic import BaseModel, ValidationError

from surco_service.domain.atmosphere import wind_at_2_m
from surco_service.domain.evapotranspiration import LIMITS
from surco_service.domain.garden import Garden
from surco_service.domain.weather import WeatherDay
from surco_service.errors import WeatherUnavailable

PAST_DAYS, FORECAST_DAYS = 7, 4
TIMEOUT_S = 15.0
CONNECTS = 2  # tries to reach the server, by httpx
MOST_RAIN_MM = 500.0
DAILY = {  # their name → ours
    "temperature_2m_min": "temp_min_c",
    "temperature_2m_max": "temp_max_c",
    "relative_humidity_2m_min": "rh_min",
    "relative_humidity_2m_max": "rh_max",
    "wind_speed_10m_mean": "wind_m_s",
    "shortwave_radiation_sum": "radiation_mj_m2",
    "precipitation_sum": "rain_mm",
    "precipitation_probability_max": "rain_chance",
}
SANE: dict[str, tuple[float, float]] = {
    "temp_min_c": LIMITS["temp_c"], "temp_max_c": LIMITS["temp_c"], "rh_min": LIMITS["rh"],
    "rh_max": LIMITS["rh"], "wind_m_s": LIMITS["wind_m_s"], "radiation_mj_m2": LIMITS["radiation"],
    "rain_mm": (0.0, MOST_RAIN_MM), "rain_chance": (0.0, 1.0),
}  # fmt: skip


class _Answer(BaseModel):
    """What we read of an answer; a missing column is a list that is not there."""

    daily: dict[str, list[Any]]
    daily_units: dict[str, str] = {}


class OpenMeteo:
    """Asks one server. Raises `WeatherUnavailable` in words; nothing else."""

    def __init__(self, url: str, client: httpx.Client | None = None) -> None:
        transport = httpx.HTTPTransport(retries=CONNECTS)
        self._url = url
        self._client = client or httpx.Client(timeout=TIMEOUT_S, transport=transport)

    def days(self, garden: Garden, now: datetime) -> list[WeatherDay]:
        """Return the last days of a garden with coordinates, and the next ones as forecast."""
        answer = self._ask(garden)
        columns = {ours: answer.daily.get(theirs, []) for theirs, ours in DAILY.items()}
        today = now.astimezone(ZoneInfo(garden.timezone)).date()
        try:
            dates = [date.fromisoformat(str(day)) for day in answer.daily.get("time", [])]
        except ValueError as error:
            raise WeatherUnavailable(f"the answer has a day that is none: {error}") from error
        if not dates:
            raise WeatherUnavailable("the answer has no days")
        return [_day(day, i, columns, forecast=day >= today) for i, day in enumerate(dates)]

    def close(self) -> None:
        self._client.close()

    def _ask(self, garden: Garden) -> _Answer:
        asked = {
            "latitude": garden.latitude, "longitude": garden.longitude,
            "elevation": garden.elevation_m, "timezone": garden.timezone,
            "wind_speed_unit": "ms", "past_days": PAST_DAYS, "forecast_days": FORECAST_DAYS,
            "daily": ",".join(DAILY),
        }  # fmt: skip
        try:
            answer = self._client.get(self._url, params=asked)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise WeatherUnavailable(
                f"{self._url} does not answer ({type(error).__name__})"
            ) from error
        if answer.status_code != 200:
            wait = answer.headers.get("Retry-After", "")
            raise WeatherUnavailable(
                f"{self._url} answers {answer.status_code}", int(wait) if wait.isdigit() else None
            )
        try:
            return _Answer.model_validate_json(answer.content)
        except ValidationError as error:
            raise WeatherUnavailable(f"{self._url} answers something else than weather") from error


def _day(day: date, i: int, columns: Mapping[str, list[Any]], *, forecast: bool) -> WeatherDay:
    said = {name: _sane(name, values[i]) for name, values in columns.items() if i < len(values)}
    wind = said.get("wind_m_s")
    if wind is not None:
        said["wind_m_s"] = wind_at_2_m(wind, 10)
    return WeatherDay(day, **said, rain_source="api", forecast=forecast)


def _sane(name: str, value: object) -> float | None:
    """Return a value that a day on Earth can have, in our units; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    number = value / 100 if name == "rain_chance" else float(value)
    low, high = SANE[name]
    return number if low <= number <= high else None
