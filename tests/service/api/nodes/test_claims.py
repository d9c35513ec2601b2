"""A gateway hands on what a node claimed; the service keeps it, or says why not."""

import pytest
from fastapi.testclient import TestClient

from surco_contract.credentials import broker_hash
from surco_service.domain.nodes.node import Node
from tests.service.deliveries import Inlet

DOOR = "/api/v1/gateways/gateway-1/claims"
KEY = "0a" * 32
CLAIM = {"node": "n-001", "hash": broker_hash("x"), "key": KEY, "air_mv": 2310.5, "water_mv": 930}


def test_an_open_label_is_claimed_once_and_the_lost_answer_given_again(
    gateway: TestClient, inlet: Inlet
) -> None:
    inlet.stores.keys.label("n-001", "hash of the code", inlet.now)
    for _ in range(2):
        answer = gateway.post(DOOR, json=CLAIM)
        assert (answer.status_code, answer.json()) == (200, {"surco": 1, "node": "n-001"})
    standing = inlet.stores.keys.enrolment("n-001")
    assert standing is not None
    assert (standing.key, standing.labelled, standing.claimed) == (KEY, None, inlet.now)
    assert (standing.air_mv, standing.water_mv) == (2310.5, 930.0)
    orders = gateway.get("/api/v1/gateways/gateway-1/commands").json()["commands"]
    assert [order["body"] for order in orders] == [{"user": "n-001", "hash": CLAIM["hash"]}]
    assert gateway.post(DOOR, json=CLAIM | {"key": "0b" * 32}).status_code == 409


def test_a_probe_that_was_not_measured_is_null(gateway: TestClient, inlet: Inlet) -> None:
    inlet.stores.keys.label("n-001", "hash of the code", inlet.now)
    answer = gateway.post(DOOR, json=CLAIM | {"air_mv": None, "water_mv": None})
    assert answer.status_code == 200


def test_a_node_that_nobody_labelled_is_not_claimed(gateway: TestClient, inlet: Inlet) -> None:
    assert gateway.post(DOOR, json=CLAIM).status_code == 404
    inlet.stores.registry.save_node(Node("n-001"))
    assert gateway.post(DOOR, json=CLAIM).status_code == 409


def test_only_the_gateway_itself_may_claim(gateway: TestClient, anybody: TestClient) -> None:
    assert gateway.post("/api/v1/gateways/gateway-2/claims", json=CLAIM).status_code == 403
    del anybody.headers["Authorization"]
    assert anybody.post(DOOR, json=CLAIM).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [{"key": "x" * 64}, {"key": 5}, {"hash": "plain password"}, {"node": "gateway"}, {"node": ""},
     {"air_mv": "hot"}, {"water_mv": 1e9}, {"node": None}],
)  # fmt: skip
def test_what_is_wrong_is_named_but_not_repeated(gateway: TestClient, wrong: dict) -> None:
    answer = gateway.post(DOOR, json=CLAIM | wrong)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == list(wrong)
    assert KEY not in answer.text
    assert "plain password" not in answer.text
