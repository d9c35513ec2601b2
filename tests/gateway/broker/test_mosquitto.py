"""What Mosquitto needs so that it comes back after a power cut."""

from pathlib import Path

import pytest

from tests.gateway.broker.client import Client, Mosquitto, Users

pytestmark = pytest.mark.mosquitto


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


def test_a_sound_database_stays(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path / "broker", Users(tmp_path))
    with broker:
        with Client(broker.port, "gateway", client="gateway-1", clean=False) as gateway:
            gateway.subscribe("surco/v1/+/data")
        broker.stop()
        broker.start()
        with Client(broker.port, "gateway", client="gateway-1", clean=False) as gateway:
            assert gateway.present
    assert not list((broker.folder / "data").glob("*broken*"))
