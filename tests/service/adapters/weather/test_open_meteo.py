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

from surco_service.adapters.weather.open_meteo import DAILY, MOST_BYTES, OpenMeteo, _wait_s
from surco_service.domain.water.science.evapotranspiration import reference_et
from surco_service.domain.water.science.weather import Site
from surco_service.errors import WeatherUnavailable
from tests.builders import DAWN, a_garden

ANSWERS = Path(__file__).parent / "open_meteo"
RECORDED = (ANSWERS / "queretaro.json").read_text()
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
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


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


def recorded(name: str) -> bytes:
    return (ANSWERS / name).read_bytes()


def answering(content: bytes, **more: Any) -> OpenMeteo:
    """Return a client whose server says one thing, without a socket."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=content))
    return OpenMeteo("http://weather", httpx.Client(transport=transport), **more)


def test_a_column_that_is_not_there_is_not_known(server: Server) -> None:
    server.body = recorded("missing-fields.json")
    days = ask(server.url)
    assert {(day.wind_m_s, day.rain_chance) for day in days} == {(None, None)}
    assert [day.temp_max_c for day in days] == [24.3, 22.8, 25.0, 24.1]


def test_a_null_is_not_known_and_leaves_the_rest_of_the_day(server: Server) -> None:
    server.body = recorded("nulls.json")
    first, second, _, last = ask(server.url)
    assert (first.temp_max_c, first.temp_min_c, first.rain_mm) == (None, 8.1, 0.0)
    assert (first.rain_chance, second.rain_chance, last.rain_chance) == (None, None, 0.35)
    assert last.radiation_mj_m2 is None


def test_other_units_than_we_asked_for_are_not_taken_for_ours(server: Server) -> None:
    server.body = recorded("other-units.json")
    days = ask(server.url)
    assert {(day.wind_m_s, day.rain_mm, day.rain_source) for day in days} == {(None, None, "")}
    assert days[0].temp_max_c == 24.3


def test_a_coldest_above_the_warmest_is_neither() -> None:
    answer = json.loads(RECORDED)
    answer["daily"]["temperature_2m_min"][0] = 30
    answer["daily"]["relative_humidity_2m_max"][0] = 20
    day = answering(json.dumps(answer).encode()).days(GARDEN, DAWN)[0]
    assert (day.temp_min_c, day.temp_max_c, day.rh_min, day.rh_max) == (None,) * 4
    assert day.rain_mm == 0.0


def test_days_of_another_century_are_left_out() -> None:
    answer = json.loads(RECORDED)
    answer["daily"]["time"][0], answer["daily"]["time"][3] = "1970-01-01", "9999-12-31"
    days = answering(json.dumps(answer).encode()).days(GARDEN, DAWN)
    assert [day.day for day in days] == [date(2026, 11, 22), date(2026, 11, 23)]
    answer["daily"]["time"] = ["1970-01-01"]
    with pytest.raises(WeatherUnavailable, match="no days of this week"):
        answering(json.dumps(answer).encode()).days(GARDEN, DAWN)


def test_a_number_of_four_hundred_digits_is_not_known() -> None:
    body = RECORDED.replace("24.3", "1" + "0" * 400).encode()
    assert answering(body).days(GARDEN, DAWN)[0].temp_max_c is None


@given(value=st.none() | st.booleans() | st.text() | st.floats(allow_nan=False) | st.integers())
def test_whatever_stands_in_a_column_becomes_sane_or_nothing(value: object) -> None:
    answer = json.loads(RECORDED)
    for column in DAILY:
        answer["daily"][column] = [value] * 4
    days = answering(json.dumps(answer).encode()).days(GARDEN, DAWN)
    for day in days:
        assert day.temp_max_c is None or -60 <= day.temp_max_c <= 60
        assert day.rain_mm is None or 0 <= day.rain_mm <= 500
        assert day.rain_chance is None or 0 <= day.rain_chance <= 1
        assert reference_et(day, Site()).mm >= 0


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (500, b"", "answers 500$"),
        (502, recorded("server-error.html"), "answers 502$"),
        (400, recorded("bad-request.json"), "answers 400: Latitude must be in range"),
        (404, b"<html>", "answers 404"),
        (200, recorded("captive-portal.html"), "something else than weather"),
        (200, recorded("cut-short.json"), "something else than weather"),
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


@pytest.mark.parametrize(
    ("said", "wait_s"),
    [
        ("120", 120),
        ("Mon, 23 Nov 2026 13:05:00 GMT", 300),  # DAWN and five minutes
        ("Mon, 23 Nov 2026 12:00:00 GMT", 0),
        ("9" * 400, 999_999_999),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("\u00b2", None),  # a digit, but no number
    ],
)
def test_too_many_questions_are_asked_again_when_it_says_so(
    server: Server, said: str, wait_s: int | None
) -> None:
    server.status, server.headers = 429, {"Retry-After": said}
    server.body = recorded("too-many.json")
    with pytest.raises(WeatherUnavailable, match="429: Minutely API request limit") as caught:
        ask(server.url)
    assert caught.value.wait_s == wait_s


@given(said=st.text())
def test_no_retry_after_breaks_the_asking(said: str) -> None:
    wait_s = _wait_s(said, DAWN)
    assert wait_s is None or wait_s >= 0


def test_a_reason_cannot_write_a_line_of_the_log() -> None:
    refusal = json.dumps(
        {"error": True, "reason": "no\nERROR admin=1\u2028\x1b[2J" + "x" * 999}
    ).encode()
    transport = httpx.MockTransport(lambda _: httpx.Response(400, content=refusal))
    with pytest.raises(WeatherUnavailable) as caught:
        OpenMeteo("http://weather", httpx.Client(transport=transport)).days(GARDEN, DAWN)
    assert str(caught.value).startswith("http://weather answers 400: no ERROR admin=1 [2Jxxx")
    assert len(str(caught.value)) < 250
    assert str(caught.value).isprintable()


def test_an_endless_answer_is_given_up() -> None:
    with pytest.raises(WeatherUnavailable, match="more than"):
        answering(b" " * (MOST_BYTES + 1)).days(GARDEN, DAWN)


def test_an_answer_that_comes_drop_by_drop_is_given_up() -> None:
    hours = iter(range(0, 36_000, 3600))
    with pytest.raises(WeatherUnavailable, match="too slowly"):
        answering(RECORDED.encode(), monotonic=lambda: next(hours)).days(GARDEN, DAWN)


def test_a_slow_or_absent_server_is_given_up(server: Server) -> None:
    server.wait_s = 2.0
    with pytest.raises(WeatherUnavailable, match="ReadTimeout"):
        ask(server.url, timeout_s=0.2)
    with pytest.raises(WeatherUnavailable, match="ConnectError"):
        ask("http://127.0.0.1:9/v1/forecast")
    with pytest.raises(WeatherUnavailable):
        ask("no url at all")
