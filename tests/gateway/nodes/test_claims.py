"""A claim is handed to the service and kept nowhere: not in the spool, the quarantine or a log."""

import json
import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_contract.credentials import broker_accepts
from surco_contract.reasons import Malformed
from surco_gateway.errors import Unreachable
from surco_gateway.nodes import claims
from surco_gateway.nodes.claims import MOST_WAITING, Claims, hashed, read_claim
from surco_gateway.nodes.intake import examine
from surco_gateway.spool.spool import Spool, open_spool
from tests.gateway.nodes.test_intake import IntakeBench
from tests.servers import wait_until

PASSWORD, KEY = "Zm9vYmFyYmF6cXV4MTIz", "0a" * 32
GOOD = {"password": PASSWORD, "key": KEY, "air": 2310, "water": None}
TOPIC = "surco/v1/n-001/claim"


def a_claim(**changes: Any) -> bytes:
    return json.dumps(GOOD | changes).encode()


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with open_spool(tmp_path, keep_bytes=1_000_000_000, keep_days=30) as spool:
        yield spool


class FakeService:
    """The service: answers what it is told to, after `open` is set."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)
        self.heard: list[dict[str, Any]] = []
        self.open = threading.Event()
        self.open.set()

    def claim(self, body: dict[str, Any]) -> str:
        assert self.open.wait(30)
        self.heard.append(body)
        answer = self.answers.pop(0) if self.answers else ""
        if isinstance(answer, Exception):
            raise answer
        return answer


class RunningClaims:
    """Claims with a thread of their own, and what they told the nodes."""

    def __init__(self, service: FakeService) -> None:
        self.published: list[tuple[str, Any]] = []
        self.claims = Claims(service, self._publish)
        self._thread = threading.Thread(target=self.claims.run)
        self._thread.start()

    def _publish(self, topic: str, payload: bytes, qos: int) -> None:
        assert qos == 1
        self.published.append((topic, json.loads(payload)))

    def hears(self, count: int) -> list[tuple[str, Any]]:
        wait_until(lambda: len(self.published) >= count, f"{count} answers")
        return self.published

    def stop(self) -> None:
        self.claims.stop()
        self._thread.join(30)
        assert not self._thread.is_alive()


def test_the_service_gets_the_hash_and_never_the_password() -> None:
    service = FakeService()
    bench = RunningClaims(service)
    bench.claims.enqueue("n-001", a_claim())
    assert bench.hears(1) == [("surco/v1/n-001/claimed", {"ok": True})]
    bench.stop()
    (body,) = service.heard
    assert PASSWORD not in str(body)
    assert broker_accepts(body.pop("hash"), PASSWORD.encode())
    assert body == {"node": "n-001", "key": KEY, "air_mv": 2310.0, "water_mv": None}


def test_the_same_claim_makes_the_same_hash_and_another_key_another() -> None:
    claim = read_claim(a_claim())
    assert hashed(claim) == hashed(read_claim(a_claim()))
    assert hashed(claim) != hashed(read_claim(a_claim(key="0b" * 32)))


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("unknown-node", "unknown-node"),
        ("no-label", "no-label"),
        (Unreachable("the service does not answer"), "later"),
        (RuntimeError(f"a bug that repeats {PASSWORD}"), "later"),
    ],
)
def test_a_node_is_told_why_not_and_no_log_tells_the_claim(
    answer: str | Exception, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bench = RunningClaims(FakeService(answer))
    bench.claims.enqueue("n-001", a_claim())
    assert bench.hears(1) == [("surco/v1/n-001/claimed", {"ok": False, "why": why})]
    bench.stop()
    assert PASSWORD not in caplog.text
    assert KEY not in caplog.text


def test_the_queue_is_bounded_and_one_node_takes_one_place() -> None:
    service = FakeService()
    service.open.clear()
    bench = RunningClaims(service)
    bench.claims.enqueue("n-000", a_claim())
    wait_until(lambda: not bench.claims.queue, "the first is with the service")
    for _ in range(50):
        bench.claims.enqueue("n-001", a_claim())
    for number in range(2, MOST_WAITING + 1):
        bench.claims.enqueue(f"n-{number:03}", a_claim())
    assert bench.published == []
    bench.claims.enqueue("n-999", a_claim())
    assert bench.published == [("surco/v1/n-999/claimed", {"ok": False, "why": "later"})]
    service.open.set()
    bench.hears(MOST_WAITING + 2)
    bench.stop()
    assert len(service.heard) == MOST_WAITING + 1


@pytest.mark.parametrize(
    "payload",
    [
        a_claim(password="short"), a_claim(password=5), a_claim(password="has a space in it"),
        a_claim(key=KEY.upper()), a_claim(key=None), a_claim(air=True), a_claim(water=-1),
        a_claim(air=5001), b"{}", b"[]", b"\xff", a_claim(more="x" * 400), b"", a_claim()[:-1],
        a_claim()[:-1] + b',"key":"' + KEY.encode() + b'"}',
    ],
)  # fmt: skip
def test_a_claim_that_cannot_be_read_is_an_error_that_does_not_repeat_it(
    spool: Spool, tmp_path: Path, payload: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    bench = IntakeBench(spool)
    bench.take(("n-001/claim", payload))
    assert bench.publisher.acknowledged == [1]
    ((topic, words),) = bench.publisher.published
    assert (topic, set(words)) == ("n-001/error", {"code", "detail"})
    told = json.dumps(words) + caplog.text
    assert PASSWORD not in told
    assert KEY not in told
    assert bench.kept() == []


def test_a_claim_is_handed_on_and_leaves_no_trace(spool: Spool, tmp_path: Path) -> None:
    bench = IntakeBench(spool)
    handed: list[tuple[str, bytes]] = []
    bench.intake._handlers["claim"] = lambda node, payload: handed.append((node, payload))
    bench.take(
        ("n-001/claim", a_claim()),
        ("BAD/claim", a_claim()),  # no broker of ours lets this through
        ("n-001/deep/claim", a_claim()),
        ("n-001/status", b'{"s":"awake"}'),
    )
    assert handed == [("n-001", a_claim())]
    assert bench.publisher.acknowledged == [1, 2, 3, 4]
    assert [topic for topic, _ in bench.kept()] == ["n-001/status"]
    with closing(sqlite3.connect(tmp_path / "spool.db")) as database:
        dump = "\n".join(database.iterdump())
    assert PASSWORD not in dump
    files = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert PASSWORD.encode() not in files
    assert KEY.encode() not in files


def test_a_fault_of_ours_does_not_tell_the_claim(monkeypatch, caplog) -> None:
    monkeypatch.setattr(claims, "read_claim", lambda payload: 1 / payload)
    assert PASSWORD not in str(examine(TOPIC, a_claim()).refusal)
    assert PASSWORD not in caplog.text


@given(st.binary(max_size=500))
def test_any_bytes_are_read_or_malformed(payload: bytes) -> None:
    try:
        read_claim(payload)
    except Malformed as fault:
        assert fault.code
