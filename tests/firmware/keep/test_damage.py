"""Every byte of every small file, flipped or cut off once: the node wakes, keeps measuring, mends."""

import json
import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hal.sim import Board
from node.keep import rows
from node.keep.config import ConfigError
from node.wake.node import Node
from slots import SLOTS, Slots
from tests.firmware.fake_gateway import FakeGateway
from tests.firmware.update.releases import Release, a_release
from tests.firmware.wakes import SOIL
from tests.long import LONG

CONFIG = {
    "node": "n-001", "host": "127.0.0.1", "port": 1, "password": "geheim", "interval_s": 60,
    "upload_every": 96,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a node that has kept three rows and heard a configuration."""
    root = tmp_path / "whole"
    root.mkdir()
    (root / "soil.json").write_text(json.dumps({"t": int(time.time()), **SOIL}))
    with FakeGateway(first=(("cfg", b'{"rev":3,"interval_s":120}'),)) as gateway:
        gateway.tells_time = True
        config = {**CONFIG, "port": gateway.port, "upload_every": 1}
        (root / "config.json").write_text(json.dumps(config))
        for _ in range(3):
            wake(root)
    return root


def wake(root: Path) -> Node:
    node = Node(Board(str(root)), Slots(str(root)))
    node.board.sleep(node.wake())
    return node


def damaged(raw: bytes, chance: random.Random) -> Iterator[bytes]:
    """Yield the bytes with each one changed in some way, and cut off at each place."""
    for place in range(len(raw)):
        yield raw[:place] + bytes([raw[place] ^ chance.randint(1, 255)]) + raw[place + 1 :]
    for place in range(0, len(raw), 3):
        yield raw[:place]


def each_damage(folder: Path, name: str, see: Callable[[Path, Node], Any]) -> int:
    """Wake a copy of the node for every damage of one file; return how many there were."""
    raw, seen = (folder / name).read_bytes(), 0
    copy = folder.with_name("damaged")
    for spoilt in damaged(raw, random.Random(7)):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)
        (copy / "rtc").unlink()
        (copy / name).write_bytes(spoilt)
        see(copy, offline(copy))
        seen += 1
    return seen


def offline(root: Path) -> Node:
    """Do a wake that only measures and keeps."""
    board = Board(str(root))
    board.memory["retry_at"] = 10**6
    node = Node(board, Slots(str(root)))
    node.board.sleep(node.wake())
    return node


def test_a_damaged_configuration_is_replaced_by_its_copy(folder: Path) -> None:
    def see(root: Path, node: Node) -> None:
        assert node.config["password"] == "geheim"
        assert node.config["node"] == "n-001"
        assert any("config.json" in words for words in node.errors), "it reports it"
        assert (root / "config.json").read_bytes() == (folder / "config.json").read_bytes()

    assert each_damage(folder, "config.json", see) > 300


def test_a_damaged_copy_is_made_again(folder: Path) -> None:
    (folder / "config.copy").unlink()
    assert offline(folder).config["password"] == "geheim"
    assert (folder / "config.copy").read_bytes() == (folder / "config.json").read_bytes()


def test_without_a_sound_configuration_the_node_says_what_to_do(folder: Path) -> None:
    (folder / "config.json").write_bytes(b"noise")
    (folder / "config.copy").write_bytes(b"noise")
    with pytest.raises(ConfigError, match="set the node up again"):
        Node(Board(str(folder)), Slots(str(folder)))


def test_a_damaged_order_of_the_gateway_is_as_if_there_were_none(folder: Path) -> None:
    def see(root: Path, node: Node) -> None:
        assert (node.config["interval_s"], node.config["rev"]) in {(60, 0), (120, 3)}
        if (root / "flash/cfg.json").stat().st_size:
            assert node.config["rev"] == 3 or any("cfg.json" in words for words in node.errors)

    assert each_damage(folder, "flash/cfg.json", see) > 40


def test_a_damaged_state_costs_no_row_and_no_name(folder: Path) -> None:
    def see(root: Path, node: Node) -> None:
        assert node.state["b"] == life
        assert node.outbox.next_q == 4

    life = json.loads((folder / "flash/state").read_bytes()[8:])["b"]
    assert each_damage(folder, "flash/state", see) > 60


def test_a_damaged_row_costs_itself(folder: Path) -> None:
    def see(root: Path, node: Node) -> None:
        found = [rows.head(row)[0] for row in node.outbox.rows(0, node.outbox.next_q)]
        assert found[-1] == 3, "the row of this wake is kept, under a name of its own"
        if (root / "flash" / segment.name).stat().st_size == 4 * rows.SIZE:
            assert len(found) == 3, "no other row is touched"

    (segment,) = (folder / "flash").glob("*.row")
    assert each_damage(folder, f"flash/{segment.name}", see) > 200


def test_a_damaged_memory_is_a_cold_start(folder: Path) -> None:
    raw = (folder / "rtc").read_bytes()
    for spoilt in damaged(raw, random.Random(7)):
        (folder / "rtc").write_bytes(spoilt)
        assert offline(folder).outbox is not None


# ---------------------------------------------------------------- slots


def a_board_with_slots(root: Path, most_files: int = 99, **state: Any) -> Slots:
    """Return slots with two whole versions."""
    for slot, version in zip(SLOTS, ("0.3.0", "0.4.0"), strict=True):
        whole = a_release(version)
        release = Release(version, dict(list(whole.files.items())[:most_files]))
        for name, body in release.files.items():
            (root / slot / name).parent.mkdir(parents=True, exist_ok=True)
            (root / slot / name).write_bytes(body)
        (root / slot / "manifest").write_bytes(release.manifest)
    slots = Slots(str(root))
    slots.save(**state)
    return slots


@pytest.mark.micropython
def test_a_damaged_slot_never_runs(tmp_path: Path) -> None:
    a_board_with_slots(tmp_path, good="b")
    chance = random.Random(7)
    files = sorted(path for path in (tmp_path / "b").rglob("*") if path.is_file())
    for _ in range(300):
        file = chance.choice(files)
        raw = file.read_bytes()
        place = chance.randrange(len(raw))
        flipped = raw[:place] + bytes([raw[place] ^ 1 << chance.randrange(8)]) + raw[place + 1 :]
        file.write_bytes(chance.choice([flipped, raw[:place]]))
        slots = Slots(str(tmp_path))
        assert slots.choose("anew") == ""
        assert slots.version("a") == "0.3.0"
        file.write_bytes(raw)
        assert Slots(str(tmp_path)).choose("anew") == "b"


@pytest.mark.micropython
def test_a_manifest_that_ends_too_early_is_no_manifest(tmp_path: Path) -> None:
    a_board_with_slots(tmp_path, most_files=99 if LONG else 8, good="b")
    manifest = tmp_path / "b" / "manifest"
    whole = manifest.read_bytes()
    for spoilt in damaged(whole, random.Random(7)):
        manifest.write_bytes(spoilt)
        assert Slots(str(tmp_path)).version("b") is None
    for place in [n for n, byte in enumerate(whole[:-1]) if byte == 10]:
        manifest.write_bytes(whole[: place + 1])
        assert Slots(str(tmp_path)).version("b") is None


@pytest.mark.micropython
def test_a_damaged_boot_file_lets_a_whole_version_run_on_trial_at_most(tmp_path: Path) -> None:
    a_board_with_slots(tmp_path, good="b")
    raw = (tmp_path / "boot").read_bytes()
    for spoilt in damaged(raw, random.Random(7)):
        (tmp_path / "boot").write_bytes(spoilt)
        slots = Slots(str(tmp_path))
        assert slots.choose("anew") == "a"
        assert slots.on_trial
        assert Slots(str(tmp_path)).state["tries"] == 1, "counted before it runs"


@pytest.mark.micropython
def test_a_good_version_that_keeps_crashing_is_left_for_what_was_flashed(tmp_path: Path) -> None:
    a_board_with_slots(tmp_path, good="a")
    for _ in range(3):
        slots = Slots(str(tmp_path))
        assert slots.choose("sleep") == "a"
        slots.crashed()
    assert Slots(str(tmp_path)).choose("sleep") == ""
