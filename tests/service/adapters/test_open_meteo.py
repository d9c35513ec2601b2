import json
import threading
import time
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_service.adapters.open_meteo import DAILY, OpenMeteo
from surco_service.domain.evapotranspiration import reference_et
from surco_service.domain.weather import Site
from surco_service.errors import WeatherUnavailable
from tests.builders import DAWN, a_garden

RECORDED = (Path(__file__).parent / "open_meteo" / "queretaro.json").read_text()
GARDEN = a_garden(latitude=20.59, longitude=-100.39)


class Server:
    """A server that answers what it is told, once told."""

    def __init__(self) -> None:
        self.status, self.body, self.headers, self.wait_s = 200, RECORDED.encode(), {}, 0.0
        self.asked: list[dict[str, list[str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(parse_qs(urlsplit(self.path).query))
                time.sleep(outer.wait_s)
                self.send_response(outer.status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1/forecast"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.server.shutdown()
    found.server.server_close()


def ask(url: str, timeout_s: float = 5.0) -> list[Any]:
    with httpx.Client(timeout=timeout_s) as client:
        return OpenMeteo(url, client).days(GARDEN, DAWN)


def test_past_days_are_weather_and_coming_ones_a_forecast(server: Server) -> None:
    days = ask(server.url)
    assert [(day.day, day.forecast) for day in days] == [
        (date(2026, 11, 21), False), (date(2026, 11, 22), False),
        (date(2026, 11, 23), True), (date(2026, 11, 24), True),
    ]  # fmt: skip
    rainy = days[1]
    assert (rainy.rain_mm, rainy.rain_chance, rainy.rain_source) == (6.2, 0.78, "api")
    assert rainy.wind_m_s == pytest.approx(3.1 * 0.748, abs=0.01), "at 2 m, FAO-56 Eq. 47"
    et0 = reference_et(days[0], Site())
    assert et0.method == "penman"
    assert 2.5 < et0.mm < 5


def test_it_asks_for_the_place_in_its_own_time_and_our_units(server: Server) -> None:
    ask(server.url)
    (asked,) = server.asked
    assert asked["latitude"] == ["20.59"]
    assert asked["timezone"] == ["America/Mexico_City"]
    assert asked["wind_speed_unit"] == ["ms"]
    assert asked["daily"] == [",".join(DAILY)]


def without(*columns: str) -> bytes:
    answer = json.loads(RECORDED)
    for column in columns:
        del answer["daily"][column]
    return json.dumps(answer).encode()


def test_a_column_that_is_not_there_is_not_known(server: Server) -> None:
    server.body = without("wind_speed_10m_mean", "precipitation_probability_max")
    assert {(day.wind_m_s, day.rain_chance) for day in ask(server.url)} == {(None, None)}


@given(value=st.none() | st.booleans() | st.text() | st.floats(allow_nan=False) | st.integers())
def test_whatever_stands_in_a_column_becomes_sane_or_nothing(value: object) -> None:
    answer = json.loads(RECORDED)
    for column in DAILY:
        answer["daily"][column] = [value] * 4
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=json.dumps(answer)))
    days = OpenMeteo("http://weather", httpx.Client(transport=transport)).days(GARDEN, DAWN)
    for day in days:
        assert day.temp_max_c is None or -60 <= day.temp_max_c <= 60
        assert day.rain_mm is None or 0 <= day.rain_mm <= 500
        assert day.rain_chance is None or 0 <= day.rain_chance <= 1
        assert reference_et(day, Site()).mm >= 0


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (500, b"", "answers 500"),
        (404, b"<html>", "answers 404"),
        (200, b"<html>captive portal</html>", "something else than weather"),
        (200, RECORDED.encode()[:200], "something else than weather"),
        (200, b"{}", "something else than weather"),
        (200, b'{"daily":{}}', "no days"),
        (200, b'{"daily":{"time":["yesterday"]}}', "a day that is none"),
    ],
)
def test_what_is_no_weather_is_said_in_words(
    server: Server, status: int, body: bytes, said: str
) -> None:
    server.status, server.body = status, body
    with pytest.raises(WeatherUnavailable, match=said):
        ask(server.url)


def test_too_many_questions_are_asked_again_when_it_says_so(server: Server) -> None:
    server.status, server.headers = 429, {"Retry-After": "120"}
    with pytest.raises(WeatherUnavailable) as caught:
        ask(server.url)
    assert caught.value.wait_s == 120


def test_a_slow_or_absent_server_is_given_up(server: Server) -> None:
    server.wait_s = 2.0
    with pytest.raises(WeatherUnavailable, match="ReadTimeout"):
        ask(server.url, timeout_s=0.2)
    with pytest.raises(WeatherUnavailable, match="ConnectError"):
        ask("http://127.0.0.1:9/v1/forecast")
    with pytest.raises(WeatherUnavailable):
        ask("no url at all")
