"""One hostile or broken client costs nobody else anything: whoever says nothing, or reads nothing, goes."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from surco_gateway.broker import server
from surco_gateway.broker.access import Access
from surco_gateway.broker.server import Broker, Connection
from surco_gateway.broker.store import Store
from tests.gateway.broker.client import Client, Users, text
from tests.servers import wait_until


def test_the_limits_are_those_that_a_small_machine_can_bear() -> None:
    limits = (server.CONNECT_WITHIN_S, server.STRANGERS, server.ALL_STRANGERS, server.CONNECTIONS)
    assert limits == (5.0, 50, 200, 2000)
    assert (server.ROOM, server.READ_WITHIN_S, server.AT_ONCE) == (262_144, 60.0, 100)
    assert (server.LARGEST_CONNECT, server.LARGEST_PACKET) == (2048, 65_536)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    with serving(tmp_path) as port:
        yield port


@contextmanager
def serving(folder: Path, most_nodes: int = server.CONNECTIONS) -> Iterator[int]:
    """A broker in a thread of this process, so that a test can make its limits small."""
    loop, ready, ports = asyncio.new_event_loop(), threading.Event(), list[int]()
    stopping = asyncio.Event()
    users = Users(folder)

    async def serve() -> None:
        broker = Broker(Store(folder / "broker.db"), Access(users.file), most_nodes)
        listening = await loop.create_server(lambda: Connection(broker), "127.0.0.1", 0)
        ports.append(listening.sockets[0].getsockname()[1])
        ready.set()
        await stopping.wait()
        listening.close()
        broker.close()
        await asyncio.sleep(0.01)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(30)
    yield ports[0]
    loop.call_soon_threadsafe(stopping.set)
    thread.join(30)
    loop.close()


def test_who_does_not_say_who_it_is_is_let_go(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "CONNECT_WITHIN_S", 0.1)
    with Client(port, None) as silent, Client(port, "n-001") as node:
        assert silent.closed()
        assert node.quiet(), "who has said it stays"


@pytest.mark.parametrize("limit", ["STRANGERS", "ALL_STRANGERS"])
def test_who_says_nothing_makes_room_for_who_comes_after(
    port: int, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """P12: a thousand that say nothing keep neither a node nor the gateway out."""
    monkeypatch.setattr(server, limit, 3)
    with ExitStack() as stack:
        known = [stack.enter_context(Client(port, name)) for name in ("n-001", "n-002", "n-003")]
        silent = [stack.enter_context(Client(port, None)) for _ in range(4)]
        assert silent[0].closed(), "the oldest goes"
        gateway = stack.enter_context(Client(port, "gateway"))
        assert gateway.code == 0
        assert all(client.quiet() for client in (gateway, *known)), "who has said it stays"


def test_there_is_room_for_only_so_many_nodes_and_always_for_the_gateway(
    tmp_path: Path,
) -> None:
    with ExitStack() as stack:
        port = stack.enter_context(serving(tmp_path, most_nodes=2))
        nodes = [stack.enter_context(Client(port, name)) for name in ("n-001", "n-002")]
        third = stack.enter_context(Client(port, None))
        third.introduce("n-003")
        assert third.closed()
        gateway = stack.enter_context(Client(port, "gateway", client="gateway-1"))
        assert gateway.code == 0
        assert all(client.quiet() for client in nodes)


def test_a_stranger_may_not_send_much(port: int) -> None:
    with Client(port, None) as stranger:
        stranger.send(0x10, b"x" * (server.LARGEST_CONNECT + 1))
        assert stranger.closed()


def test_who_does_not_read_is_let_go_and_the_publisher_goes_on(
    port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(server, "READ_WITHIN_S", 0.3)
    with (
        Client(port, "gateway", client="gateway-1") as deaf,
        Client(port, "gateway", client="gateway-2") as reader,
        Client(port, "n-001") as node,
    ):
        deaf.subscribe("surco/v1/+/data", qos=0)
        for number in range(400):  # 20 MB: more than the system keeps for it
            node.publish("surco/v1/n-001/data", b"x" * 50_000, mid=number + 1)
        reader.subscribe("surco/v1/+/data")
        node.publish("surco/v1/n-001/data", "row", mid=401)
        message = reader.message()
        assert message is not None
        assert message.words == "row"
        wait_until(lambda: "does not read" in caplog.text, "the deaf one is let go")
        gone = [r.getMessage() for r in caplog.records if "does not read" in r.getMessage()]
        assert [words.split()[1] for words in gone] == ["client=gateway-1"]


def test_a_node_that_sends_and_never_reads_is_not_read_either(
    port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its answers would pile up here."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(server, "READ_WITHIN_S", 0.3)
    with (
        Client(port, "gateway") as gateway,
        Client(port, "n-001") as deaf,
        Client(port, "n-002") as node,
    ):
        gateway.publish("surco/v1/n-001/cfg", b"x" * 60_000, retain=True)
        asks = b"\0\7" + text("surco/v1/n-001/cfg") + b"\0"
        with suppress(OSError):
            for _ in range(10_000):
                deaf.send(0x82, asks)
        wait_until(lambda: "does not read" in caplog.text, "it is let go")
        assert "closed client=n-001" in caplog.text
        assert node.quiet()


def test_large_messages_do_not_throw_out_a_gateway_that_reads_slowly(port: int) -> None:
    """P12: one node's megabytes may not end the connection for all."""
    with (
        Client(port, "gateway", client="gateway-1", clean=False) as gateway,
        Client(port, "n-001") as hostile,
        Client(port, "n-002") as node,
    ):
        gateway.subscribe("surco/v1/+/data")
        body = text("surco/v1/n-001/data")
        hostile.sock.settimeout(0.5)
        with suppress(TimeoutError):
            for number in range(500):  # 30 MB, as fast as they are taken
                mid = (number + 1).to_bytes(2, "big")
                hostile.send(0x32, body + mid + b"x" * 60_000)
        node.publish("surco/v1/n-002/data", "row")
        heard = [m.topic for _ in range(40) if (m := gateway.message())]
        assert "surco/v1/n-002/data" in heard
