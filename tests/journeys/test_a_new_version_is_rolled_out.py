"""A rollout over simulated nodes with the real gateway and service: a bad one ends at its canary."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from slots import AWAY, TRIES, Slots
from surco_contract.credentials import broker_hash
from surco_service.adapters.sql.engine import open_engine
from surco_service.adapters.sql.keys import SqlKeys
from surco_service.domain.nodes.rollout import Rollout
from surco_service.ports.stores import Stores
from surco_service.usecases.nodes import firmware as use
from tests.firmware.update.releases import KEY, Release, a_release
from tests.firmware.wakes import SimulatedNode
from tests.journeys.stack import Stack
from tests.long import LONG
from tests.servers import wait_until
from tests.service.stores import stores_on

pytestmark = [pytest.mark.journey, pytest.mark.micropython, pytest.mark.timeout(300)]


@dataclass
class Programme:
    """Nodes that wake when they are told to, and the books of their service."""

    nodes: dict[str, SimulatedNode]
    engine: Engine

    @property
    def stores(self) -> Stores:
        return stores_on(self.engine)

    def versions(self) -> dict[str, str | None]:
        known = self.stores.registry.nodes()
        return {node.id: node.status.firmware for node in known if node.status}

    def round(self) -> Rollout | None:
        """Wake every node once, wait until the service knows it, and let it look at the rollout."""
        before = datetime.now(UTC)
        for node in self.nodes.values():
            assert node.wake()[0] in (0, 1)
        spoke = {name for name, node in self.nodes.items() if node.spoke()}
        wait_until(
            lambda: all(
                node.status is not None and node.status.at >= before - timedelta(seconds=1)
                for node in self.stores.registry.nodes()
                if node.id in spoke
            ),
            "the service has heard every node",
        )
        return use.step(self.stores, datetime.now(UTC))

    def roll_out(self, release: Release, rounds: int) -> Rollout:
        """Publish and roll out; wake the nodes until it ends."""
        now = datetime.now(UTC)
        use.publish(self.stores, release.version, 6, release.files, now)
        plan = use.Plan(release.version, share=0.3, patience=timedelta())
        rollout = use.start(self.stores, plan, now)
        for _ in range(rounds):
            if rollout.state != "running":
                break
            rollout = self.round() or rollout
        return rollout


@contextmanager
def a_programme(folder: Path, count: int, *, mosquitto: bool = False) -> Iterator[Programme]:
    names = [f"n-{number:03}" for number in range(1, count + 1)]
    with Stack(folder, names, mosquitto=mosquitto) as stack:
        engine = open_engine(f"sqlite:///{stack.service.data}/notebook.db")
        nodes: dict[str, SimulatedNode] = {}
        for name in names:
            secret = stack.secrets[name]
            nodes[name] = SimulatedNode(
                folder / name, stack.broker.port, secret, "micropython", interval_s=5, key=KEY
            )
            assert nodes[name].wake() == (0, "")
        wait_until(
            lambda: len(stores_on(engine).registry.nodes()) == count, "all nodes have spoken"
        )
        for name in names:
            SqlKeys(engine).give(name, broker_hash(stack.secrets[name]), KEY, datetime.now(UTC))
        yield Programme(nodes, engine)
        engine.dispose()


@pytest.mark.parametrize("fault", ["is not acked", "crashes"])
def test_a_broken_version_stops_at_the_canary_and_all_run_the_old_one(
    tmp_path: Path, fault: str
) -> None:
    with a_programme(tmp_path, 10 if LONG else 4) as programme:
        rollout = programme.roll_out(a_release("0.3.0", fault), rounds=14)
        canary = next(node for node, step in rollout.steps.items() if step.ordered)
        assert (rollout.state, rollout.reason, rollout.node) == ("stopped", "went-back", canary)
        for _ in range(2):
            programme.round()
        assert set(programme.versions().values()) == {"0.2.0"}
        had = {name for name, node in programme.nodes.items() if (node.folder / "a").exists()}
        assert had == {canary}, "no other node ever heard of it"


@pytest.mark.parametrize("mosquitto", [False, pytest.param(True, marks=pytest.mark.mosquitto)])
def test_a_good_version_reaches_every_node(tmp_path: Path, *, mosquitto: bool) -> None:
    with a_programme(tmp_path, 4, mosquitto=mosquitto) as programme:
        rollout = programme.roll_out(a_release("0.3.0"), rounds=16)
        assert rollout.state == "done"
        assert set(programme.versions().values()) == {"0.3.0"}


def test_a_version_that_only_lacked_wifi_is_rolled_out_again(tmp_path: Path) -> None:
    with a_programme(tmp_path, 1) as programme:
        node = programme.nodes["n-001"]

        def comes_to(state: str) -> bool:
            rollout = programme.round()
            return rollout is not None and rollout.state == state

        def slots() -> Mapping[str, Any]:
            return Slots(str(node.folder)).state

        programme.roll_out(a_release("0.3.0"), rounds=0)
        wait_until(lambda: bool(programme.round() and slots()["trial"]), "its trial begins", 120)
        node.soil(networks={})
        for _ in range(AWAY + TRIES + 1):
            assert node.wake() == (0, "")
        assert slots()["bad"] == "0.3.0"
        node.soil()
        node.lose_power()  # else it would wait longer before it speaks again
        wait_until(lambda: comes_to("stopped"), "the rollout stops", 120)
        wait_until(lambda: bool(programme.round() and not slots()["bad"]), "it forgives", 120)

        programme.roll_out(a_release("0.3.0"), rounds=0)
        wait_until(lambda: comes_to("done"), "it is rolled out after all", 120)
        assert programme.versions() == {"n-001": "0.3.0"}
