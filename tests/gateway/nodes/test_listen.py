"""What paho and a real Mosquitto do to a listener: reconnects, stale numbers, full queues, surprises."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from surco_contract.settings import Secret
from surco_gateway.config import Settings
from surco_gateway.health import Alarms
from surco_gateway.nodes import listen
from surco_gateway.nodes.listen import Arrival, Arrivals, Listener
from tests.gateway.parts import Mosquitto, Peer, data
from tests.servers import wait_until

pytestmark = pytest.mark.mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "mosquitto", persistence=False) as broker:
        yield broker


class RunningListener:
    """A listener and what it heard."""

    def __init__(self, port: int, arrivals: Arrivals | None = None) -> None:
        self.arrivals: Arrivals = SimpleQueue() if arrivals is None else arrivals
        self.alarms = Alarms()
        settings = Settings(Secret("x"), Secret("x"), broker_port=port)
        self.listener = Listener(settings, self.arrivals, self.alarms, time.time)

    def next(self) -> Arrival:
        arrival = self.arrivals.get(timeout=30)
        assert arrival is not None
        return arrival

    def __enter__(self) -> "RunningListener":
        self.listener.start()
        assert self.listener.subscribed.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.stop()


def test_what_is_not_acknowledged_comes_again_and_what_is_does_not(broker: Mosquitto) -> None:
    with RunningListener(broker.port) as running, Peer(broker.port) as node:
        for q in range(3):
            node.publish("surco/v1/n01/data", data(q))
        first, second, third = running.next(), running.next(), running.next()
        running.listener.acknowledge([first, third])
        running.listener.reconnect()
        again = running.next()
        assert again.payload == second.payload
        assert again.generation > second.generation
        assert running.arrivals.empty()


def test_a_number_of_an_older_connection_confirms_nothing(broker: Mosquitto) -> None:
    with RunningListener(broker.port) as running:
        with Peer(broker.port) as node:
            node.publish("surco/v1/n01/data", data(0))
            old = running.next()
        broker.kill()
        wait_until(lambda: not running.listener.connected, "the listener notices")
        broker.start()
        assert running.listener.subscribed.wait(20)
        with Peer(broker.port) as node:
            node.publish("surco/v1/n01/data", data(1))
            new = running.next()
            assert new.mid == old.mid, "the broker began to count anew: the trap is set"
            running.listener.acknowledge([old])
            running.listener.reconnect()
            assert running.next().payload == new.payload, "it was not confirmed"


def test_a_surprise_in_the_callback_kills_nothing_and_loses_nothing(broker: Mosquitto) -> None:
    class Surprising:
        surprises = 1

        def __init__(self) -> None:
            self.inner: Arrivals = SimpleQueue()
            self.get, self.qsize, self.empty = self.inner.get, self.inner.qsize, self.inner.empty

        def put(self, arrival: Arrival) -> None:
            if self.surprises:
                self.surprises -= 1
                raise MemoryError("planted")
            self.inner.put(arrival)

    with RunningListener(broker.port, Surprising()) as running, Peer(broker.port) as node:  # type: ignore[arg-type]
        node.publish("surco/v1/n01/data", data(0))
        node.publish("surco/v1/n01/data", data(1))
        assert running.next().payload == data(1), "the network thread lives"
        assert running.listener.missed == 1
        running.listener.watch(room=True)
        assert {running.next().payload, running.next().payload} == {data(0), data(1)}
        assert running.listener.missed == 0


def test_a_full_queue_leaves_messages_with_the_broker(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listen, "QUEUE", 5)
    monkeypatch.setattr(listen, "FULL_WAIT_S", 0.01)
    with RunningListener(broker.port) as running, Peer(broker.port) as node:
        for q in range(20):
            node.publish("surco/v1/n01/data", data(q))
        wait_until(lambda: running.listener.missed == 15, "the rest is left")
        assert running.alarms.has("queue")
        found = {running.next().payload for _ in range(5)}
        monkeypatch.setattr(listen, "QUEUE", 100)
        running.listener.watch(room=True)
        found |= {running.next().payload for _ in range(20)}
        assert found == {data(q) for q in range(20)}


def test_a_network_thread_that_died_is_replaced(broker: Mosquitto) -> None:
    with RunningListener(broker.port) as running, Peer(broker.port) as node:
        running.listener._client.disconnect()  # its thread ends, as after an exception
        wait_until(lambda: not running.listener._network.is_alive(), "the thread ends")
        running.listener.watch(room=True)
        assert running.listener.subscribed.wait(30)
        node.publish("surco/v1/n01/data", data())
        assert running.next().payload == data()


def test_what_is_said_while_the_broker_is_away_is_not_promised(broker: Mosquitto) -> None:
    with RunningListener(broker.port) as running:
        assert running.listener.publish_and_confirm("surco/v1/n01/cfg", b"{}", retain=True)
        broker.kill()
        wait_until(lambda: not running.listener.connected, "the listener notices")
        assert not running.listener.publish_and_confirm("surco/v1/n01/cfg", b"{}", retain=True)
        assert running.alarms.has("broker")


class CountedAlarms(Alarms):
    """Alarms that count how often a broker was not found."""

    tries = 0

    def raised(self, code: str, words: str) -> None:
        self.tries += code == "broker"
        super().raised(code, words)


def test_a_broker_that_was_away_for_long_is_found_within_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pause between two tries doubles, but only to its cap."""
    first, cap = listen.RECONNECT_S
    assert (first, cap) == (1, 4), "a node that is awake waits some seconds for its ack"
    monkeypatch.setattr(listen, "RECONNECT_S", (first / 20, cap / 20))
    broker = Mosquitto(tmp_path / "late", persistence=False)
    broker.folder.mkdir()
    running = RunningListener(broker.port)
    running.listener._alarms = running.alarms = alarms = CountedAlarms()
    running.listener.start()
    try:
        wait_until(lambda: alarms.tries >= 12, "2 s with the cap, 100 s without", 30)
        broker.start()
        assert running.listener.subscribed.wait(20)
    finally:
        running.listener.stop()
        broker.stop()


def test_it_leaves_only_when_the_broker_has_what_was_said(broker: Mosquitto) -> None:
    with RunningListener(broker.port) as running, Peer(broker.port, "surco/v1/n01/ack") as node:
        os.kill(broker.pid, signal.SIGSTOP)
        running.listener.publish("surco/v1/n01/ack", b"{}", 1)
        leaving = threading.Thread(target=running.listener.stop)
        leaving.start()
        leaving.join(0.5)
        waited = leaving.is_alive()
        os.kill(
            broker.pid, signal.SIGCONT
        )  # before anything can fail: frozen it could not be ended
        leaving.join(30)
        assert waited
        assert not leaving.is_alive()
        assert node.hears("surco/v1/n01/ack") == b"{}"


def test_a_broker_that_refuses_us_is_explained(tmp_path: Path) -> None:
    class Strict(Mosquitto):
        def command(self) -> list[str]:
            found = super().command()
            config = self.folder / "mosquitto.conf"
            config.write_text(config.read_text().replace("anonymous true", "anonymous false"))
            return found

    with Strict(tmp_path / "strict") as broker:
        running = RunningListener(broker.port)
        running.listener.start()
        wait_until(lambda: running.alarms.has("broker"), "it says so")
        assert "check gateway.broker_user and gateway.broker_password" in running.alarms.words()[0]
        running.listener.stop()
