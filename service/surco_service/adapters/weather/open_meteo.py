"""Weather of a place from Open-Meteo (or a server of one's own that speaks the same).

Free for non-commercial use, no key; data CC BY 4.0, so the page that shows it names the source. One
request asks for a week behind and some days ahead. Whoever asks decides when to ask again. What
cannot be, or is said in other units than we asked for, counts as not known.
"""

import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from pydantic import BaseModel, ValidationError

from surco_service.domain.stewardship.garden import Garden
from surco_service.domain.water.science.atmosphere import wind_at_2_m
from surco_service.domain.water.science.evapotranspiration import LIMITS
from surco_service.domain.water.science.weather import WeatherDay
from surco_service.errors import WeatherUnavailable

PAST_DAYS, FORECAST_DAYS = 7, 4
TIMEOUT_S = 15.0  # of each step
WHOLE_S = 30.0  # of an answer that comes drop by drop
MOST_BYTES = 256 * 1024  # an answer has about 2 KiB
CONNECTS = 2  # tries to reach the server, by httpx
MOST_RAIN_MM = 500.0
REASON = 200  # characters of what a server says
DAILY: dict[str, tuple[str, str]] = {  # their name → ours, and the unit we asked for
    "temperature_2m_min": ("temp_min_c", "°C"),
    "temperature_2m_max": ("temp_max_c", "°C"),
    "relative_humidity_2m_min": ("rh_min", "%"),
    "relative_humidity_2m_max": ("rh_max", "%"),
    "wind_speed_10m_mean": ("wind_m_s", "m/s"),
    "shortwave_radiation_sum": ("radiation_mj_m2", "MJ/m²"),
    "precipitation_sum": ("rain_mm", "mm"),
    "precipitation_probability_max": ("rain_chance", "%"),
}
SANE: dict[str, tuple[float, float]] = {
    "temp_min_c": LIMITS["temp_c"], "temp_max_c": LIMITS["temp_c"], "rh_min": LIMITS["rh"],
    "rh_max": LIMITS["rh"], "wind_m_s": LIMITS["wind_m_s"], "radiation_mj_m2": LIMITS["radiation"],
    "rain_mm": (0.0, MOST_RAIN_MM), "rain_chance": (0.0, 1.0),
}  # fmt: skip
ORDERED = (("temp_min_c", "temp_max_c"), ("rh_min", "rh_max"))  # neither is known when they are not


class _Answer(BaseModel):
    """What we read of an answer; a missing column is a list that is not there."""

    daily: dict[str, list[Any]]
    daily_units: dict[str, str] = {}


class _Refusal(BaseModel):
    reason: str


class OpenMeteo:
    """Asks one server. Raises `WeatherUnavailable` in words; nothing else."""

    def __init__(
        self,
        url: str,
        client: httpx.Client | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        transport = httpx.HTTPTransport(retries=CONNECTS)
        self._url, self._monotonic = url, monotonic
        self._client = client or httpx.Client(timeout=TIMEOUT_S, transport=transport)

    def days(self, garden: Garden, now: datetime) -> list[WeatherDay]:
        """Return the last days of a garden with coordinates, and the next ones as forecast."""
        answer = self._ask(garden, now)
        columns = {
            ours: answer.daily.get(theirs, [])
            for theirs, (ours, unit) in DAILY.items()
            if answer.daily_units.get(theirs, unit) == unit
        }
        today = now.astimezone(ZoneInfo(garden.timezone)).date()
        first, last = today - timedelta(days=PAST_DAYS + 1), today + timedelta(days=FORECAST_DAYS)
        try:
            dates = [date.fromisoformat(str(day)) for day in answer.daily.get("time", [])]
        except ValueError as error:
            raise WeatherUnavailable(f"the answer has a day that is none: {error}") from error
        days = [
            _day(day, i, columns, forecast=day >= today)
            for i, day in enumerate(dates)
            if first <= day <= last
        ]
        if not days:
            raise WeatherUnavailable("the answer has no days of this week")
        return days

    def close(self) -> None:
        self._client.close()

    def _ask(self, garden: Garden, now: datetime) -> _Answer:
        asked: dict[str, str | float | None] = {
            "latitude": garden.latitude, "longitude": garden.longitude,
            "elevation": garden.elevation_m, "timezone": garden.timezone,
            "wind_speed_unit": "ms", "past_days": PAST_DAYS, "forecast_days": FORECAST_DAYS,
            "daily": ",".join(DAILY),
        }  # fmt: skip
        try:
            with self._client.stream("GET", self._url, params=asked) as answer:
                body = self._read(answer)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise WeatherUnavailable(
                f"{self._url} does not answer ({type(error).__name__})"
            ) from error
        if answer.status_code != 200:
            wait_s = _wait_s(answer.headers.get("Retry-After", ""), now)
            raise WeatherUnavailable(
                f"{self._url} answers {answer.status_code}{_reason(body)}", wait_s
            )
        try:
            return _Answer.model_validate_json(body)
        except ValidationError as error:
            raise WeatherUnavailable(f"{self._url} answers something else than weather") from error

    def _read(self, answer: httpx.Response) -> bytes:
        """Return the body; it may neither be endless nor take for ever."""
        body, end = bytearray(), self._monotonic() + WHOLE_S
        for piece in answer.iter_bytes():
            body += piece
            if len(body) > MOST_BYTES:
                raise WeatherUnavailable(f"{self._url} answers more than {MOST_BYTES} bytes")
            if self._monotonic() > end:
                raise WeatherUnavailable(f"{self._url} answers too slowly")
        return bytes(body)


def _reason(body: bytes) -> str:
    """Return why a server says that it has no answer, in one line."""
    try:
        said = _Refusal.model_validate_json(body).reason
    except ValidationError:
        return ""
    words = " ".join("".join(c if c.isprintable() else " " for c in said).split())
    return f": {words[:REASON]}" if words else ""


def _wait_s(text: str, now: datetime) -> int | None:
    """Return the seconds of a Retry-After, which may be a date; None when it says nothing."""
    if text.isascii() and text.isdigit():
        return int(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return max(0, math.ceil((until - now).total_seconds()))


def _day(day: date, i: int, columns: Mapping[str, list[Any]], *, forecast: bool) -> WeatherDay:
    said = {name: _sane(name, values[i]) for name, values in columns.items() if i < len(values)}
    for low_name, high_name in ORDERED:
        low, high = said.get(low_name), said.get(high_name)
        if low is not None and high is not None and low > high:
            said[low_name] = said[high_name] = None
    wind = said.get("wind_m_s")
    if wind is not None:
        said["wind_m_s"] = wind_at_2_m(wind, 10)
    source = "" if said.get("rain_mm") is None else "api"
    return WeatherDay(day, **said, rain_source=source, forecast=forecast)


def _sane(name: str, value: object) -> float | None:
    """Return a value that a day on Earth can have, in our units; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    low, high = SANE[name]
    scale = 100 if name == "rain_chance" else 1
    return value / scale if low * scale <= value <= high * scale else None
