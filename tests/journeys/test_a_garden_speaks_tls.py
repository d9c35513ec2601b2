"""A garden whose nodes speak TLS, as a person sets it up: certificate, label, board, phone, reading."""

import re
import shutil
from pathlib import Path

import httpx
import pytest

from surco.nodes.boards import BOARDS
from surco.nodes.flash import lay_out
from tests.firmware.portal.portals import SimulatedPortal, soil
from tests.firmware.wakes import SimulatedNode
from tests.journeys.test_a_node_is_claimed import gets_in
from tests.servers import free_port, wait_until
from tests.surco.programs import Surco

pytestmark = [pytest.mark.journey, pytest.mark.micropython, pytest.mark.timeout(400)]

NODE = "n-001"


@pytest.fixture(params=["small", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
def surco(request: pytest.FixtureRequest, tmp_path: Path) -> Surco:
    surco = Surco(tmp_path / "data", "up", "--broker", request.param)
    surco.environment["SURCO_BROKER_TLS_PORT"] = str(free_port())
    return surco


def flashed(surco: Surco, board: Path) -> Path:
    """Return the folder of a simulated node with what `surco flash` would tell its board."""
    authority = (surco.data / "tls/ca.der").read_bytes()
    lay_out(board, BOARDS["esp32"], surco.data / f"labels/{NODE}.json", authority)
    folder = board.with_name(NODE)
    (folder / "flash").mkdir(parents=True)
    for name in ("label.json", "ca.der"):
        shutil.copy(board / name, folder)
    soil(folder)
    return folder


def test_a_reading_travels_over_tls_from_a_claimed_node(surco: Surco, tmp_path: Path) -> None:
    with surco:
        surco.wait_for("Ctrl-C")
    made = surco.run("certificate")
    assert made.returncode == 0, made.stderr
    with surco:
        surco.wait_for("Ctrl-C")
        labelled = surco.run("label", NODE, "--host", "127.0.0.1")
        assert labelled.returncode == 0, labelled.stderr
        sheet = (surco.data / "labels/labels.html").read_text(encoding="utf-8")
        (code,) = re.findall(r'class="secret">([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})<', sheet)
        wait_until(lambda: gets_in(surco.broker_port, code.replace("-", "")), "the label is known")
        folder = flashed(surco, tmp_path / "board")
        with SimulatedPortal(folder, "tls") as portal:
            assert portal.connect(code=code).status_code == 202
            assert portal.outcome()["state"] == "done", portal.outcome()
        node = SimulatedNode.of(folder, "tls")
        assert node.wake() == (0, "")
        latest = f"{surco.url}/api/v1/nodes/{NODE}/latest"
        wait_until(lambda: httpx.get(latest).status_code == 200, "the reading is there", 120)
