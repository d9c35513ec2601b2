"""What a phone carries: the file of a node's rows, and the receipt that frees them."""

import hashlib
import hmac
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hal.sim import Board
from node.carry.mule import Mule, Refused
from node.keep.flash import Flash
from node.keep.outbox import Outbox
from node.keep.rtc_rows import pack_values
from node.keep.state import State
from node.wake.before_visit import open_ring
from node.wake.node import Node
from slots import Slots
from surco_contract.messages import read_data
from tests.firmware.compiled import compiled
from tests.firmware.portal.portals import KEY, NODE, SimulatedPortal, configure, make_node
from tests.firmware.wakes import INTERPRETERS

T = 1795364100
BOTH = pytest.mark.parametrize("interpreter", ["cpython", "micropython"])
HEAP = "128k"  # all of the portal and a node with its ring, on a machine with pointers of 8 bytes
pytestmark = pytest.mark.timeout(120)
Made = Callable[..., Path]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Return a maker of a claimed node that holds some rows."""

    def make(
        rows: int, tq: int = 2, acked: tuple[tuple[int, int], ...] = (), name: str = NODE
    ) -> Path:
        folder = fill(make_node(tmp_path / name), rows, tq, acked)
        configure(folder, 1)
        return folder

    return make


def fill(folder: Path, rows: int, tq: int = 2, acked: tuple[tuple[int, int], ...] = ()) -> Path:
    """Put rows into the ring of a node, and ack some."""
    flash = Flash(str(folder / "flash"))
    outbox = Outbox(flash, State(flash, os.urandom), 192)
    for q in range(rows):
        t = 900 * q + (T if tq else 0)
        outbox.append(t, tq, 1, pack_values([("r1", 150000 + q), ("st", 1446), ("bv", 391200)]))
    for q, n in acked:
        outbox.ack(q, n)
    return folder


def opened(folder: Path) -> Node:
    node = Node(Board(str(folder)), Slots(str(folder)))
    open_ring(node)
    return node


def mac(content: bytes, key: str = KEY) -> str:
    return hmac.new(bytes.fromhex(key), content, hashlib.sha256).hexdigest()


def checked(file: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the head and the messages of a queue file whose mac CPython finds right."""
    lines = file.splitlines(keepends=True)
    assert json.loads(lines[-1]) == {"mac": mac(b"".join(lines[:-1]))}
    assert all(line.endswith(b"\n") and len(line) <= 1401 for line in lines[1:])
    for line in lines[1:-1]:
        assert read_data(line.rstrip(b"\n")).faults == []
    return json.loads(lines[0]), [json.loads(line) for line in lines[1:-1]]


def named(messages: list[dict[str, Any]]) -> list[int]:
    return [message["q"] + place for message in messages for place in range(len(message["d"]))]


def receipt(node: str, b: str, *acks: tuple[int, int], **more: Any) -> bytes:
    key = more.pop("key", KEY)
    said = {"surco": 1, "kind": "acks", "node": node, "b": b, "acks": acks, **more}
    content = json.dumps(said).encode() + b"\n"
    return content + b'{"mac":"%s"}\n' % mac(content, key).encode()


@BOTH
def test_a_phone_takes_what_waits_and_nothing_else(made: Made, interpreter: str) -> None:
    folder = made(60, acked=((0, 5), (20, 10)))
    with SimulatedPortal(folder, interpreter, heap=HEAP) as portal:
        assert portal.http.get("/state").json()["rows"] == 45
        answer = portal.http.get(f"/queue?t={T}")
    head, messages = checked(answer.content)
    assert (head["node"], head["q0"], head["q1"], head["taken"]) == (NODE, 5, 59, T)
    assert named(messages) == [*range(5, 20), *range(30, 60)]
    assert (
        answer.headers["content-disposition"]
        == f'attachment; filename="{NODE}-{head["b"]}-59.surco"'
    )


@BOTH
def test_a_download_that_broke_off_goes_on(made: Made, interpreter: str) -> None:
    with SimulatedPortal(made(300), interpreter, heap=HEAP) as portal:
        whole = portal.http.get(f"/queue?t={T}")
        size, tag = len(whole.content), whole.headers["etag"]
        assert whole.headers["accept-ranges"] == "bytes"
        parts = b""
        for asked in ("bytes=0-999", "bytes=1000-4999", "bytes=5000-"):
            heads = {"Range": asked, "If-Range": tag}
            answer = portal.http.get(f"/queue?t={T + 60}", headers=heads)
            assert answer.status_code == 206
            assert answer.headers["content-range"].endswith(f"/{size}")
            parts += answer.content
        assert parts == whole.content
        assert portal.http.get("/queue", headers={"Range": "bytes=-77"}).content == parts[-77:]
        beyond = portal.http.get("/queue", headers={"Range": f"bytes={size}-"})
        assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
        for odd in ("bytes=a-b", "bytes=0-1,5-6", "lines=1-2", "bytes=-"):
            assert portal.http.get("/queue", headers={"Range": odd}).content == parts
        other = {"Range": "bytes=5-9", "If-Range": '"another"'}
        assert portal.http.get("/queue", headers=other).status_code == 200
    checked(parts)


def test_any_piece_of_the_file_is_a_piece_of_the_whole(made: Made) -> None:
    mule, whole = measured(opened(made(80, acked=((10, 3),))))

    @settings(deadline=None, max_examples=60)
    @given(st.integers(0, len(whole)), st.integers(0, len(whole)))
    def piece(one: int, other: int) -> None:
        start, end = sorted((one, other))
        assert b"".join(mule.pieces(start, end)) == whole[start:end]

    piece()


def measured(node: Node) -> tuple[Mule, bytes]:
    """Return a mule and its whole file."""

    async def pause() -> None:
        """Nobody else waits."""

    mule = Mule(node)
    try:
        mule.measure(pause).send(None)
    except StopIteration as done:
        return mule, b"".join(mule.pieces(0, done.value))
    raise AssertionError("it waits")


def test_rows_without_a_date_travel_with_their_clock_as_it_stood(made: Made) -> None:
    node = opened(made(30, tq=0))
    mule, _ = measured(node)
    mule.set_time(5)  # no phone's clock
    mule.set_time(T)
    mule.set_time(T + 1000)  # the first one holds
    _, whole = measured(node)
    head, messages = checked(whole)
    assert head["taken"] == 0
    assert all(message["p"] == 1 and message["u"] >= 29 * 900 for message in messages)
    assert named(messages) == list(range(30))


def test_five_thousand_rows_need_no_more_memory_than_fifty(made: Made, tmp_path: Path) -> None:
    script = tmp_path / "measure.py"
    script.write_text(
        "import gc, sys, asyncio\ngc.threshold(2048)\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from hal.sim import Board\nfrom slots import Slots\n"
        "from node.wake.node import Node\nfrom node.wake.before_visit import open_ring\n"
        "from node.carry.mule import Mule\n"
        "node = Node(Board(sys.argv[2]), Slots(sys.argv[2])); open_ring(node)\n"
        "mule, most, size = Mule(node), 0, 0\n"
        "gc.collect(); before = gc.mem_alloc()\n"
        "async def pause(): pass\n"
        "end = asyncio.run(mule.measure(pause))\n"
        "for piece in mule.pieces(0, end):\n"
        "    size += len(piece); gc.collect(); most = max(most, gc.mem_alloc() - before)\n"
        "print(size, end, most)\n"
    )
    used = {}
    for rows in (50, 5000):
        folder = made(rows, name=f"n-{rows}")
        command = [*INTERPRETERS["micropython"], str(script), str(compiled()), str(folder)]
        out = subprocess.run(
            command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
        )
        size, end, used[rows] = map(int, out.stdout.split())
        assert size == end
    assert size > 130_000  # more than the whole heap
    assert used[5000] < used[50] + 2000


# ---------------------------------------------------------------- the receipt


@BOTH
def test_a_receipt_frees_the_rows_that_it_names(made: Made, interpreter: str) -> None:
    folder = made(60)
    b = json.loads((folder / "flash/state").read_bytes()[8:])["b"]
    with SimulatedPortal(folder, interpreter, heap=HEAP) as portal:
        first = portal.http.get("/queue")
        answer = portal.http.post("/receipt", content=receipt(NODE, b, (0, 30), (40, 1000)))
        assert (answer.status_code, answer.json()) == (200, {"freed": 50, "rows": 10})
        again = portal.http.post("/receipt", content=receipt(NODE, b, (0, 30)))
        assert again.json() == {"freed": 0, "rows": 10}
        second = portal.http.get("/queue")
        assert second.headers["etag"] != first.headers["etag"]
        assert named(checked(second.content)[1]) == list(range(30, 40))
        assert portal.http.get("/state").json()["rows"] == 10
    assert opened(folder).outbox.held() == 10


def test_what_is_no_receipt_of_this_node_is_refused_with_a_word(made: Made) -> None:
    node = opened(made(20))
    mule, queue = measured(node)
    b = node.state["b"]
    good = receipt(NODE, b, (0, 20))
    for file, word in (
        (b"", "not-ours"),
        (b"hello", "not-ours"),
        (b"\n\n", "not-ours"),
        (b"\xff\xd8\xff\xe0 a photo \n\n", "not-ours"),
        (queue, "queue"),
        (good[:-1] + b"\n" + good, "wrong-mac"),
        (receipt("n-002", b, (0, 20)), "other-node"),
        (receipt(NODE, "00000000", (0, 20)), "other-life"),
        (receipt(NODE, b, (0, 20), key="ff" * 32), "wrong-mac"),
        (good.replace(b"20", b"10"), "wrong-mac"),
        (good[: good.rfind(b"{")] + b'{"mac":null}', "wrong-mac"),
        (good[: good.rfind(b"{")] + b'{"mac":"%s"}' % (b"0" * 64), "wrong-mac"),
        (good[: good.rfind(b"{")], "wrong-mac"),
        (receipt(NODE, b, (0, 20), surco=2), "not-ours"),
        (receipt(NODE, b, (-1, 20)), "not-ours"),
        (receipt(NODE, b, (0, 0)), "not-ours"),
        (receipt(NODE, b, (0, 2**40)), "not-ours"),
        (receipt(NODE, b, (0, 20), acks={"0": 20}), "not-ours"),
        (receipt(NODE, b, (0, 20), acks=[[True, 1]]), "not-ours"),
        (receipt(NODE, b, *[(0, 1)] * 100), "not-ours"),
    ):
        with pytest.raises(Refused) as refused:
            mule.take_receipt(file)
        assert refused.value.args == (word,), file[:80]
        assert node.outbox.held() == 20
    assert mule.take_receipt(good) == 20


def test_a_receipt_that_was_changed_anywhere_frees_nothing(made: Made) -> None:
    node = opened(made(20))
    mule, good = Mule(node), receipt(NODE, node.state["b"], (0, 20))

    @settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
    @given(st.integers(0, len(good) - 2), st.binary(max_size=4))
    def change(place: int, bytes_: bytes) -> None:
        changed = good[:place] + bytes_ + good[place + 1 :]
        if changed == good:
            return
        try:
            mule.take_receipt(changed)
        except Refused:
            assert node.outbox.held() == 20
        else:  # only the last line may be written otherwise
            assert changed[: changed.rstrip().rfind(b"\n")] == good[: good.rstrip().rfind(b"\n")]
            node.outbox.unack(0, 20)

    change()


def test_a_node_without_a_key_carries_nothing(made: Made) -> None:
    folder = made(5)
    configure(folder, 1, key="")
    with SimulatedPortal(folder) as portal:
        assert portal.http.get("/state").json()["rows"] is None
        assert portal.http.get("/queue").status_code == 404
        assert portal.http.post("/receipt", content=b"x").json() == {"why": "no-rows"}
