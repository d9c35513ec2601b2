"""Wakes of the real firmware: a process each, on MicroPython with a chip's heap, or on CPython."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tests.firmware.compiled import compiled

FIRMWARE = Path(__file__).parents[2] / "firmware"
BIN = Path(sys.executable).parent
INTERPRETERS = {
    "micropython": [str(BIN / "micropython"), "-X", "heapsize=96k"],
    "littlefs": [str(BIN / "micropython"), "-X", "heapsize=96k"],
    "tls": [str(BIN / "micropython"), "-X", "heapsize=256k"],
    "cpython": [sys.executable],
}
"""A simulated flash chip takes 7 KB of these 96 KB for its driver and 5 KB for littlefs and its files; on a
real chip the driver is outside the heap. So is mbedTLS there, which takes its memory from the heap here."""


def add_interpreter(name: str, program: str) -> None:
    """Let nodes run on another MicroPython."""
    INTERPRETERS[name] = [program, "-X", "heapsize=96k"]


SOIL = {
    "theta": 0.30, "wilting": 0.15, "rate_per_s": 0, "mv_dry": 2300, "theta_dry": 0.05,
    "mv_wet": 900, "theta_wet": 0.45, "noise_mv": 0,
}  # fmt: skip


class SimulatedNode:
    """The folder of one node."""

    def __init__(
        self, folder: Path, port: int, password: str, interpreter: str, **config: Any
    ) -> None:
        self.folder, self.name = folder, folder.name
        firmware = compiled() if interpreter != "cpython" else FIRMWARE
        self.command = [*INTERPRETERS[interpreter], str(firmware / "hal/sim_main.py"), str(folder)]
        folder.mkdir(parents=True)
        usual = {"node": self.name, "host": "127.0.0.1", "port": port, "user": self.name}
        usual |= {"password": password, "interval_s": 30, "upload_every": 1, "trace": True}
        self.config = {**usual, **config}
        self.configure()
        self.soil()

    @classmethod
    def of(cls, folder: Path, interpreter: str) -> Self:
        """Return the node whose folder is there already."""
        node = cls.__new__(cls)
        firmware = compiled() if interpreter != "cpython" else FIRMWARE
        node.folder, node.name, node.config = folder, folder.name, {}
        node.command = [*INTERPRETERS[interpreter], str(firmware / "hal/sim_main.py"), str(folder)]
        return node

    def configure(self, **changes: Any) -> None:
        """Write config.json by hand, as a person would."""
        self.config |= changes
        (self.folder / "config.json").write_text(json.dumps(self.config))

    def soil(self, **changes: Any) -> None:
        (self.folder / "soil.json").write_text(
            json.dumps({"t": int(time.time()), **SOIL, **changes})
        )

    def start(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self.command, cwd=FIRMWARE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def wake(self, seconds: float = 50) -> tuple[int, str]:
        """Do one wake; return its exit code and what it printed."""
        with self.start() as process:
            try:
                words, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                raise
            return process.returncode, words

    def lose_power(self) -> None:
        """Forget the clock and everything else that only outlives deep sleep."""
        (self.folder / "rtc").unlink(missing_ok=True)

    def trace(self, key: str) -> list[Any]:
        file = self.folder / "trace.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        events = [json.loads(line) for line in lines if line.endswith("}")]
        return [event for event in events if key in event]

    def committed(self) -> set[tuple[str, int]]:
        return {(event["b"], event["committed"]) for event in self.trace("committed")}

    def spoke(self) -> bool:
        """Tell whether the last wake said how it is."""
        file = self.folder / "trace.jsonl"
        events = [json.loads(line) for line in file.read_text().splitlines() if line.endswith("}")]
        last = max(n for n, event in enumerate(events) if event.get("state") in ("gate", "wifi"))
        return any("status" in event for event in events[last:])

    def told_lost(self) -> int:
        """Return how many rows the node itself has counted as lost or skipped."""
        said = [event["status"] for event in self.trace("status")]
        return max((one["lost"] + one["skip"] for one in said), default=0)

    def state(self) -> Mapping[str, Any]:
        return json.loads((self.folder / "flash/state").read_text()[8:])
