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
