"""`surco node set`, from the command to a node that follows it, and what the registry then knows."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from surco_service.adapters.sql.engine import open_engine
from surco_service.domain.nodes.node import NodeStatus
from tests.firmware.wakes import SimulatedNode
from tests.servers import wait_until
from tests.service.stores import stores_on
from tests.surco.programs import Surco

pytestmark = [pytest.mark.journey, pytest.mark.micropython, pytest.mark.timeout(400)]

NODE, SECRET = "n-001", "clave-del-vecino"
HOME = {"Casa": {"password": "clave-de-casa"}}


class Garden:
    """One `surco up` with one node."""

    def __init__(self, surco: Surco, folder: Path) -> None:
        self.surco = surco
        added = surco.run("node", "add", NODE)
        assert added.returncode == 0, added.stderr
        secret = json.loads(added.stdout)["password"]
        networks = [{"ssid": "Casa", "password": "clave-de-casa"}]
        self.node = SimulatedNode(
            folder, surco.broker_port, secret, "micropython", networks=networks
        )
        self.node.soil(networks=HOME)
        wait_until(lambda: self.wakes_with() == 0, "the broker lets the node in")

    def status(self) -> NodeStatus | None:
        engine = open_engine(f"sqlite:///{self.surco.data}/notebook.db")
        try:
            return next(one.status for one in stores_on(engine).registry.nodes() if one.id == NODE)
        finally:
            engine.dispose()

    def set(self, *wish: str) -> int:
        """Order it, and wake the node until it follows; return the `rev`."""
        done = self.surco.run("node", "set", NODE, *wish)
        assert done.returncode == 0, done.stderr
        rev = int(done.stdout.rpartition("rev ")[2].strip().rstrip(")"))
        wait_until(lambda: self.wakes_with() == rev, "the node follows the order", 120)
        return rev

    def wakes_with(self) -> int | None:
        """Wake the node; return the `rev` that it says it follows."""
        self.node.lose_power()  # then it visits at once
        before = len(self.node.trace("status"))
        assert self.node.wake() == (0, "")
        said = [event["status"] for event in self.node.trace("status")]
        return said[-1]["cfg"] if len(said) > before else None


@pytest.fixture
def garden(tmp_path: Path) -> Iterator[Garden]:
    with Surco(tmp_path / "data", "up", "--broker", "small") as surco:
        surco.wait_for("Ctrl-C")
        yield Garden(surco, tmp_path / NODE)


def test_an_order_reaches_the_node_and_the_registry(garden: Garden) -> None:
    rev = garden.set("--interval", "60", "--upload-every", "2")
    wait_until(
        lambda: (s := garden.status()) is not None and (s.cfg, s.interval_s) == (rev, 120),
        "the registry knows",
    )
    wrong = garden.surco.run("node", "set", NODE, "--interval", "1")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "--interval va de 5 a 86400 segundos" in wrong.stderr


def test_a_network_that_does_not_work_is_given_up_and_the_registry_is_told(garden: Garden) -> None:
    garden.set("--wifi", f"Vecina:{SECRET}")
    told: list[str | None] = []

    def gave_up() -> bool:
        garden.wakes_with()
        status = garden.status()
        told.append(status.error if status else None)
        return "did not work" in str(told[-1])

    wait_until(gave_up, "it says that the new network did not work", 120)
    config = json.loads((garden.node.folder / "config.json").read_text()[8:])
    assert [network["ssid"] for network in config["networks"]] == ["Casa"]
    assert SECRET not in str(told)


def test_a_workshop_is_fast_at_once(garden: Garden) -> None:
    done = garden.surco.run("node", "set", NODE, "--fast", "30")
    assert done.returncode == 0, done.stderr

    def samples() -> int:
        return len(garden.node.trace("committed"))

    def is_fast() -> bool:
        garden.node.lose_power()
        before = samples()
        with garden.node.start() as process:
            try:
                wait_until(
                    lambda: process.poll() is not None or samples() >= before + 4,
                    "it sleeps again, or stays awake with a sample every 5 s", 40,
                )  # fmt: skip
                return process.poll() is None
            finally:
                process.kill()

    wait_until(is_fast, "the workshop has begun", 120)
