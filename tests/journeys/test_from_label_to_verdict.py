"""From the label to the first verdict: one phone, one box, the real gateway and service."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from surco.nodes.label import new_label
from surco_contract.credentials import broker_hash
from surco_service.adapters.sql.engine import open_engine
from surco_service.adapters.sql.keys import SqlKeys
from surco_service.domain.stewardship.garden import Bed, Garden
from surco_service.domain.water.calibration import Calibration
from surco_service.ports.stores import Stores
from surco_service.usecases.nodes import registry
from tests.firmware.portal.portals import WIFI_PASSWORD, make_node, soil
from tests.firmware.wakes import SimulatedNode
from tests.journeys.browser import phone
from tests.journeys.stack import Stack
from tests.journeys.test_a_node_is_claimed import gets_in
from tests.servers import accepts, free_port, wait_until
from tests.service.stores import stores_on

pytestmark = [
    pytest.mark.journey, pytest.mark.chromium, pytest.mark.micropython, pytest.mark.timeout(280),
]  # fmt: skip

NODE = "n-001"
HUMAN_S = {  # what a person takes for each step who does it for the first time
    "find the label and scan it": 30, "join the box's own Wi-Fi": 30, "read the page": 30,
    "choose the Wi-Fi and type its password": 45, "watch it connect": 0, "leave its Wi-Fi": 20,
}  # fmt: skip


@contextmanager
def ending(box: "subprocess.Popen[str]") -> Iterator["subprocess.Popen[str]"]:
    """Let nothing outlive the test."""
    with box:
        try:
            yield box
        finally:
            box.kill()


def plant(stores: Stores) -> None:
    stores.records.save_garden(Garden("huerto", "Huerto de prueba"))
    stores.records.save_bed(Bed("cama-1", "huerto", "Cama 1", 2.0, crop="jitomate"))


@pytest.mark.parametrize("mosquitto", [False, pytest.param(True, marks=pytest.mark.mosquitto)])
def test_a_volunteer_goes_from_the_label_to_the_first_verdict(
    tmp_path: Path, *, mosquitto: bool
) -> None:
    stack = Stack(tmp_path, [], mosquitto=mosquitto, plant=plant)
    label, now = new_label(NODE, "Cama 1"), datetime.now(UTC)
    with stack, phone() as page:
        engine = open_engine(f"sqlite:///{stack.service.data}/notebook.db")
        stores = stores_on(engine)
        SqlKeys(engine).label(NODE, broker_hash(label.code), now)
        registry.place_probe(stores, NODE, "r1", "p-0001", "cama-1", 0.15, now)
        registry.calibrate(stores, Calibration("p-0001", 2300, 0.05, 900, 0.45, now))
        engine.dispose()
        folder = make_node(tmp_path / NODE, stack.broker.port, ap_password=label.ap_password)
        port = free_port()
        soil(folder, portal_ports=[port, free_port()])
        node = SimulatedNode.of(folder, "micropython")
        wait_until(lambda: gets_in(stack.broker.port, label.code), "the label is known")

        begun = time.monotonic()
        with ending(
            node.start()
        ) as box:  # it has a label and no configuration, so it opens its portal
            wait_until(lambda: accepts(port), "the portal opens")
            page.goto(f"http://127.0.0.1:{port}/?c={label.code}")
            page.get_by_label("Casa").check(force=True)
            page.get_by_label("Su contraseña").first.fill(WIFI_PASSWORD)
            assert page.get_by_label("Código de la etiqueta").input_value()
            page.get_by_role("button", name="Conectar").first.click()
            page.get_by_text("Listo ✓").wait_for(timeout=60_000)
            words, _ = box.communicate(timeout=30)
            assert box.returncode == 0, words
        sealed = (folder / "config.json").read_text()
        assert json.loads(sealed[8:])["password"] != label.code

        page.goto(f"{stack.service.url}/sensores")
        assert not page.get_by_text("Saludó").count()
        assert node.wake() == (0, "")
        page.get_by_text("Saludó hace").wait_for(timeout=20_000)  # nobody touches the page

        def verdict() -> str:
            page.goto(f"{stack.service.url}/cama/cama-1")
            return page.locator("[data-status]").first.get_attribute("data-status")

        wait_until(lambda: verdict() not in ("unknown", None), "the bed has a verdict", 120)
        took = time.monotonic() - begun + sum(HUMAN_S.values())
        print(f"{took:.0f} s, of which a person {sum(HUMAN_S.values())} s")
        assert took < 300
