"""Wakes under every fault that we could think of, and the account of what was committed and stored."""

import random
import sqlite3
import subprocess
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.firmware.compiled import compiled
from tests.firmware.faulty_network import FAULTS, FaultyNetwork
from tests.firmware.wakes import SimulatedNode

HANG_S = 60.0
CLOCKS: dict[str, int] = {
    "right": 0, "2000": -26 * 365 * 86400, "2106": 79 * 365 * 86400,
}  # fmt: skip
FLASHES: dict[str, dict[str, Any]] = {
    "files": {},
    "chip": {"littlefs": True},
    "small chip": {"littlefs": True, "blocks": 10},
}
"""Kinds of flash: files of the PC, a littlefs in a file, and one that 250 rows fill."""


@dataclass
class Account:
    """What happened to one node."""

    wakes: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    awake_s: list[float] = field(default_factory=list)
    hangs: int = 0
    crashes: list[str] = field(default_factory=list)
    committed: int = 0
    missing: int = 0  # committed, not stored, and not counted by the node as lost
    doubled: int = 0
    counted_lost: int = 0
    let_go: int = 0  # rows that made room for others in a full flash


def stored(data: Path, node: str) -> list[tuple[str, int]]:
    with closing(sqlite3.connect(data / "readings.db", timeout=30)) as readings:
        return readings.execute("SELECT b, q FROM reading WHERE node = ?", [node]).fetchall()


class Chaos:
    """One node; `run` does wakes, `settle` lets everything arrive. Open `network` around both."""

    def __init__(
        self, folder: Path, port: int, secret: str, flash: str, chance: random.Random,
        interpreter: str = "micropython",
    ) -> None:  # fmt: skip
        self.chance, self.flash = chance, FLASHES[flash]
        self.network = FaultyNetwork(port, chance)
        if flash != "files":
            interpreter = "littlefs" if interpreter == "micropython" else interpreter
        self.node = SimulatedNode(
            folder, self.network.port, secret, interpreter, interval_s=5, spill_rows=1
        )
        self.account = Account()

    def run(self, wakes: int) -> None:
        for _ in range(wakes):
            self._one()

    def _one(self) -> None:
        chance, account = self.chance, self.account
        fault = chance.choice(FAULTS) if chance.random() < 0.35 else "none"
        clock = chance.choice(list(CLOCKS)) if chance.random() < 0.1 else "right"
        cut = {"cut": chance.randint(0, 40)} if chance.random() < 0.3 else {}
        kill = chance.random() < 0.15
        self.network.fault = fault
        self.node.soil(**self.flash, **cut, clock_s=CLOCKS[clock])
        if chance.random() < 0.5:
            self.node.lose_power()
        for name in (fault, f"clock {clock}", "cut" * bool(cut), "kill" * kill):
            account.faults[name] += bool(name)
        start = time.monotonic()
        if kill:
            kill_in_between(self.node, chance)
        else:
            self._wake(bool(cut))
        account.wakes += 1
        account.awake_s.append(time.monotonic() - start)

    def _wake(self, may_die: bool) -> None:
        try:
            code, words = self.node.wake(HANG_S)
        except subprocess.TimeoutExpired:
            self.account.hangs += 1
            return
        if "Traceback" in words or (code != 0 and not may_die):
            self.account.crashes.append(words[-300:])

    def settle(self, data: Path) -> Account:
        """Let the rest arrive through a whole network; return the account."""
        account, node = self.account, self.node
        self.network.fault = "none"
        node.soil(**self.flash)
        for _ in range(40):
            node.lose_power()
            self._wake(False)
            if not self._waiting(data):
                break
        committed, found = node.committed(), stored(data, node.name)
        account.committed = len(committed)
        account.counted_lost = node.told_lost()
        account.missing = max(0, len(committed - set(found)) - account.counted_lost)
        account.doubled = len(found) - len(set(found))
        if blocks := self.flash.get("blocks"):
            account.let_go = self._oldest_q(blocks)
        return account

    def _oldest_q(self, blocks: int) -> int:
        script = Path(__file__).parent / "keep/inspect_ring.py"
        command = [*self.node.command[:3], str(script), str(self.node.folder), str(compiled())]
        return int(subprocess.run([*command, str(blocks)], capture_output=True, check=True).stdout)

    def _waiting(self, data: Path) -> bool:
        missing = self.node.committed() - set(stored(data, self.node.name))
        return len(missing) > self.node.told_lost()


def kill_in_between(node: SimulatedNode, chance: random.Random) -> None:
    with node.start() as process:
        try:
            process.communicate(timeout=chance.uniform(0.02, 0.25))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
