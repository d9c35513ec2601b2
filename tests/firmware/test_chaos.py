"""Power cuts in the middle of a write, kills, and a network that fails: no committed row is lost.

Real MicroPython with the heap of a chip, the small broker, the real gateway and service. Each wake
is a process. SURCO_CHAOS_WAKES raises the number, SURCO_SEED repeats a run.
"""

import os
import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.firmware.chaos import FLASHES, Chaos
from tests.firmware.wakes import SimulatedNode
from tests.journeys.stack import Stack
from tests.servers import wait_until

WAKES = int(os.environ.get("SURCO_CHAOS_WAKES", "60"))

INTERPRETER = [
    pytest.param("micropython", marks=pytest.mark.micropython),
    "cpython",
]


def stored(stack: Stack) -> list[tuple[str, int]]:
    with closing(sqlite3.connect(stack.service.data / "readings.db")) as readings:
        return readings.execute("SELECT b, q FROM reading").fetchall()


@pytest.mark.parametrize("interpreter", INTERPRETER)
def test_a_wake_measures_keeps_sends_and_sleeps(tmp_path: Path, interpreter: str) -> None:
    with Stack(tmp_path, ["n-001"], mosquitto=False) as stack:
        node = SimulatedNode(
            tmp_path / "n-001", stack.broker.port, stack.secrets["n-001"], interpreter
        )
        for _ in range(3):
            assert node.wake() == (0, "")
        wait_until(lambda: len(stored(stack)) == 3, "three rows are stored")
        assert node.committed() == set(stored(stack))
        assert node.state()["acked"] == [[0, 3]]


@pytest.mark.parametrize("interpreter", INTERPRETER)
def test_a_node_without_a_network_keeps_everything_and_sends_it_later(
    tmp_path: Path, interpreter: str
) -> None:
    with Stack(tmp_path, ["n-001"], mosquitto=False) as stack:
        secret = stack.secrets["n-001"]
        node = SimulatedNode(tmp_path / "n-001", 1, secret, interpreter, interval_s=5)
        for _ in range(5):
            node.lose_power()  # else it would wait longer and longer
            assert node.wake()[0] == 0
        assert len(node.committed()) == 5
        node.configure(port=stack.broker.port)
        node.lose_power()
        node.wake()
        wait_until(
            lambda: len(stored(stack)) == 6, "the rows of five lives of the clock are stored"
        )
        assert node.committed() == set(stored(stack))


@pytest.mark.timeout(900)
@pytest.mark.micropython
@pytest.mark.parametrize("flash", FLASHES)
def test_no_committed_row_is_lost_whatever_fails(tmp_path: Path, flash: str) -> None:
    seed = int(os.environ.get("SURCO_SEED", time.time_ns() % 1_000_000))
    print(f"SURCO_SEED={seed}")
    with Stack(tmp_path, ["n-001"], mosquitto=False) as stack:
        chaos = Chaos(
            tmp_path / "n-001",
            stack.broker.port,
            stack.secrets["n-001"],
            flash,
            random.Random(seed),
        )
        with chaos.network:
            chaos.run(WAKES)
            account = chaos.settle(stack.service.data)
    assert account.crashes == []
    assert account.committed > WAKES // 3
    assert (account.missing, account.doubled, account.hangs) == (0, 0, 0)
    assert max(account.awake_s) <= 45


@pytest.mark.micropython
@pytest.mark.timeout(240)
def test_a_full_flash_drops_its_oldest_rows_counts_them_and_goes_on(tmp_path: Path) -> None:
    with Stack(tmp_path, ["n-001"], mosquitto=False) as stack:
        node = SimulatedNode(
            tmp_path / "n-001", stack.broker.port, stack.secrets["n-001"], "littlefs",
            interval_s=5, upload_every=24,
        )  # fmt: skip
        node.soil(littlefs=True, blocks=12, networks={})
        for _ in range(560):
            assert node.wake() == (0, "")
        node.soil(littlefs=True, blocks=12)
        node.lose_power()  # else it would wait before it tries the network again

        def accounted() -> bool:
            return len(stored(stack)) + node.told_lost() == len(node.committed())

        for _ in range(80):
            node.wake()
            if node.told_lost() and accounted():
                break
        assert node.told_lost() > 50
        wait_until(accounted, "every row is accounted for")
