"""The gateway says what is wrong, in words, on loopback only."""

import socket
import threading

import httpx
import pytest

from surco_gateway import health
from surco_gateway.health import Alarms, HealthServer


def test_an_alarm_stands_until_it_ends() -> None:
    alarms = Alarms()
    alarms.raised("spool", "full")
    alarms.raised("spool", "still full")
    assert alarms.words() == ["still full"]
    assert alarms.has("spool")
    alarms.ended("spool")
    alarms.ended("spool")
    assert alarms.words() == []


def test_an_alarm_says_for_how_long_it_stands_whatever_its_words() -> None:
    now_s = 100.0
    alarms = Alarms(monotonic=lambda: now_s)
    alarms.raised("spool", "full", free_mb=3)
    now_s = 160.4
    alarms.raised("spool", "still full", free_mb=0)
    assert alarms.told() == [
        {"code": "spool", "for_s": 60, "words": "still full", "facts": {"free_mb": 0}}
    ]
    alarms.ended("spool")
    alarms.raised("spool", "full again")
    assert [alarm["for_s"] for alarm in alarms.told()] == [0]


def test_whoever_waits_hears_that_an_alarm_began_or_ended_and_not_that_it_stands() -> None:
    alarms = Alarms()
    for act, heard in (
        (lambda: alarms.raised("spool", "full"), True),
        (lambda: alarms.raised("spool", "fuller"), False),
        (lambda: alarms.ended("spool"), True),
        (lambda: alarms.ended("spool"), False),
    ):
        alarms.changed.clear()
        act()
        assert alarms.changed.is_set() is heard


@pytest.mark.parametrize(("path", "status"), [("/health", 200), ("/health?x", 200), ("/", 404)])
def test_health_is_json(path: str, status: int) -> None:
    with HealthServer("127.0.0.1", 0, lambda: {"state": "ok"}) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        answer = httpx.get(f"http://127.0.0.1:{server.server_port}{path}", trust_env=False)
        server.shutdown()
    assert answer.status_code == status
    if status == 200:
        assert answer.json() == {"state": "ok"}


def test_who_asks_and_says_nothing_does_not_keep_the_others_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert health._Handler.timeout == 2.0
    monkeypatch.setattr(health._Handler, "timeout", 0.1)
    with HealthServer("127.0.0.1", 0, lambda: {"state": "ok"}) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        with socket.create_connection(("127.0.0.1", server.server_port)):
            url = f"http://127.0.0.1:{server.server_port}/health"
            assert httpx.get(url, trust_env=False, timeout=30).json() == {"state": "ok"}
        server.shutdown()
