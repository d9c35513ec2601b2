"""The administrator's sessions can be seen and ended (issue 18, hostile 6)."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from surco_service.app import Parts, create_app
from surco_service.usecases.people import sessions
from surco_service.usecases.people.sessions import DEVICES, device_of
from surco_service.web.people.words import DEVICES as DEVICES_SAID

ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 7) Chrome/120.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604.1"


@pytest.fixture
def come_in(parts: Parts) -> Iterator:
    """Return what lets a browser in."""
    opened: list[TestClient] = []

    def browser(agent: str) -> TestClient:
        client = TestClient(
            create_app(parts), base_url="http://surco", raise_server_exceptions=False,
            headers={"Accept": "text/html", "Accept-Language": "es-MX", "User-Agent": agent},
        )  # fmt: skip
        opened.append(client)
        assert client.get(f"/entrar/{sessions.new_link(parts.stores, parts.clock())}").is_success
        return client

    yield browser
    for client in opened:
        client.close()


def test_a_lost_phone_is_put_out_at_once(parts: Parts, come_in) -> None:
    mine, lost = come_in(ANDROID), come_in(IPHONE)
    text = mine.get("/sesiones").text
    assert "Teléfono o tableta Android · <strong>este</strong>" in text
    assert "iPhone" in text
    phone = next(s for s in parts.stores.sessions.sessions(parts.clock()) if s.device == "iphone")
    assert mine.post(f"/sesiones/{phone.token_hash}/terminar").is_success
    assert lost.get("/cuarentena").status_code == 401
    assert mine.get("/cuarentena").status_code == 200
    assert "iPhone" not in mine.get("/sesiones").text


def test_all_others_are_put_out_and_one_can_leave(parts: Parts, come_in) -> None:
    mine, *others = come_in(ANDROID), come_in(IPHONE), come_in("")
    assert mine.post("/sesiones/terminar").is_success
    assert [other.get("/sesiones").status_code for other in others] == [401, 401]
    assert len(parts.stores.sessions.sessions(parts.clock())) == 1
    assert mine.post("/salir").is_success
    assert parts.stores.sessions.sessions(parts.clock()) == []
    assert "surco_session" not in mine.cookies
    assert mine.get("/sesiones").status_code == 401


def test_the_cookie_travels_only_by_https_when_people_come_by_https(parts: Parts) -> None:
    for public_url, secure in (
        (None, False),
        ("http://huerto.local", False),
        ("https://huerto.mx", True),
    ):
        there = replace(parts, settings=replace(parts.settings, public_url=public_url))
        token = sessions.new_link(parts.stores, parts.clock())
        with closing(TestClient(create_app(there), base_url="http://surco")) as client:
            answer = client.get(f"/entrar/{token}", follow_redirects=False)
        assert ("secure" in answer.headers["set-cookie"].lower()) is secure, public_url
        assert "httponly" in answer.headers["set-cookie"].lower()


def test_a_first_link_is_made_once(parts: Parts) -> None:
    now = parts.clock()
    for one in parts.stores.sessions.sessions(now):
        parts.stores.sessions.end_session(one.token_hash)
    token = sessions.first_link(parts.stores, now)
    assert token is not None
    assert sessions.first_link(parts.stores, now) is None, "somebody has a link"
    assert sessions.enter(parts.stores, token, now)
    assert sessions.first_link(parts.stores, now) is None, "somebody is in"
    assert sessions.first_link(parts.stores, now + sessions.SESSION_LIVES) is not None


def test_a_session_is_seen_to_the_hour(parts: Parts) -> None:
    now = parts.clock()
    for one in parts.stores.sessions.sessions(now):
        parts.stores.sessions.end_session(one.token_hash)
    parts.stores.sessions.open_session("h", now + timedelta(days=9), now)
    for minutes, seen in ((59, 0), (61, 61), (90, 61), (130, 130)):
        assert parts.stores.sessions.session_valid("h", now + timedelta(minutes=minutes))
        (session,) = parts.stores.sessions.sessions(now)
        assert session.seen == now + timedelta(minutes=seen)
    assert not parts.stores.sessions.session_valid("h", now + timedelta(days=9))


@pytest.mark.parametrize(
    ("agent", "device"), [(ANDROID, "android"), (IPHONE, "iphone"), ("curl/8", "")]
)
def test_a_device_is_known_by_what_its_browser_says(agent: str, device: str) -> None:
    assert device_of(agent) == device
    assert DEVICES_SAID.keys() == {"", *(known for _, known in DEVICES)}
    assert device in {"", *(known for _, known in DEVICES)}
