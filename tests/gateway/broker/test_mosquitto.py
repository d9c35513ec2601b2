"""What Mosquitto is told, and what it needs so that it comes back after a power cut."""

import re
from pathlib import Path

import pytest

from surco_contract import topics
from surco_gateway.broker.access import may_publish, may_receive
from surco_gateway.broker.mosquitto import (
    LONGEST_KEEPALIVE_S,
    SAVE_EVERY_S,
    access_list,
    find_mosquitto,
    guard,
)
from tests.gateway.broker.client import Client, Mosquitto, Users, text

ROOT = Path(__file__).parents[3]


def test_mosquitto_and_the_small_broker_let_a_node_do_the_same() -> None:
    """A new topic is one line in surco_contract/topics.py."""
    lines = access_list().splitlines()
    assert lines[:2] == ["user gateway", "topic readwrite surco/v1/#"]
    for kind in (topics.TO_GATEWAY | topics.TO_NODE, {"other": 1}):
        for one in kind:
            topic = f"surco/v1/n-001/{one}"
            written, read = (
                f"pattern {way} surco/v1/%u/{one}" in lines for way in ("write", "read")
            )
            assert (written, read) == (may_publish("n-001", topic), may_receive("n-001", topic))
    assert "pattern read surco/v1/bed/+/advice" in lines
    assert len(lines) == 3 + len(topics.TO_GATEWAY | topics.TO_NODE)


def test_no_keepalive_of_ours_is_longer_than_a_broker_takes() -> None:
    """Who changes one finds all of them here: the gateway's and the node's."""
    found = {
        file.relative_to(ROOT).parts[0]: int(seconds)
        for folder in ("gateway/surco_gateway", "firmware/node")
        for file in (ROOT / folder).rglob("*.py")
        for seconds in re.findall(
            r"^_?KEEPALIVE_S = (?:const\()?(\d+)", file.read_text(), re.MULTILINE
        )
    }
    assert found.keys() == {"gateway", "firmware"}
    assert all(10 <= seconds <= LONGEST_KEEPALIVE_S for seconds in found.values())


@pytest.mark.mosquitto
@pytest.mark.parametrize(
    "ruin",
    [
        pytest.param(lambda raw: raw[: len(raw) // 2], id="cut-short"),
        pytest.param(lambda raw: bytes(len(raw)), id="zeroed"),
        pytest.param(lambda raw: raw[:8] + b"\xff" * 60 + raw[68:], id="flipped"),
    ],
)
def test_a_broken_database_is_moved_aside_before_the_start(tmp_path: Path, ruin: object) -> None:
    broker = Mosquitto(tmp_path / "broker", Users(tmp_path))
    with broker:
        with Client(broker.port, "gateway", client="gateway-1", clean=False) as gateway:
            gateway.subscribe("surco/v1/+/data")
        broker.stop()
        database = broker.folder / "data" / "mosquitto.db"
        database.write_bytes(ruin(database.read_bytes()))  # type: ignore[operator]
        broker.start()
        with Client(broker.port, "n-001") as node:
            assert node.code == 0
    assert list(database.parent.glob("mosquitto.db.broken-*"))


@pytest.mark.mosquitto
@pytest.mark.parametrize("name", ["broker", "b" * 120])
def test_a_sound_database_stays(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broker = Mosquitto(tmp_path / name, Users(tmp_path))
    with broker:
        with Client(broker.port, "gateway", client="gateway-1", clean=False) as gateway:
            gateway.subscribe("surco/v1/+/data")
        broker.stop()
        monkeypatch.chdir(broker.folder)
        assert guard(find_mosquitto() or "", Path("data")) is None
        broker.start()
        with Client(broker.port, "gateway", client="gateway-1", clean=False) as gateway:
            assert gateway.present
    assert not list((broker.folder / "data").glob("*broken*"))


@pytest.mark.mosquitto
def test_what_waits_is_not_written_again_with_every_message(tmp_path: Path) -> None:
    """P12: 4 000 hellos wrote 1 272 MB, and the node that sent them was answered after 27 s."""

    class AsConfigured(Mosquitto):
        save_every_s = SAVE_EVERY_S

    with AsConfigured(tmp_path / "broker", Users(tmp_path)) as broker:
        with Client(broker.port, "gateway", client="gateway-1", clean=False) as gateway:
            gateway.subscribe("surco/v1/+/hello")
        before = _written(broker.pid)
        with Client(broker.port, "n-001") as node:
            for number in range(4_000):
                body = text("surco/v1/n-001/hello") + (number + 1).to_bytes(2, "big")
                node.send(0x32, body + b'{"b":"9f3a01c7"}')
            for _ in range(4_000):
                assert node.read(5)[0] == 0x40
        assert _written(broker.pid) - before < 20_000_000


def _written(pid: int) -> int:
    """Return the bytes that a process has written so far, sockets included."""
    said = Path(f"/proc/{pid}/io").read_text()
    return int(re.findall(r"wchar: (\d+)", said)[0])
