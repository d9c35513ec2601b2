"""Gateways fetch their orders by a long poll, and confirm by asking for what comes after."""

import threading
import time

from fastapi.testclient import TestClient

from tests.service.deliveries import Inlet

DOOR = "/api/v1/gateways/gateway-1/commands"
ADVICE = {"bed": "c-1", "status": "water", "litres": 12.0, "expires": 1}


def test_orders_come_once_confirmed_by_the_next_question(gateway: TestClient, inlet: Inlet) -> None:
    inlet.stores.gateways.order("advice", None, ADVICE)
    answer = gateway.get(DOOR, params={"after": 0}).json()
    (order,) = answer["commands"]
    assert answer["surco"] == 1
    assert (order["kind"], order["node"], order["body"]) == ("advice", None, ADVICE)
    assert gateway.get(DOOR).json()["commands"] == [order]
    assert gateway.get(DOOR, params={"after": order["id"]}).json()["commands"] == []


def test_an_order_that_comes_while_a_gateway_waits_is_answered_at_once(
    gateway: TestClient, inlet: Inlet
) -> None:
    later = threading.Timer(0.2, inlet.stores.gateways.order, ("cfg", "n-1", {"rev": 2}))
    later.start()
    begun = time.monotonic()
    answer = gateway.get(DOOR, params={"wait": 20})
    later.join()
    assert [order["kind"] for order in answer.json()["commands"]] == ["cfg"]
    assert time.monotonic() - begun < 10


def test_a_poll_without_orders_ends_in_time(gateway: TestClient) -> None:
    assert gateway.get(DOOR, params={"wait": 0.1}).json() == {"surco": 1, "commands": []}


def test_a_gateway_sees_its_own_orders_only(gateway: TestClient, anybody: TestClient) -> None:
    assert gateway.get("/api/v1/gateways/gateway-2/commands").status_code == 403
    del anybody.headers["Authorization"]
    assert anybody.get(DOOR).status_code == 401


def test_a_gateway_that_polls_was_seen(gateway: TestClient, inlet: Inlet) -> None:
    gateway.get(DOOR)
    assert inlet.stores.gateways.all() == {"gateway-1": inlet.now}
