"""One simulated node: its folder, and one wake of the real firmware in it."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surco.demo.soil import DAY_S, DRY, FULL, gained
from surco.files import folder

MAIN = Path("hal") / "sim_main.py"
WILTING, SOAKED = 0.10, 0.50
WAKE_S = 60.0  # a wake that takes longer is ended


def interpreter() -> tuple[str, bool]:
    """Return the program that runs the firmware, and whether it is MicroPython."""
    beside = Path(sys.executable).parent / "micropython"
    found = str(beside) if beside.exists() else shutil.which("micropython")
    return (found, True) if found else (sys.executable, False)


@dataclass(frozen=True)
class NodeFolder:
    """`config.json`, `flash/` and `soil.json` of one simulated node."""

    path: Path

    def configure(self, config: Mapping[str, Any]) -> None:
        (self.path / "flash").mkdir(parents=True, exist_ok=True)
        _replace(self.path / "config.json", config)

    def plant(self, theta: float, dries_per_day: float, now: float) -> None:
        """Give the node its soil, once."""
        if not (self.path / "soil.json").exists():
            self._write(theta, dries_per_day / DAY_S, now)

    def wet(self, litres: float, area_m2: float, now: float) -> float:
        """Pour water on the soil; return its new water content."""
        soil = json.loads((self.path / "soil.json").read_text())
        theta = min(moisture(soil, now) + gained(litres, area_m2), SOAKED)
        self._write(theta, soil["rate_per_s"], now)
        return theta

    def _write(self, theta: float, rate_per_s: float, now: float) -> None:
        soil = {
            "t": int(now), "theta": theta, "wilting": WILTING, "rate_per_s": rate_per_s,
            "temp": 19.0, "mv_dry": DRY[0], "mv_wet": FULL[0], "theta_dry": DRY[1],
            "theta_wet": FULL[1], "battery_mv": 3900,
        }  # fmt: skip
        _replace(self.path / "soil.json", soil)

    def wake(self) -> "subprocess.Popen[bytes]":
        """Start one wake; it ends when the node sleeps again."""
        firmware = folder("firmware")
        with (self.path / "out.log").open("wb") as out:
            return subprocess.Popen(
                [interpreter()[0], str(firmware / MAIN), str(self.path)], cwd=firmware,
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def last_words(self) -> str:
        lines = (self.path / "out.log").read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


def moisture(soil: Mapping[str, float], now: float) -> float:
    """Return the water content of a soil as it has dried since it was written."""
    dried = soil["theta"] - soil["rate_per_s"] * max(now - soil["t"], 0)
    return max(dried, min(soil["wilting"], soil["theta"]))


def run_node(path: Path, config: Mapping[str, Any], words: Any, wakes: int | None) -> int:
    """Run one node against any broker until interrupted, or for so many wakes."""
    node = NodeFolder(path.resolve())
    node.configure(config)
    node.plant(0.30, 0.02, time.time())
    done = 0
    while wakes is None or done < wakes:
        next_at = time.monotonic() + config["interval_s"]
        code = node.wake().wait(WAKE_S)
        key = "node-slept" if code == 0 else "node-failed"
        print(words(key, node=config["node"], code=code, line=node.last_words()), flush=True)
        done += 1
        if done != wakes:
            time.sleep(max(next_at - time.monotonic(), 0))
    return 0


def _replace(file: Path, content: Mapping[str, Any]) -> None:
    fresh = file.with_name(file.name + ".new")
    fresh.write_text(json.dumps(content))
    fresh.replace(file)
