"""One visit after the other, against a gateway that answers as each test wants."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from hal.sim import Board
from node.gateway import upload
from node.gateway.mqtt import Client
from node.gateway.upload import Upload
from node.keep.rtc_rows import hundredths
from node.wake import sample, visit
from node.wake.node import Node
from slots import Slots
from surco_contract.messages import read_data
from tests.firmware.fake_gateway import FakeGateway, ack
from tests.firmware.wakes import SOIL


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "flash").mkdir()
    (tmp_path / "soil.json").write_text(json.dumps({"t": int(time.time()), **SOIL}))
    return tmp_path


@pytest.fixture(autouse=True)
def waits_for_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no visit wait for a time that the gateway of a test does not tell."""
    monkeypatch.setattr(visit, "SYNC_S", 1.05)


def wake(folder: Path, port: int, **config: Any) -> Node:
    """Do one wake in this process, as if the power had been off before."""
    told = {"node": "n-001", "host": "127.0.0.1", "port": port, "interval_s": 30}
    (folder / "config.json").write_text(json.dumps({**told, "upload_every": 1, **config}))
    (folder / "rtc").unlink(missing_ok=True)
    node = Node(Board(str(folder)), Slots(str(folder)))
    node.board.sleep(node.wake())
    return node


def keep(folder: Path, rows: int) -> None:
    """Commit rows without a network."""
    node = wake(folder, 1)
    for _ in range(rows - 1):
        commit(node)


def commit(node: Node) -> None:
    sample.commit(node, [("r1", hundredths(1500)), ("bv", hundredths(3900))])


def hurry(monkeypatch: pytest.MonkeyPatch, ack_s: float = 0.5, upload_s: float = 3) -> None:
    monkeypatch.setattr(upload, "ACK_S", ack_s)
    monkeypatch.setattr(visit, "UPLOAD_S", upload_s)


def test_the_brokers_word_frees_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    with FakeGateway(answer=lambda data: []) as gateway:
        node = wake(folder, gateway.port)
        assert len(gateway.data) == 1
        assert node.outbox.held() == 1
        gateway.answer = ack
        assert wake(folder, gateway.port).outbox.held() == 0


def test_the_newest_rows_go_first_and_every_message_is_the_contracts(folder: Path) -> None:
    keep(folder, 60)
    with FakeGateway() as gateway:
        node = wake(folder, gateway.port)
    for message in gateway.data:
        assert read_data(json.dumps(message, separators=(",", ":")).encode()).faults == []
    assert gateway.data[0]["q"] == 61 - 24
    assert sorted(m["q"] + i for m in gateway.data for i in range(len(m["d"]))) == list(range(61))
    assert node.outbox.held() == 0
    kind, said = gateway.said[-1]
    assert (kind, said["s"], said["q0"], said["q1"], said["lost"]) == (
        "status",
        "asleep",
        61,
        60,
        0,
    )
    assert b'{"s":"lost"}' in gateway.will
    assert gateway.goodbyes == 1


def test_rows_that_are_asked_for_are_sent_again(folder: Path) -> None:
    keep(folder, 10)
    asked: list[bool] = []

    def answer(data: dict[str, Any]) -> list[tuple[str, bytes]]:
        again = {"b": data["b"], "q": 3, "n": 2}
        first, asked[:] = not asked, [True]
        return ack(data) + ([("resend", json.dumps(again).encode())] if first else [])

    with FakeGateway(answer) as gateway:
        node = wake(folder, gateway.port)
    assert [(m["q"], len(m["d"])) for m in gateway.data if m["q"] == 3] == [(3, 2)]
    assert node.outbox.held() == 0


def test_a_row_that_is_never_taken_is_skipped_and_counted_and_the_others_arrive(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch, upload_s=60)
    keep(folder, 40)
    taken: set[int] = set()
    send = Upload._send

    async def send_for_a_time(self: Upload, client: Client, message: bytes, q: int, n: int) -> bool:
        """Wait long for what will be acked, and shortly for what will not."""
        monkeypatch.setattr(upload, "ACK_S", 0.2 if q <= 7 < q + n else 10)
        return await send(self, client, message, q, n)

    monkeypatch.setattr(Upload, "_send", send_for_a_time)

    def answer(data: dict[str, Any]) -> list[tuple[str, bytes]]:
        rows = set(range(data["q"], data["q"] + len(data["d"])))
        if 7 in rows:
            return []
        taken.update(rows)
        return ack(data)

    with FakeGateway(answer) as gateway:
        for _ in range(8):
            node = wake(folder, gateway.port)
        assert node.state["skip"] == 1
        assert node.outbox.held() == 0
        assert taken == set(range(node.outbox.next_q)) - {7}


NONSENSE = [
    ("cfg", b"[" * 4000), ("cfg", b"x" * 9000), ("cfg", b"\xff\xfe"), ("cfg", b'{"rev":1e999}'),
    ("time", b'{"t":1e999}'), ("time", b"7"), ("ack", b"[" * 4000), ("resend", b"null"),
    ("ack", b'{"b":"?","q":1e999,"n":1}'),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "payload"), NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_from_the_gateway_keeps_no_row_from_being_freed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, kind: str, payload: bytes
) -> None:
    hurry(monkeypatch)
    keep(folder, 1)
    life = json.loads((folder / "flash/state").read_bytes()[8:])["b"].encode()
    with FakeGateway(first=((kind, payload.replace(b"?", life)),)) as gateway:
        node = wake(folder, gateway.port)
    assert node.outbox.held() == 0
    assert gateway.said[-1][0] == "status"


def test_a_new_configuration_is_taken_and_reported(folder: Path) -> None:
    with FakeGateway(first=(("cfg", b'{"rev":4,"interval_s":60}'),)) as gateway:
        wake(folder, gateway.port)
        assert wake(folder, gateway.port).config["interval_s"] == 60
    assert gateway.said[-1][1]["cfg"] == 4


def test_the_gateways_time_is_taken(folder: Path) -> None:
    with FakeGateway(first=(("time", b'{"t":1795364100}'),)) as gateway:
        node = wake(folder, gateway.port)
    assert abs(node.clock.stamp()[0] - 1_795_364_100) <= 5
    assert node.clock.stamp()[1] == 2
    assert gateway.data[0]["tq"] == 0, "the row's time was frozen when it was committed"


def test_an_upload_ends_in_time_when_nobody_acknowledges(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    monkeypatch.setattr(visit, "UPLOAD_S", 1.7)
    keep(folder, 200)
    with FakeGateway(answer=lambda data: []) as gateway:
        start = time.monotonic()
        wake(folder, gateway.port)
        assert time.monotonic() - start < 10
    assert 1 <= len(gateway.data) <= 3, "none is begun that could not be waited for"
    assert gateway.goodbyes == 1


def test_rows_of_an_earlier_life_of_the_clock_are_dated_before_those_of_a_later_one(
    folder: Path,
) -> None:
    ages = [4000, 50_000, 20]  # what the clock read at the end of each life
    for seconds in ages[:-1]:
        node = wake(folder, 1)
        commit(node)
        node.clock._count = lambda seconds=seconds: seconds
        commit(node)
    with FakeGateway() as gateway:
        node = wake(folder, gateway.port)
    ends: dict[int, int] = {}
    for message in gateway.data:
        if message["tq"] == 0:
            newest = message["t0"] + max(row[0] for row in message["d"])
            ends[message["p"]] = newest - message["u"]  # relative to now
    assert sorted(ends) == [1, 2, 3]
    assert ends[1] <= -50_000
    assert ends[2] <= 0
    assert ends[1] < ends[2] <= ends[3] + 2, "the test's own clock went on in between"


def test_a_segment_that_cannot_be_read_keeps_no_older_row_waiting(folder: Path) -> None:
    keep(folder, 200)
    segments = sorted((folder / "flash").glob("*.row"))
    middle = segments[1]
    middle.rename(folder / "aside")
    middle.mkdir()  # its size is that of a folder, and reading it fails
    with FakeGateway() as gateway:
        node = wake(folder, gateway.port)
    assert {0, 200} <= {m["q"] + i for m in gateway.data for i in range(len(m["d"]))}
    assert node.state.get("lost", 0) == 0
    middle.rmdir()
    (folder / "aside").rename(middle)
    with FakeGateway() as gateway:
        assert wake(folder, gateway.port).outbox.held() == 0


def test_a_wake_that_fails_still_sleeps_and_tells_it_the_next_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import main

    def fail(node: Node) -> int:
        raise MemoryError("planned")

    wake(folder, 1)
    (folder / "sleep.json").unlink()
    monkeypatch.setattr("sys.argv", ["main.py", str(folder)])
    with monkeypatch.context() as broken:
        broken.setattr(Node, "wake", fail)
        with pytest.raises(SystemExit):
            main.main(str(folder))
    assert json.loads((folder / "sleep.json").read_text())["wake_at"] > time.time()
    node = Node(Board(str(folder)), Slots(str(folder)))
    node.wake()
    assert "MemoryError: planned" in node.status()["err"]


def test_a_memory_too_small_for_a_message_sends_smaller_ones(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(folder, 20)
    whole = upload.first_message

    def small(b: str, rows: list[bytes], count: int) -> tuple[bytes, int]:
        if len(rows) > 5:
            raise MemoryError
        return whole(b, rows, count)

    monkeypatch.setattr(upload, "first_message", small)
    with FakeGateway() as gateway:
        node = wake(folder, gateway.port)
    assert node.outbox.held() == 0
    assert max(len(message["d"]) for message in gateway.data) <= 5
    assert node.errors == []


def test_an_ack_that_memory_was_too_small_for_is_looked_at_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(folder, 3)
    whole, fallen = Upload.on_ack_or_resend, []

    def short(self: Upload, kind: str, q: int, n: int) -> None:
        if not fallen:
            fallen.append(q)
            raise MemoryError
        whole(self, kind, q, n)

    monkeypatch.setattr(Upload, "on_ack_or_resend", short)
    with FakeGateway() as gateway:
        node = wake(folder, gateway.port)
    assert fallen
    assert node.outbox.held() == 0
    assert sorted(message["q"] for message in gateway.data) == [0, 3], "nothing was sent twice"


def test_a_memory_too_small_for_any_message_ends_the_visit_and_keeps_the_rows(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(folder, 3)

    def none(b: str, rows: list[bytes], count: int) -> tuple[bytes, int]:
        raise MemoryError("planned")

    monkeypatch.setattr(upload, "first_message", none)
    with FakeGateway() as gateway:
        node = wake(folder, gateway.port)
        assert gateway.data == []
        assert gateway.goodbyes == 1
    assert node.errors == ["MemoryError: planned"]
    assert node.outbox.held() == 4


def test_a_node_that_says_goodbye_hears_the_broker_out() -> None:
    order: list[str] = []

    async def broker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(2) == b"\xe0\x00"
        writer.write(b"0" * 100)  # unread, it would reset the connection and cost the goodbye
        await writer.drain()
        order.append("broker closes")
        writer.close()

    async def visit() -> None:
        async with await asyncio.start_server(broker, "127.0.0.1", 0) as server:
            client = Client(*await asyncio.open_connection(*server.sockets[0].getsockname()))
            await client.disconnect()
            order.append("node closes")
            await client.close()

    asyncio.run(visit())
    assert order == ["broker closes", "node closes"]


def test_a_goodbye_does_not_meet_the_one_who_listened_until_now() -> None:
    async def broker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(2) == b"\xe0\x00"
        writer.close()

    async def visit() -> None:
        async with await asyncio.start_server(broker, "127.0.0.1", 0) as server:
            client = Client(*await asyncio.open_connection(*server.sockets[0].getsockname()))
            listening = asyncio.create_task(client.receive())
            await asyncio.sleep(0)
            listening.cancel()
            await client.disconnect()  # two readers of one stream would be a RuntimeError
            await client.close()

    asyncio.run(visit())
