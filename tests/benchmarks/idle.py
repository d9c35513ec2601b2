"""`surco up` when nothing happens: memory, CPU, and how long it takes to start."""

import os
import signal
import tempfile
import time
from pathlib import Path

import httpx

from tests.benchmarks.report import Figure
from tests.surco.programs import Surco

IDLE_S = 30.0
TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = [pid]
    for one in found:
        found.extend(children.get(one, []))
    return found


def pss_mb(pids: list[int]) -> float:
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return total / 1024


def cpu_s(pids: list[int]) -> float:
    """Return the CPU time of processes and of those children of theirs that have ended."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(map(int, fields[11:15]))
    return total / TICKS


def healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health").status_code == 200
    except httpx.TransportError:
        return False


def until_healthy(surco: Surco) -> tuple[float, float]:
    """Return (wall, CPU) seconds until /health answers."""
    assert surco.process is not None
    began = time.monotonic()
    while not healthy(surco.url):
        if time.monotonic() - began > 30:
            raise TimeoutError(surco.said())
        time.sleep(0.02)
    return time.monotonic() - began, cpu_s(tree(surco.process.pid))


def run() -> tuple[list[Figure], dict[str, float]]:
    """Measure a second start (the first one makes the databases)."""
    with tempfile.TemporaryDirectory() as folder:
        surco = Surco(Path(folder) / "data", "up", "--broker", "small")
        with surco:
            surco.wait_for("Ctrl-C")
        with surco:
            wall, cpu = until_healthy(surco)
            surco.wait_for("Ctrl-C")
            assert surco.process is not None
            time.sleep(3)
            pids = tree(surco.process.pid)
            before, began = cpu_s(pids), time.monotonic()
            time.sleep(IDLE_S)
            share = (cpu_s(pids) - before) / (time.monotonic() - began)
            memory = pss_mb(pids)
            surco.process.send_signal(signal.SIGINT)
    figures = [
        Figure.most("up: memory of all parts (PSS)", memory, "MB", 150),
        Figure.most("up: idle", 100 * share, "% core", 1),
        Figure.most("up: CPU until /health", cpu, "s", 1.5),
        Figure.most("up: wall until /health", wall, "s", 3),
    ]
    return figures, {figure.name: figure.value for figure in figures}


if __name__ == "__main__":
    print(run())
