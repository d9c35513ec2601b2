"""P1, P2, P3: kill -9 of every part at random moments under load loses and doubles nothing.

Nodes keep the ledger: what they saw acknowledged must be in the store exactly once, with its value.
Each part is killed `KILLS` times; the seed is printed when a test fails.
"""

import asyncio
import os
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.journeys.nodes import RestlessNode, value_of
from tests.journeys.stack import Stack
from tests.long import LONG
from tests.servers import Influxd, Server, wait_until

KILLS = int(os.environ.get("SURCO_KILLS", "20" if LONG else "8"))
NODES = [f"n{index:03d}" for index in range(8)]

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]


def load_while(stack: Stack, deed: Callable[[], None]) -> list[RestlessNode]:
    """Let nodes measure and send while `deed` runs in a thread, then until everything is acked."""
    nodes = [
        RestlessNode(name, secret, stack.broker.port) for name, secret in stack.secrets.items()
    ]

    async def everything() -> None:
        measuring = asyncio.Event()
        measuring.set()
        lives = [asyncio.create_task(node.live(measuring)) for node in nodes]
        await asyncio.to_thread(deed)
        measuring.clear()
        await asyncio.wait_for(asyncio.gather(*lives), 90)

    asyncio.run(everything())
    return nodes


def kill_often(victim: Server, chance: random.Random) -> None:
    for _ in range(KILLS):
        _wait(chance.uniform(0.1, 0.6))
        victim.kill()
        _wait(chance.uniform(0.0, 0.2))
        victim.start()


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


def in_sqlite(stack: Stack) -> Counter[tuple[str, int, int]]:
    with closing(sqlite3.connect(stack.service.data / "readings.db")) as readings:
        rows = readings.execute("SELECT node, q, CAST(r1 AS INTEGER) FROM reading").fetchall()
    return Counter(rows)


def in_influx(stack: Stack) -> Counter[tuple[str, int, int]]:
    assert stack.influxd is not None
    rows = stack.influxd.query('SELECT "q", "r1" FROM "reading" GROUP BY "node"', stack.bucket)
    return Counter((str(row["node"]), int(row["q"]), int(row["r1"])) for row in rows)


def assert_nothing_is_lost(
    nodes: list[RestlessNode], stored: Callable[[], Counter[tuple[str, int, int]]]
) -> None:
    acked = {(node.name, q, value_of(node.name, q)) for node in nodes for q in node.acked}
    assert len(acked) > KILLS * len(NODES), "there was hardly any load"
    deadline = time.monotonic() + 60
    while acked - stored().keys() and time.monotonic() < deadline:
        _wait(0.3)
    found = stored()
    assert acked - found.keys() == set(), "acknowledged, but not stored"
    assert found.keys() - acked == set(), "stored, but never measured"
    assert [row for row, times in found.items() if times > 1] == [], "stored twice"


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    seed = int(os.environ.get("SURCO_SEED", time.time_ns() % 1_000_000))
    print(f"SURCO_SEED={seed} repeats {request.node.name}")
    return random.Random(seed)


@pytest.mark.parametrize("victim", ["broker", "gateway", "service"])
def test_nothing_is_lost_when_a_part_is_killed(
    tmp_path: Path, chance: random.Random, victim: str
) -> None:
    with Stack(tmp_path, NODES, mosquitto=False) as stack:
        nodes = load_while(stack, lambda: kill_often(getattr(stack, victim), chance))
        assert_nothing_is_lost(nodes, lambda: in_sqlite(stack))


@pytest.mark.mosquitto
def test_nothing_is_lost_when_mosquitto_is_killed(tmp_path: Path, chance: random.Random) -> None:
    with Stack(tmp_path, NODES, mosquitto=True) as stack:
        nodes = load_while(stack, lambda: kill_often(stack.broker, chance))
        assert_nothing_is_lost(nodes, lambda: in_sqlite(stack))


@pytest.mark.mosquitto
@pytest.mark.influxdb
def test_nothing_is_lost_when_influxdb_is_killed(tmp_path: Path, chance: random.Random) -> None:
    with (
        Influxd(tmp_path / "influxd") as influxd,
        Stack(tmp_path, NODES, mosquitto=True, influxd=influxd) as stack,
    ):
        nodes = load_while(stack, lambda: kill_often(influxd, chance))
        assert_nothing_is_lost(nodes, lambda: in_influx(stack))


def test_everything_killed_at_once_comes_back_with_everything(
    tmp_path: Path, chance: random.Random
) -> None:
    """A power cut takes all parts at the same moment."""
    with Stack(tmp_path, NODES, mosquitto=False) as stack:

        def power_cuts() -> None:
            for _ in range(max(KILLS // 4, 1)):
                _wait(chance.uniform(0.3, 1.0))
                for part in (stack.gateway, stack.service, stack.broker):
                    part.kill()
                for part in (stack.broker, stack.service, stack.gateway):
                    part.start()

        nodes = load_while(stack, power_cuts)
        assert_nothing_is_lost(nodes, lambda: in_sqlite(stack))


def test_rows_that_come_again_and_late_change_nothing(tmp_path: Path) -> None:
    with Stack(tmp_path, NODES[:2], mosquitto=False) as stack:
        nodes = load_while(stack, lambda: _wait(1.0))
        wait_until(lambda: len(in_sqlite(stack)) == sum(len(n.acked) for n in nodes), "all stored")
        before = in_sqlite(stack)
        again = [RestlessNode(n.name, n.password, n.port, held=set(n.acked)) for n in nodes]

        async def resend() -> None:
            await asyncio.wait_for(
                asyncio.gather(*(node.live(asyncio.Event()) for node in again)), 60
            )

        asyncio.run(resend())
        assert all(node.acked for node in again)
        assert in_sqlite(stack) == before
