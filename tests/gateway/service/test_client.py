"""What each answer of the service means, over real HTTP."""

import base64
import json
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_contract.settings import Secret
from surco_gateway.config import Settings
from surco_gateway.errors import Failing, Refused, TooLarge, Unreachable
from surco_gateway.service import client
from surco_gateway.service.client import ServiceClient, envelope, open_service
from surco_gateway.spool.spool import LIVE, Message, Refusal
from tests.gateway.parts import FakeService
from tests.servers import free_port


@pytest.fixture
def fake() -> Iterator[FakeService]:
    with FakeService() as fake:
        yield fake


def settings(url: str) -> Settings:
    return Settings(Secret("x"), Secret("token"), service_url=url, data=Path())


@pytest.fixture
def service(fake: FakeService) -> Iterator[ServiceClient]:
    service = open_service(settings(fake.url))
    yield service
    service.close()


def a_message(payload: bytes = b'{"v":1}', refusal: Refusal | None = None) -> Message:
    return Message(LIVE, 17, "surco/v1/n01/data", payload, 1795364100.25, True, refusal)


def test_a_receipt_is_returned(fake: FakeService, service: ServiceClient) -> None:
    assert service.deliver(service.pack([a_message()]))["stored"] == 1
    assert fake.received[0]["payload"] == '{"v":1}'


HTML = b"<html>Accept the terms to go online</html>"
ANSWERS: list[tuple[int, dict[str, str], bytes, type[Exception]]] = [
    (200, {}, HTML, Unreachable),
    (200, {}, b'{"stored": 1}', Unreachable),
    (200, {}, b"[1]", Unreachable),
    (200, {}, b"[" * 100_000, Unreachable),
    (204, {}, b"", Unreachable),
    (302, {"Location": "/login"}, b"", Unreachable),
    (400, {}, b"", Refused),
    (401, {}, b"", Unreachable),
    (403, {}, b"", Unreachable),
    (404, {}, b"", Unreachable),
    (408, {}, b"", Unreachable),
    (413, {}, b"", TooLarge),
    (418, {}, b"", Unreachable),
    (422, {}, b'{"detail": "no"}', Refused),
    (429, {"Retry-After": "7"}, b"", Unreachable),
    (500, {}, b"", Failing),
    (502, {}, HTML, Unreachable),
    (503, {"Retry-After": "86400"}, b"", Unreachable),
]


@pytest.mark.parametrize(("status", "headers", "body", "error"), ANSWERS)
def test_every_other_answer_keeps_the_message(
    fake: FakeService, service: ServiceClient, status: int, headers: dict[str, str], body: bytes,
    error: type[Exception],
) -> None:  # fmt: skip
    fake.answers.append((status, headers, body))
    with pytest.raises(error) as caught:
        service.deliver(service.pack([a_message()]))
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("given", "wait"), [("7", 7.0), ("86400", 600.0), ("soon", None), ("-1", None)]
)
def test_a_pause_that_is_asked_for_is_honoured_within_reason(
    fake: FakeService, service: ServiceClient, given: str, wait: float | None
) -> None:
    fake.answers.append((429, {"Retry-After": given}, b""))
    with pytest.raises(Unreachable) as caught:
        service.deliver(service.pack([a_message()]))
    assert caught.value.wait_s == wait


@pytest.mark.parametrize(
    "status", sorted(client.WORDS.keys() - {408})
)  # a slow link has no setting
def test_words_say_what_to_look_at(fake: FakeService, service: ServiceClient, status: int) -> None:
    fake.answers.append((status, {}, b""))
    with pytest.raises(Unreachable, match=r"check|look|pause"):
        service.deliver(service.pack([a_message()]))


def test_nobody_there_is_unreachable() -> None:
    service = open_service(settings(f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(Unreachable, match="does not answer"):
        service.deliver(service.pack([a_message()]))
    service.close()


def test_a_list_of_commands_must_be_a_list(fake: FakeService, service: ServiceClient) -> None:
    fake.commands.append({"id": 1, "kind": "cfg", "node": "n01", "body": {}})
    assert service.commands(0, 0) == fake.commands


def written(message: Message) -> dict[str, Any]:
    return json.loads(envelope("gateway-1", [message]))["messages"][0]


def test_the_nodes_words_travel_unchanged() -> None:
    payload = '{"a": "ñ\\u0000\t"}'
    assert written(a_message(payload.encode())) == {
        "id": 17, "topic": "surco/v1/n01/data", "payload": payload,
        "received_at": 1795364100.25, "clock_ok": True,
    }  # fmt: skip


def test_what_is_not_text_travels_as_base64_and_a_refusal_with_its_reason() -> None:
    found = written(a_message(b"\xff\xfe", Refusal("not-utf8", "why")))
    assert base64.b64decode(found["payload_b64"]) == b"\xff\xfe"
    assert "payload" not in found
    assert found["refused"] == {"code": "not-utf8", "detail": "why"}


TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(
    topic=TEXT, payload=st.binary() | TEXT.map(str.encode), gateway=TEXT, clock_ok=st.booleans(),
    received_at=st.floats(0, 4e9, allow_nan=False), why=st.none() | st.tuples(TEXT, TEXT),
)  # fmt: skip
def test_an_envelope_reads_back_as_what_was_put_in(
    topic: str, payload: bytes, gateway: str, clock_ok: bool, received_at: float,
    why: tuple[str, str] | None,
) -> None:  # fmt: skip
    message = Message(LIVE, 7, topic, payload, received_at, clock_ok, why and Refusal(*why))
    read = json.loads(envelope(gateway, [message, message]))
    assert read["gateway"] == gateway
    first, second = read["messages"]
    assert first == second
    text = first.get("payload")
    found = base64.b64decode(first["payload_b64"]) if text is None else text.encode()
    assert (first["id"], first["topic"], found) == (7, topic, payload)
    assert (first["received_at"], first["clock_ok"]) == (received_at, clock_ok)
    assert first.get("refused") == (why and {"code": why[0], "detail": why[1]})


CLAIM = {"node": "n-001", "hash": "$7$…", "key": "0a" * 32, "air_mv": None, "water_mv": None}
PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    ("status", "kind", "why"),
    [(200, "application/json", ""), (404, PROBLEM, "unknown-node"), (409, PROBLEM, "no-label")],
)
def test_a_claim_is_taken_or_the_service_says_why_not(
    fake: FakeService, service: ServiceClient, status: int, kind: str, why: str
) -> None:
    fake.answers.append((status, {"Content-Type": kind}, b'{"surco":1,"node":"n-001"}'))
    assert service.claim(CLAIM) == why


@pytest.mark.parametrize("status", [200, 302, 401, 403, 404, 409, 422, 429, 500, 503])
def test_any_other_answer_to_a_claim_means_later(
    fake: FakeService, service: ServiceClient, status: int
) -> None:
    """A sign-in page in between must not tell a node that it is unknown."""
    page = f"<html>{CLAIM['key']}</html>".encode()
    fake.answers.append((status, {"Content-Type": "text/html"}, page))
    with pytest.raises(Unreachable) as refusal:
        service.claim(CLAIM)
    assert str(CLAIM["key"]) not in str(refusal.value)


def test_an_error_of_the_connection_does_not_repeat_the_claim() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError(request.content.decode())

    client = httpx.Client(transport=httpx.MockTransport(fail), base_url="http://service")
    with pytest.raises(Unreachable, match="does not answer") as refusal:
        ServiceClient(client, "gateway-1").claim(CLAIM)
    assert str(CLAIM["key"]) not in "".join(traceback.format_exception(refusal.value))
