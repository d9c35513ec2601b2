"""`surco demo`: seconds to the first page with live verdicts, and what ten nodes cost."""

import tempfile
import time
from pathlib import Path

import httpx

from tests.benchmarks.idle import cpu_s, tree
from tests.benchmarks.report import Figure
from tests.surco.programs import Surco

WATCH_S = 60.0


def fresh(url: str) -> int:
    """Return how many beds rest on a reading of the last minute."""
    try:
        gardens = httpx.get(f"{url}/api/v1/gardens").json()["gardens"]
    except (httpx.TransportError, ValueError, KeyError):
        return 0
    ages = [bed["age_s"] for garden in gardens for bed in garden["beds"]]
    return sum(age is not None and age < 60 for age in ages)


def simulation(pid: int) -> int:
    """Return the process that wakes the nodes; the wakes are its children, counted when they end."""
    return next(one for one in tree(pid) if b"surco.demo.simulation" in _command(one))


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def run() -> tuple[list[Figure], dict[str, float]]:
    """Start a demonstration with ten nodes in a fresh folder."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        surco = Surco(Path(folder) / "data", "demo", "--broker", "small", "--nodes", "10")
        with surco:
            while fresh(surco.url) < 10:
                if time.monotonic() - began > 90:
                    raise TimeoutError(surco.said())
                time.sleep(0.1)
            first = time.monotonic() - began
            assert surco.process is not None
            pid = simulation(surco.process.pid)
            before, start = cpu_s([pid]), time.monotonic()
            time.sleep(WATCH_S)
            share = (cpu_s([pid]) - before) / (time.monotonic() - start)
    figures = [
        Figure.most("demo: first page with live verdicts", first, "s", 30),
        Figure.most("demo: ten nodes", 100 * share, "% core", 3),
    ]
    return figures, {figure.name: figure.value for figure in figures}


if __name__ == "__main__":
    print(run())
