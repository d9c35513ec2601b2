"""Issue 18, clients 13: an order or a manifest of whatever types is refused in words, never a crash."""

import json
import zlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from node.keep import rtc_memory
from node.keep.flash import Flash
from node.update.update import Update, refusal, update
from node.wake.visit import KINDS, Visit
from slots import Slots
from tests.firmware.update.releases import KEY, Release

ORDER: dict[str, Any] = json.loads(Release("0.3.0", {"node/version.mpy": b"x"}).order())
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=70),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip
ODD = VALUES | st.sampled_from(
    [["a"] * 64, {str(n): n for n in range(64)}, "x" * 64, "é" * 64, "\ud800", 10**40, -1, True, "9" * 1900]
)  # fmt: skip
SPOILT = st.dictionaries(st.sampled_from(sorted(ORDER)), ODD, min_size=1).map(
    lambda odd: ORDER | odd
)
SHORT = st.sets(st.sampled_from(sorted(ORDER)), max_size=4).map(
    lambda kept: {n: ORDER[n] for n in kept}
)


REFUSALS = (
    "not signed with this node's key",
    "makes no sense",
    "made for another MicroPython",  # "6" is signed like 6
)


class Board:
    """What an update looks at before it uses the radio."""

    def __init__(self) -> None:
        self.memory: dict[str, Any] = {}
        self.files = SimpleNamespace(folder="")

    def battery(self) -> Any:
        return SimpleNamespace(read=lambda: {"bv": 3000})


def test_a_right_order_is_followed() -> None:
    assert refusal(ORDER, KEY) == ""


@settings(max_examples=200)
@given(SPOILT | SHORT)
@example({**ORDER, "mac": ["a"] * 64})
@example({**ORDER, "size": float("inf")})
@example({**ORDER, "mac": None})
def test_an_order_of_any_types_is_refused_in_words(order: dict[str, Any]) -> None:
    board = Board()
    assert update(board, None, {"key": KEY}, order) is False
    assert board.memory["update"] in REFUSALS or order == ORDER


class FakeNode(SimpleNamespace):
    """What `Visit` knows of a node, for messages alone."""

    def __init__(self, folder: Path) -> None:
        notes: list[str] = []
        super().__init__(
            board=Board(), memory={}, config={"node": "n-001", "rev": 1, "cfg": {}, "networks": []},
            slots=SimpleNamespace(
                wants=lambda version, running: version not in (None, running, ""), forgive=list
            ),
            state={"b": "0a0a0a0a"}, outbox=None, flash=Flash(str(folder)), notes=notes,
            note=notes.append, clock=SimpleNamespace(set=lambda t: bool(int(t))),
        )  # fmt: skip


@pytest.fixture(scope="module")
def a_node(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], FakeNode]:
    folder = tmp_path_factory.mktemp("flash")
    return lambda: FakeNode(folder)


@settings(max_examples=200)
@given(st.data())
def test_a_message_of_any_types_ends_no_visit(
    a_node: Callable[[], FakeNode], data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from([*KINDS, "ota", "ota"]))
    said = data.draw(SPOILT | SHORT | ODD if kind == "ota" else ODD)
    node = a_node()
    Visit(node).on_message(f"surco/v1/n-001/{kind}", json.dumps(said).encode())
    order = node.memory.get("order")
    if order is not None:
        assert len(rtc_memory.pack(node.memory, b"")) < 400, "an ESP32 could not sleep"
        board = Board()
        assert not update(board, None, {"key": KEY}, order)
        assert order == ORDER or board.memory["update"] in REFUSALS
    elif kind == "ota" and isinstance(said, dict) and said.get("ver"):
        assert node.notes[0].startswith("a ota that makes no sense: ")


def test_a_right_order_is_kept_for_the_next_wake(a_node: Callable[[], FakeNode]) -> None:
    node = a_node()
    Visit(node).on_message("surco/v1/n-001/ota", json.dumps({**ORDER, "more": [1]}).encode())
    assert (node.memory["order"], node.notes) == (ORDER, [])


@pytest.fixture(scope="module")
def a_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("node")
    (folder / "a").mkdir()
    return folder


def _manifest(lines: list[str]) -> bytes:
    text = "".join(f"{line}\n" for line in ["0.3.0 6", *lines]).encode("utf-8", "surrogatepass")
    return text + b"end %08x\n" % zlib.crc32(text)


FIELDS = st.text(max_size=70) | st.integers().map(str) | st.sampled_from(["a.mpy", "00" * 32, "-1"])


@settings(max_examples=200)
@given(st.lists(st.lists(FIELDS, max_size=4).map(" ".join), max_size=4))
def test_a_manifest_of_any_fields_is_taken_or_refused(a_folder: Path, lines: list[str]) -> None:
    (a_folder / "a/manifest.new").write_bytes(_manifest(lines))
    board = SimpleNamespace(files=Flash(str(a_folder)))
    try:
        total = Update(board, Slots(str(a_folder)), {})._check("a/manifest.new")
    except ValueError:
        return
    assert 0 < total <= 120_000
