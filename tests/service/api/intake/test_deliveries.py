"""The door of deliveries: who may use it, what it answers, and that nothing breaks it."""

import base64
import json

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surco_service.api.intake.deliveries import EXAMPLE
from surco_service.ports.intake import Reading
from tests.service.deliveries import B, Inlet, T, a_payload

DOOR = "/api/v1/deliveries"


def a_delivery(*payloads: bytes, gateway: str = "gateway-1", **more: object) -> dict[str, object]:
    messages = [
        {"id": n, "topic": "surco/v1/n-1/data", "payload": payload.decode(), "received_at": T + 0.25,
         "clock_ok": True, **more}
        for n, payload in enumerate(payloads or (a_payload(),), 1)
    ]  # fmt: skip
    return {"gateway": gateway, "messages": messages}


def test_a_delivery_is_answered_when_it_is_stored(gateway: TestClient, inlet: Inlet) -> None:
    answer = gateway.post(DOOR, json=a_delivery(a_payload(), b"{", a_payload(t0=T + 900, q=2)))
    assert answer.status_code == 200
    assert answer.headers["surco-api"] == "1"
    detail = "the payload must be one JSON value (RFC 8259: no NaN, no Infinity, no trailing comma)"
    assert answer.json() == {
        "surco": 1, "stored": 1, "duplicate": 0, "waiting": 1,
        "quarantined": [{"message": 2, "row": None, "code": "not-json", "detail": detail}],
    }  # fmt: skip
    assert inlet.stored() == [Reading("n-1", B, 1, T, 2, {"r1": 1805.0, "bv": 3912.0})]


def test_the_example_of_the_documentation_is_taken(gateway: TestClient) -> None:
    assert gateway.post(DOOR, json=EXAMPLE).json()["stored"] == 2


def test_a_payload_that_is_no_text_travels_as_base64(gateway: TestClient, inlet: Inlet) -> None:
    delivery = a_delivery()
    message = delivery["messages"][0]  # type: ignore[index]
    del message["payload"]
    message["payload_b64"] = base64.b64encode(b"\xff\0").decode()
    assert gateway.post(DOOR, json=delivery).json()["quarantined"][0]["code"] == "not-utf8"
    assert inlet.stores.ledger.quarantine()[0].payload == b"\xff\0"


def test_the_gateways_own_quarantine_travels_the_same_way(
    gateway: TestClient, inlet: Inlet
) -> None:
    refused = {"code": "no-rows", "detail": "d: a message has at least one row"}
    gateway.post(DOOR, json=a_delivery(refused=refused))
    assert inlet.reasons() == ["no-rows"]


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", "Basic dG9rZW4=", "Bearer ñ"]
)
def test_without_its_token_nobody_delivers(
    anybody: TestClient, inlet: Inlet, header: str | None
) -> None:
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    answer = anybody.post(DOOR, json=a_delivery(), headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert inlet.stored() == []


def test_a_gateway_delivers_in_its_own_name_only(gateway: TestClient, inlet: Inlet) -> None:
    assert gateway.post(DOOR, json=a_delivery(gateway="gateway-2")).status_code == 403
    assert inlet.stored() == []


def without(key: str) -> dict[str, object]:
    delivery = a_delivery()
    del delivery["messages"][0][key]  # type: ignore[attr-defined]
    return delivery


@pytest.mark.parametrize(
    ("delivery", "field"),
    [
        ([], ""),
        ({}, "gateway"),
        ({"gateway": "gateway-1"}, "messages"),
        ({"gateway": "gateway-1", "messages": {}}, "messages"),
        (a_delivery(gateway=7), "gateway"),  # type: ignore[arg-type]
        (without("id"), "messages.0.id"),
        (without("topic"), "messages.0.topic"),
        (without("payload"), "messages.payload"),
        (without("clock_ok"), "messages.0.clock_ok"),
        (a_delivery(payload_b64="aGk="), "messages.payload"),
        ({**a_delivery(), "messages": [without("payload")["messages"][0] | {"payload_b64": "?"}]},  # type: ignore[index]
         "messages.payload_b64"),
        (a_delivery(id="1"), "messages.0.id"),
        (a_delivery(id=True), "messages.0.id"),
        (a_delivery(received_at="now"), "messages.0.received_at"),
        (a_delivery(received_at=-1), "messages.0.received_at"),
        (a_delivery(received_at=1e300), "messages.0.received_at"),
        (a_delivery(clock_ok=1), "messages.0.clock_ok"),
        (a_delivery(refused={"code": "x"}), "messages.0.refused.detail"),
        (a_delivery(*[b"{}"] * 2001), "messages"),
    ],
)  # fmt: skip
def test_an_envelope_that_cannot_be_read_is_refused_whole_and_says_where(
    gateway: TestClient, inlet: Inlet, delivery: object, field: str
) -> None:
    answer = gateway.post(DOOR, json=delivery)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == field
    assert inlet.reasons() == []


def test_extra_keys_are_ignored(gateway: TestClient) -> None:
    assert gateway.post(DOOR, json=a_delivery(retain=False) | {"more": 1}).json()["stored"] == 1


@pytest.mark.parametrize("announced", [True, False])
def test_a_delivery_that_is_too_large_is_told_so(gateway: TestClient, announced: bool) -> None:
    body = json.dumps(a_delivery(b"x" * 4_300_000)).encode()
    content = body if announced else iter([body[:3_000_000], body[3_000_000:]])
    answer = gateway.post(DOOR, content=content)
    assert answer.status_code == 413
    assert answer.json()["title"] == "This is too large"


def test_a_store_that_does_not_answer_makes_the_gateway_try_later(
    gateway: TestClient, inlet: Inlet
) -> None:
    inlet.stores.readings._writer.execute("PRAGMA max_page_count = 1")
    rows = [a_payload(*([n, 1805, 3912] for n in range(24)), q=24 * k) for k in range(200)]
    answer = gateway.post(DOOR, json=a_delivery(*rows))
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    inlet.stores.readings._writer.execute("PRAGMA max_page_count = 100000")
    assert gateway.post(DOOR, json=a_delivery(*rows)).json()["stored"] == 4800


def test_a_gateway_that_delivers_was_seen(gateway: TestClient, inlet: Inlet) -> None:
    gateway.post(DOOR, json=a_delivery())
    assert inlet.stores.gateways.all() == {"gateway-1": inlet.now}


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_messages = st.fixed_dictionaries(
    {},
    optional={
        "id": _json, "topic": _json | st.just("surco/v1/n-1/data"), "payload": _json,
        "payload_b64": _json, "received_at": _json | st.just(T), "clock_ok": _json, "refused": _json,
    },
)  # fmt: skip
_bodies = st.one_of(
    st.binary(max_size=200),
    _json.map(json.dumps).map(str.encode),
    st.lists(_messages, max_size=3)
    .map(lambda messages: json.dumps({"gateway": "gateway-1", "messages": messages}))
    .map(str.encode),
)


@settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_bodies)
def test_no_body_breaks_the_door(gateway: TestClient, body: bytes) -> None:
    answer = gateway.post(DOOR, content=body)
    assert answer.status_code in (200, 403, 422), answer.text


@settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_json, st.sampled_from(["data", "status", "log", "hello", "senml"]))
def test_no_message_breaks_a_delivery(gateway: TestClient, content: object, kind: str) -> None:
    message = {"id": 1, "topic": f"surco/v1/n-1/{kind}", "payload": json.dumps(content),
               "received_at": T, "clock_ok": True}  # fmt: skip
    answer = gateway.post(DOOR, json={"gateway": "gateway-1", "messages": [message]})
    assert answer.status_code == 200, answer.text
