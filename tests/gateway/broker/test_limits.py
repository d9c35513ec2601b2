"""One hostile or broken client costs nobody else anything: whoever says nothing, or reads nothing, goes."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from surco_gateway.broker import server
from surco_gateway.broker.access import Access
from surco_gateway.broker.server import Broker, Connection
from surco_gateway.broker.store import Store
from tests.gateway.broker.client import Client, Users
from tests.servers import wait_until


def test_the_limits_are_those_that_a_small_machine_can_bear() -> None:
    limits = (server.CONNECT_WITHIN_S, server.STRANGERS, server.CONNECTIONS, server.UNSENT)
    assert limits == (5.0, 50, 2000, 4_000_000)
    assert (server.LARGEST_CONNECT, server.LARGEST_PACKET) == (2048, 65_536)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A broker in a thread of this process, so that a test can make its limits small."""
    loop, ready, ports = asyncio.new_event_loop(), threading.Event(), list[int]()
    stopping = asyncio.Event()
    users = Users(tmp_path)

    async def serve() -> None:
        broker = Broker(Store(tmp_path / "broker.db"), Access(users.file))
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


def test_one_address_has_only_so_many_strangers_and_they_are_no_hindrance_to_nodes(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "STRANGERS", 3)
    with ExitStack() as stack:
        for name in ("n-001", "n-002", "n-003", "gateway"):  # they have said who they are
            assert stack.enter_context(Client(port, name, client=name)).code == 0
        strangers = [stack.enter_context(Client(port, None)) for _ in range(3)]
        with Client(port, None) as one_too_many:
            assert one_too_many.closed()
        strangers[0].sock.close()
        wait_until(lambda: _lets_in(port), "a place is free again")


def test_there_is_room_for_only_so_many_connections(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "CONNECTIONS", 2)
    with Client(port, "n-001") as one, Client(port, "n-002") as other:
        with Client(port, None) as third:
            assert third.closed()
        assert one.quiet()
        assert other.quiet()


def test_a_stranger_may_not_send_much(port: int) -> None:
    with Client(port, None) as stranger:
        stranger.send(0x10, b"x" * (server.LARGEST_CONNECT + 1))
        assert stranger.closed()


def test_who_does_not_read_is_let_go_and_the_publisher_goes_on(
    port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(server, "UNSENT", 100_000)
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
        gone = [r.getMessage() for r in caplog.records if "does not read" in r.getMessage()]
        assert [words.split()[1] for words in gone] == ["client=gateway-1"]


def _lets_in(port: int) -> bool:
    with Client(port, None) as stranger:
        return not stranger.closed(0.2)
