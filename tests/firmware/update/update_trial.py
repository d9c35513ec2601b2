"""An update of one simulated node, and its flash looked into; tests and measurements share it."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.firmware.compiled import compiled
from tests.firmware.fake_gateway import FakeGateway
from tests.firmware.update.releases import KEY, Release, a_release
from tests.firmware.wakes import INTERPRETERS, SimulatedNode


def offer(gateway: FakeGateway, release: Release, order: bytes | None = None) -> None:
    gateway.first = (("ota", release.order() if order is None else order),)
    gateway.parts = release.parts


def a_node(folder: Path, port: int, interpreter: str = "littlefs") -> SimulatedNode:
    """Return a node with a flash chip of its own, which has woken once."""
    node = SimulatedNode(folder / "n-001", port, "", interpreter, key=KEY)
    node.soil(littlefs=True)
    assert node.wake() == (0, "")
    return node


def slots(node: SimulatedNode) -> dict[str, Any]:
    script = Path(__file__).with_name("inspect_slots.py")
    command = [*INTERPRETERS["littlefs"], str(script), str(node.folder), str(compiled())]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


class UpdateTrial:
    """An update whose power fails at one flash operation of one wake; then it goes on."""

    def __init__(self, folder: Path, gateway: FakeGateway, interpreter: str = "littlefs") -> None:
        self.gateway, self.folder = gateway, folder
        gateway.first = ()
        self.base = a_node(folder, gateway.port, interpreter)
        offer(gateway, a_release("0.3.0"))
        self.base.wake()  # it has heard of the order; the next wake is for it
        self.operations = self._count()

    def _node(self) -> SimulatedNode:
        folder = self.folder / "trial" / "n-001"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.base.folder, folder)
        node = SimulatedNode.__new__(SimulatedNode)
        node.__dict__.update(self.base.__dict__)
        node.folder = folder
        node.command = [*self.base.command[:-1], str(folder)]
        return node

    def _count(self) -> int:
        """Return how many flash operations the wake that fetches it all needs."""
        node = self._node()
        node.soil(littlefs=True)
        assert node.wake() == (0, "")
        return int((node.folder / "operations").read_text())

    def run(self, cut: int, wake: int) -> str:
        """Cut the power at an operation of a wake; return "updated", "given up", "bricked" or "half"."""
        node = self._node()
        for number in range(1, 8):
            node.soil(littlefs=True, **({"cut": cut} if number == wake else {}))
            code, _ = node.wake()
            found = slots(node)
            if "half" in (found["a"], found["b"]):
                return "half"
            if code != 0 and number != wake:
                return "bricked"
            if found["state"]["good"]:
                break
        self.gateway.said.clear()
        node.soil(littlefs=True)
        if node.wake()[0] != 0:
            return "bricked"
        return "updated" if self.gateway.status()["fw"] == "0.3.0" else "given up"
