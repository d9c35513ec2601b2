"""The gateway as a process, between a real Mosquitto and a service of our own making."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from surco_gateway.spool.replay import replay
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


@pytest.mark.parametrize("version", [3, 5])
def test_a_reading_is_acknowledged_and_reaches_the_service(
    tmp_path: Path, broker: Mosquitto, service: FakeService, version: int
) -> None:
    settings = {"mqtt_version": version, "id": f"gateway-v{version}"}
    with (
        GatewayProcess(tmp_path, broker, service, **settings) as gateway,
        Peer(broker.port, "surco/v1/n01/#") as node,
    ):
        node.publish("surco/v1/n01/data", data(q=7, n=3))
        assert json.loads(node.hears("surco/v1/n01/ack")) == {"b": "9f3a01c7", "q": 7, "n": 3}
        wait_until(lambda: len(service.received) == 1, "the service has it")
        health = gateway.health()
    assert service.received[0]["payload"] == data(q=7, n=3).decode()
    assert service.received[0]["clock_ok"] is True
    assert (health["state"], health["broker"], health["alarms"]) == ("ok", "connected", [])


def test_a_bad_message_is_explained_to_the_node_and_reaches_the_quarantine(
    tmp_path: Path, broker: Mosquitto, service: FakeService
) -> None:
    with GatewayProcess(tmp_path, broker, service), Peer(broker.port, "surco/v1/n02/#") as node:
        node.publish("surco/v1/n02/data", b"\xff")
        node.publish("surco/v1/n02/data", data())
        assert json.loads(node.hears("surco/v1/n02/error"))["code"] == "not-utf8"
        node.hears("surco/v1/n02/ack")
        wait_until(lambda: len(service.received) == 2, "the service has both")
    assert service.received[0]["payload_b64"] == "/w=="
    assert service.received[0]["refused"]["code"] == "not-utf8"


def test_hello_is_answered_with_the_time_and_what_waited(
    tmp_path: Path, broker: Mosquitto, service: FakeService
) -> None:
    wanted = {"b": "9f3a01c7", "q": 3, "n": 2}
    service.commands.append({"id": 9, "kind": "resend", "node": "n03", "body": wanted})
    with GatewayProcess(tmp_path, broker, service), Peer(broker.port, "surco/v1/n03/#") as node:
        wait_until(lambda: service.confirmed == 9, "the command is confirmed")
        node.publish("surco/v1/n03/hello", b'{"b":"9f3a01c7","fw":"0.1.0","u":17}')
        assert abs(json.loads(node.hears("surco/v1/n03/time"))["t"] - time.time()) < 5
        assert json.loads(node.hears("surco/v1/n03/resend")) == wanted


def test_advice_is_there_for_whoever_asks_later(
    tmp_path: Path, broker: Mosquitto, service: FakeService
) -> None:
    body = {"bed": "b1", "status": "water", "litres": 6.0, "expires": 1795400000}
    service.commands.append({"id": 1, "kind": "advice", "node": None, "body": body})
    with GatewayProcess(tmp_path, broker, service):
        wait_until(lambda: service.confirmed == 1, "the command is confirmed")
    with Peer(broker.port, "surco/v1/bed/+/advice") as led:
        assert json.loads(led.hears("surco/v1/bed/b1/advice")) == body


def test_an_old_status_that_the_broker_retained_is_not_news(
    tmp_path: Path, broker: Mosquitto, service: FakeService
) -> None:
    with Peer(broker.port, "surco/v1/n04/#") as node:
        with GatewayProcess(tmp_path, broker, service, id="gateway-status") as gateway:
            node.publish("surco/v1/n04/status", b'{"s":"asleep"}', retain=True)
            wait_until(lambda: len(service.received) >= 1, "the status arrived")
            wait_until(
                lambda: gateway.health()["spool"]["undelivered"] == 0, "and is known to have"
            )
            assert gateway.end() == 0  # a kill may make it deliver once more, which is no harm
        count = len(service.received)
        with GatewayProcess(tmp_path, broker, service, id="gateway-status"):
            node.publish("surco/v1/n04/data", data())
            node.hears("surco/v1/n04/ack")
            wait_until(lambda: len(service.received) > count, "something newer arrived")
        kinds = [message["topic"] for message in service.received[count:]]
        assert kinds == ["surco/v1/n04/data"]


def test_asked_to_stop_it_keeps_acknowledges_and_delivers_what_it_has(
    tmp_path: Path, broker: Mosquitto, service: FakeService
) -> None:
    with Peer(broker.port, "surco/v1/n05/#") as node:
        gateway = GatewayProcess(tmp_path, broker, service)
        gateway.start()
        for q in range(3000):
            node.publish("surco/v1/n05/data", data(q))
        wait_until(lambda: len(node.acked()) > 0, "the first are acknowledged")
        started = time.monotonic()
        assert gateway.end() == 0
        assert time.monotonic() - started < 6
        acked = node.acked()
        gateway.start()
        wait_until(
            lambda: node.acked() >= {("n05", "9f3a01c7", q) for q in range(3000)}, "all acked"
        )
        wait_until(lambda: service.rows() >= acked, "all delivered")
        gateway.end()


def test_asked_to_stop_it_does_not_wait_for_a_service_that_never_answers(
    tmp_path: Path, broker: Mosquitto
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hung:
        settings = {"service_url": f"http://127.0.0.1:{hung.getsockname()[1]}"}
        with GatewayProcess(tmp_path, broker, None, **settings) as gateway:
            with Peer(broker.port, "surco/v1/+/ack") as node:
                node.publish("surco/v1/n01/data", data(0))
                node.hears("surco/v1/n01/ack")
            with hung.accept()[0]:  # the delivery is on its way, and stays there
                started = time.monotonic()
                assert gateway.end() == 0
                assert time.monotonic() - started < 8


@pytest.mark.timeout(240)
def test_nothing_acknowledged_is_lost_when_the_gateway_is_killed_twenty_times(
    tmp_path: Path, broker: Mosquitto, service: FakeService
) -> None:
    rng = random.Random(20261101)
    gateway = GatewayProcess(tmp_path, broker, service, id="gateway-killed")
    q = 0
    with Peer(broker.port, "surco/v1/+/ack") as nodes:
        gateway.start()
        for _ in range(20):
            end = time.monotonic() + rng.uniform(0.02, 0.4)
            while time.monotonic() < end:
                for node in ("n06", "n07", "n08"):
                    nodes.publish(f"surco/v1/{node}/data", data(q, 5))
                q += 5
                time.sleep(0.001)
            gateway.kill()
            gateway.start()
        sent = {(node, "9f3a01c7", n) for node in ("n06", "n07", "n08") for n in range(q)}
        wait_until(lambda: service.rows() >= sent, "everything arrives: the broker sends again", 60)
        acked = nodes.acked()
        gateway.end()
    assert acked, "there was a load"
    assert acked - service.rows() == set()
    assert service.rows() == sent


def test_a_broker_that_forgot_its_session_does_not_make_the_gateway_forget(
    tmp_path: Path, service: FakeService
) -> None:
    with (
        Mosquitto(tmp_path / "forgetful", persistence=False) as broker,
        GatewayProcess(tmp_path, broker, service) as gateway,
    ):
        for q in (0, 1):
            with Peer(broker.port, "surco/v1/n09/#") as node:
                node.publish("surco/v1/n09/data", data(q))
                assert json.loads(node.hears("surco/v1/n09/ack", 30))["q"] == q
            broker.kill()
            if q == 0:
                wait_until(lambda: gateway.health()["broker"] == "away", "the gateway notices")
                assert gateway.health()["alarms"]
                broker.start()
                wait_until(lambda: gateway.health()["broker"] == "connected", "it is back", 30)
        wait_until(lambda: {row[2] for row in service.rows()} == {0, 1}, "both are delivered", 30)


def test_a_replay_is_noticed_while_it_runs(
    tmp_path: Path, broker: Mosquitto, service: FakeService
) -> None:
    def arrived() -> int:
        return [message["topic"] for message in service.received].count("surco/v1/n10/data")

    with (
        GatewayProcess(tmp_path, broker, service, id="gateway-replay") as gateway,
        Peer(broker.port, "surco/v1/n10/#") as node,
    ):
        node.publish("surco/v1/n10/data", data())
        wait_until(lambda: arrived() == 1, "it is delivered")
        wait_until(lambda: gateway.health()["spool"]["undelivered"] == 0, "and known to be")
        assert replay(gateway.data, datetime.now(UTC) - timedelta(hours=1)) >= 1
        wait_until(lambda: arrived() == 2, "it is delivered again", 10)


def test_two_gateways_in_one_folder_are_refused(
    tmp_path: Path, broker: Mosquitto, service: FakeService
) -> None:
    with GatewayProcess(tmp_path, broker, service) as gateway:
        second = GatewayProcess(tmp_path, broker, service, data=gateway.data)
        with pytest.raises(RuntimeError, match=r"gateway\.data: another gateway uses"):
            second.start()
        assert second.end() == 2


def test_it_waits_for_a_broker_and_says_so(tmp_path: Path, service: FakeService) -> None:
    broker = Mosquitto(tmp_path / "late")
    broker.folder.mkdir()
    gateway = GatewayProcess(tmp_path, broker, service)
    starting = threading.Thread(target=gateway.start)
    starting.start()
    try:
        wait_until(lambda: _alarms(gateway) != [], "it says that no broker answers")
        (alarm,) = _alarms(gateway)
        assert alarm["code"] == "broker"
        assert "no broker answers" in alarm["words"]
        wait_until(
            lambda: any(said["alarms"] for said in service.reports),
            "the service hears of it (18.9)",
        )
        (told,) = next(said["alarms"] for said in service.reports if said["alarms"])
        assert told["code"] == "broker"
        broker.start()
        starting.join(30)
        assert gateway.health()["alarms"] == []
        wait_until(lambda: service.reports[-1]["alarms"] == [], "and that it is over")
    finally:
        gateway.end()
        broker.stop()


def _alarms(gateway: GatewayProcess) -> list[dict[str, Any]]:
    try:
        return gateway.health()["alarms"]
    except httpx.TransportError:
        return []


def test_at_rest_it_is_small(
    tmp_path: Path, broker: Mosquitto, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_rich = tmp_path / "without" / "rich"  # a gateway has none; here httpx would load it
    without_rich.mkdir(parents=True)
    (without_rich / "__init__.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(without_rich.parent))
    with GatewayProcess(tmp_path, broker, service) as gateway:
        assert gateway.process is not None
        status = Path(f"/proc/{gateway.process.pid}/status")
        if not status.exists():
            pytest.skip("needs /proc")
        kilobytes = int(status.read_text().partition("VmRSS:")[2].split()[0])
        assert kilobytes < 36_000


# ---------------------------------------------------------------- 18.5 and 18.8


@pytest.mark.parametrize("names", [["spool.db"], ["spool.db", "spool.db-wal", "spool.db-shm"]])
def test_what_was_acknowledged_outlives_a_spool_that_is_taken_away(
    tmp_path: Path, broker: Mosquitto, service: FakeService, names: list[str]
) -> None:
    """18.5, P1: the service is away, the file goes, rows go on coming, then the power fails."""
    service.answers.extend([(503, {}, b"")] * 10_000)
    gateway = GatewayProcess(tmp_path, broker, service, id="gateway-bare")
    with Peer(broker.port, "surco/v1/n08/#") as node:
        gateway.start()
        for q in range(50):
            node.publish("surco/v1/n08/data", data(q))
        wait_until(lambda: len(node.acked()) == 50, "the first are acknowledged")
        for name in names:
            (gateway.data / name).unlink()
        for q in range(50, 100):
            node.publish("surco/v1/n08/data", data(q))
        wait_until(lambda: len(node.acked()) == 100, "the others are acknowledged too")
        gateway.kill()
        service.answers.clear()
        with gateway:
            wait_until(lambda: node.acked() <= service.rows(), "the service has all of them")
            wait_until(lambda: bool(gateway.health()["alarms"]), "it is still told")
            assert "removed or replaced" in gateway.health()["alarms"][0]["words"]
            assert subprocess_confirms(gateway) == 0
            wait_until(lambda: not gateway.health()["alarms"], "until it is confirmed")


def subprocess_confirms(gateway: GatewayProcess) -> int:
    environment = {f"SURCO_GATEWAY_{k}".upper(): str(v) for k, v in gateway.settings.items()}
    command = [sys.executable, "-m", "surco_gateway", "confirm"]
    return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode


def test_a_gateway_whose_intake_died_ends_so_that_it_is_started_again(
    tmp_path: Path, broker: Mosquitto, service: FakeService
) -> None:
    """18.8: `surco up` and systemd start again what ends with anything but 2."""
    gateway = GatewayProcess(tmp_path, broker, service, id="gateway-dead")
    gateway.spoil(
        "import surco_gateway.watchdog as w, surco_gateway.nodes.intake as i\n"
        "w.LOOK_EVERY_S = 0.1\n"
        "gather = i.Intake._gather\n"
        "def once(self):\n"
        "    found = gather(self)\n"
        "    if found[0]: raise ValueError('a clock went backwards')\n"
        "    return found\n"
        "i.Intake._gather = once"
    )
    with Peer(broker.port, "surco/v1/n09/#") as node:
        gateway.start()
        node.publish("surco/v1/n09/data", data())
        assert gateway.ends() not in (0, 2)
        gateway.command = ["-m", "surco_gateway"]
        with gateway:
            node.hears("surco/v1/n09/ack")


def test_a_broker_that_is_frozen_is_said(tmp_path: Path, service: FakeService) -> None:
    """18.8: it takes the connection and answers nothing."""
    own = Mosquitto(tmp_path / "frozen")
    gateway = GatewayProcess(tmp_path, own, service)
    gateway.spoil(
        "import surco_gateway.__main__ as m, surco_gateway.nodes.listen as l\n"
        "m.UPKEEP_EVERY_S, l.FROZEN_S, l.KEEPALIVE_S = 0.2, 4.0, 2"
    )
    with own, gateway:
        wait_until(lambda: gateway.health()["alarms"] == [], "all is well")
        os.kill(own.pid, signal.SIGSTOP)
        try:
            wait_until(lambda: "frozen" in str(gateway.health()["alarms"]), "it is said")
        finally:
            os.kill(own.pid, signal.SIGCONT)
        wait_until(lambda: gateway.health()["alarms"] == [], "all is well again")
