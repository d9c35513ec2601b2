"""The gateway as a process, between a real Mosquitto and a service of our own making."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.parts import FakeService, GatewayProcess, Mosquitto, Peer, data
from tests.servers import wait_until

pytestmark = pytest.mark.mosquitto


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path_factory.mktemp("mosquitto")) as broker:
        yield broker


@pytest.fixture
def service() -> Iterator[FakeService]:
    with FakeService() as service:
        yield service


def test_a_reading_is_acknowledged_and_reaches_the_service(
    tmp_path: Path, broker: Mosquitto, service: FakeService
) -> None:
    with GatewayProcess(tmp_path, broker, service) as gateway, Peer(broker.port, "surco/v1/n01/#") as n:
        n.publish("surco/v1/n01/data", data(q=7, n=3))
        assert json.loads(n.hears("surco/v1/n01/ack")) == {"b": "9f3a01c7", "q": 7, "n": 3}
        wait_until(lambda: len(service.received) == 1, "the service has it")
        assert gateway.health()["state"] == "ok"
    assert service.received[0]["payload"] == data(q=7, n=3).decode()
    assert service.received[0]["clock_ok"] is True
