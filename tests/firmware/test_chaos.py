"""Power cuts in the middle of a write, kills, and a network that fails: no committed row is lost.

Real MicroPython with the heap of a chip, the small broker, the real gateway and service. Each wake
is a process. SURCO_CHAOS_WAKES raises the number, SURCO_SEED repeats a run, and SURCO_LONG fills a
flash by wakes alone.
"""

import os
import random
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.firmware.chaos import FLASHES, Account, Chaos, stored
from tests.firmware.compiled import compiled
from tests.firmware.wakes import SimulatedNode
from tests.journeys.stack import Stack
from tests.long import LONG
from tests.servers import wait_until

WAKES = int(os.environ.get("SURCO_CHAOS_WAKES", "60" if LONG else "20"))

INTERPRETER = [
    pytest.param("micropython", marks=pytest.mark.micropython),
    "cpython",
]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    names = [f"n-{number:03}" for number in range(1, 9)]
    with Stack(tmp_path_factory.mktemp("stack"), names, mosquitto=False) as stack:
        stack.unused = iter(names)  # type: ignore[attr-defined]
        yield stack


@pytest.fixture
def name(stack: Stack) -> str:
    """Return the name of a node that no other test has."""
    return next(stack.unused)  # type: ignore[attr-defined]


@pytest.mark.parametrize("interpreter", INTERPRETER)
def test_a_wake_measures_keeps_sends_and_sleeps(
    tmp_path: Path, stack: Stack, name: str, interpreter: str
) -> None:
    node = SimulatedNode(tmp_path / name, stack.broker.port, stack.secrets[name], interpreter)
    for _ in range(3):
        assert node.wake() == (0, "")
    wait_until(lambda: len(stored(stack.service.data, name)) == 3, "three rows are stored")
    assert node.committed() == set(stored(stack.service.data, name))
    assert node.state()["acked"] == [[0, 3]]


@pytest.mark.parametrize("interpreter", INTERPRETER)
def test_a_node_without_a_network_keeps_everything_and_sends_it_later(
    tmp_path: Path, stack: Stack, name: str, interpreter: str
) -> None:
    node = SimulatedNode(tmp_path / name, 1, stack.secrets[name], interpreter, interval_s=5)
    for _ in range(5):
        node.lose_power()  # else it would wait longer and longer
        assert node.wake()[0] == 0
    assert len(node.committed()) == 5
    node.configure(port=stack.broker.port)
    node.lose_power()
    node.wake()
    wait_until(
        lambda: len(stored(stack.service.data, name)) == 6,
        "the rows of five lives of the clock are stored",
    )
    assert node.committed() == set(stored(stack.service.data, name))


@pytest.mark.timeout(900)
@pytest.mark.micropython
def test_no_committed_row_is_lost_whatever_fails(tmp_path: Path, stack: Stack) -> None:
    """One node on each kind of flash, all at once: they mostly wait."""
    seed = int(os.environ.get("SURCO_SEED", time.time_ns() % 1_000_000))
    print(f"SURCO_SEED={seed}")

    def account_of(flash: str) -> Account:
        name = next(stack.unused)  # type: ignore[attr-defined]
        chance = random.Random(f"{seed}{flash}")
        chaos = Chaos(tmp_path / name, stack.broker.port, stack.secrets[name], flash, chance)
        with chaos.network:
            chaos.run(WAKES)
            return chaos.settle(stack.service.data)

    with ThreadPoolExecutor(len(FLASHES)) as pool:
        accounts = dict(zip(FLASHES, pool.map(account_of, FLASHES), strict=True))
    for flash, account in accounts.items():
        assert account.crashes == [], flash
        assert account.committed > WAKES // 3, flash
        assert (account.missing, account.doubled, account.hangs) == (0, 0, 0), flash
        assert max(account.awake_s) <= 45, flash


BLOCKS, ROWS = 12, 560  # of a flash, and those that are more than it takes
BY_WAKES = ROWS if LONG else 80  # the others are committed by `fill_ring.py`


def fill_ring(node: SimulatedNode, rows: int) -> None:
    """Commit rows as wakes would, in one process."""
    script = Path(__file__).parent / "keep/fill_ring.py"
    command = [*node.command[:3], str(script), str(node.folder), str(compiled())]
    done = subprocess.run(
        [*command, str(BLOCKS), str(rows)], capture_output=True, text=True, check=True
    )
    with (node.folder / "trace.jsonl").open("a") as trace:
        trace.write(done.stdout)


@pytest.mark.micropython
@pytest.mark.timeout(240)
def test_a_full_flash_drops_its_oldest_rows_counts_them_and_goes_on(
    tmp_path: Path, stack: Stack, name: str
) -> None:
    node = SimulatedNode(
        tmp_path / name, stack.broker.port, stack.secrets[name], "littlefs",
        interval_s=5, upload_every=24,
    )  # fmt: skip
    node.soil(littlefs=True, blocks=BLOCKS, networks={})
    assert node.wake() == (0, "")
    if ROWS > BY_WAKES:
        fill_ring(node, ROWS - BY_WAKES)
    for _ in range(BY_WAKES - 1):
        assert node.wake() == (0, "")
    assert len(node.committed()) == ROWS
    node.soil(littlefs=True, blocks=BLOCKS)
    node.lose_power()  # else it would wait before it tries the network again

    def accounted() -> bool:
        found = stored(stack.service.data, name)
        return len(found) + node.told_lost() == len(node.committed())

    for _ in range(80):
        node.wake()
        if node.told_lost() and accounted():
            break
    assert node.told_lost() > 50
    wait_until(accounted, "every row is accounted for")
