"""`make test-firmware`: the figures of the node, from real MicroPython on this machine.

--short for a few minutes of it (as `.ci/run` does); else 2 000 wakes and 210 updates per interpreter.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from surco.nodes.energy import figures as energy_figures
from tests.benchmarks.report import Figure, publish
from tests.firmware import wakes
from tests.firmware.chaos import FLASHES, Chaos
from tests.firmware.compiled import FIRMWARE, application_bytes, compiled, sources
from tests.firmware.fake_gateway import FakeGateway
from tests.firmware.smallest_heap import brings_rows_home, smallest_heap_kb, takes_a_version
from tests.firmware.update.update_trial import UpdateTrial
from tests.journeys.stack import Stack

BOOT_S = 0.42  # until main.py runs: 70 + 350 ms (glenn20, PPK2)
TLS_S = 1.07  # a handshake on an ESP32 (microdot#34); on a PC it takes nothing
JOINS = ("lease", "dhcp")
WORKERS = 3
LONG = 1500  # wakes that fill the smallest flash


def main() -> int:
    parser = argparse.ArgumentParser(prog="make test-firmware", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few minutes of it")
    parser.add_argument("--wakes", type=int, help="wakes under faults (2000)")
    parser.add_argument("--updates", type=int, help="updates with a power cut (210)")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    amounts = (90, 12) if given.short else (2000, 210)
    amounts = (given.wakes or amounts[0], given.updates or amounts[1])
    print(f"seed {given.seed}", flush=True)
    figures: list[Figure] = []
    samples: dict[str, Any] = {"seed": given.seed}
    for name in interpreters():
        label = "" if name == "micropython" else f" ({name})"
        for measure in (chaos, updates, typical, ring):
            print(f"… {measure.__name__}{label}", flush=True)
            started = time.monotonic()
            found, raw = measure(name, given.seed, *amounts)
            print(f"  {time.monotonic() - started:.0f} s", flush=True)
            figures += [_named(figure, label) for figure in found]
            samples[measure.__name__ + label] = raw
    figures += [*room(), size(), *files(), *energy()]
    return 0 if publish("test-firmware", figures, samples) else 1


def interpreters() -> list[str]:
    """Return MicroPython from PyPI, and Debian's when it is installed and young enough."""
    debian = shutil.which("debian-micropython") or "/usr/bin/micropython"
    if not Path(debian).exists():
        return ["micropython"]
    probe = [debian, "-c", "import asyncio, vfs"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        print(f"{debian} is too old for the node (no asyncio or no vfs): left out")
        return ["micropython"]
    wakes.add_interpreter("debian", debian)
    return ["micropython", "debian"]


def _named(figure: Figure, label: str) -> Figure:
    return Figure(figure.name + label, figure.value, figure.unit, figure.target, figure.holds)


# ---------------------------------------------------------------- chaos


def chaos(interpreter: str, seed: int, count: int, _: int) -> tuple[list[Figure], Any]:
    """Run wakes under faults on three kinds of flash at once, and the broker down now and then."""
    names = [f"n-{place:03}" for place in range(1, len(FLASHES) + 1)]
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack(Path(folder), names, mosquitto=False) as stack,
        ThreadPoolExecutor(WORKERS) as pool,
        ExitStack() as networks,
    ):
        nodes = [
            Chaos(
                Path(folder) / name, stack.broker.port, stack.secrets[name], flash,
                random.Random(f"{seed}{name}"), interpreter,
            )
            for name, flash in zip(names, FLASHES, strict=True)
        ]  # fmt: skip
        for node in nodes:
            networks.enter_context(node.network)
        with Outages(stack, random.Random(seed)) as broker:
            list(pool.map(lambda node: node.run(count // len(nodes) + 1), nodes))
        accounts = list(pool.map(lambda node: node.settle(stack.service.data), nodes))
    total = sum((account.faults for account in accounts), Counter[str]())
    total["broker down"] = broker.count
    awake = [seconds for account in accounts for seconds in account.awake_s]
    found = [
        Figure("chaos wakes", len(awake), ""),
        Figure("committed rows", sum(a.committed for a in accounts), "rows"),
        Figure.most(
            "committed rows lost, not counted", sum(a.missing for a in accounts), "rows", 0
        ),
        Figure(
            "rows dropped by the ring's cap, counted", sum(a.counted_lost for a in accounts), "rows"
        ),
        let_go(sum(a.let_go for a in accounts), count),
        Figure.most("rows stored twice", sum(a.doubled for a in accounts), "rows", 0),
        Figure.most("hangs", sum(a.hangs for a in accounts), "", 0),
        Figure.most("tracebacks", sum(len(a.crashes) for a in accounts), "", 0),
        Figure.most("awake at most", max(awake), "s", 45),
        Figure("awake, median under faults", statistics.median(awake), "s"),
    ]
    raw = [vars(a) | {"faults": dict(a.faults)} for a in accounts]
    return found, {"faults": dict(total), "nodes": raw}


def let_go(rows: int, wakes: int) -> Figure:
    """Tell how full the smallest flash got; only a long run fills it."""
    name = "rows that made room in a full flash"
    return Figure.least(name, rows, "rows", 1) if wakes >= LONG else Figure(name, rows, "rows")


class Outages:
    """Kills the broker now and then, and starts it again some seconds later."""

    def __init__(self, stack: Stack, chance: random.Random) -> None:
        self._stack, self._chance, self.count = stack, chance, 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Outages":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.wait(self._chance.uniform(5, 15)):
            self._stack.broker.kill()
            self.count += 1
            self._done.wait(self._chance.uniform(0.5, 4))
            self._stack.broker.start()


# ---------------------------------------------------------------- updates


def updates(interpreter: str, seed: int, _: int, count: int) -> tuple[list[Figure], Any]:
    """Cut the power at flash operations of an update: all of them, or a sample."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(WORKERS) as pool:
        kind = "littlefs" if interpreter == "micropython" else interpreter
        parts = list(
            pool.map(lambda n: _trials(Path(folder) / str(n), kind, n, seed, count), range(WORKERS))
        )
    outcomes = Counter(outcome for part in parts for *_, outcome in part)
    tried = {cut for part in parts for cut, wake, _ in part if wake == 1}
    return [
        Figure("updates with a power cut", outcomes.total(), ""),
        Figure("different flash operations cut", len(tried), ""),
        Figure.most("bricks", outcomes["bricked"], "", 0),
        Figure.most("half slots", outcomes["half"], "", 0),
        Figure.most("updates given up", outcomes["given up"], "", 0),
    ], parts


def _trials(
    folder: Path, interpreter: str, part: int, seed: int, count: int
) -> list[tuple[int, int, str]]:
    folder.mkdir()
    with FakeGateway() as gateway:
        gateway.tells_time = True
        trial = UpdateTrial(folder, gateway, interpreter)
        chance = random.Random(seed)
        everywhere = [(cut, 1) for cut in range(trial.operations + 1)]
        later = [(cut, wake) for cut in range(60) for wake in (2, 3)]
        plan = chance.sample(everywhere, len(everywhere)) + chance.sample(later, len(later))
        first = everywhere[:] if count >= 1.5 * len(everywhere) else plan[: count // 2]
        rest = plan[len(everywhere) :][: count - len(first)]
        mine = (first + rest)[part::WORKERS]
        return [(cut, wake, trial.run(cut, wake)) for cut, wake in mine]


# ---------------------------------------------------------------- time, ring, size


def typical(interpreter: str, _: int, __: int, ___: int) -> tuple[list[Figure], Any]:
    """Measure wakes with an upload whose sensors and radio take as long as real ones."""
    took = {
        kind: [seconds + BOOT_S + TLS_S for seconds in _awake(interpreter, kind)] for kind in JOINS
    }
    lease, dhcp = (statistics.median(took[kind]) for kind in JOINS)
    return [
        Figure.most("awake with an upload, typical (known lease)", lease, "s", 3),
        Figure("awake with an upload, DHCP (once a day)", dhcp, "s"),
    ], took


def _awake(interpreter: str, kind: str) -> list[float]:
    took: list[float] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack(Path(folder), ["n-001"], mosquitto=False) as stack,
    ):
        node = wakes.SimulatedNode(
            Path(folder) / "n-001", stack.broker.port, stack.secrets["n-001"], interpreter
        )
        node.soil(real_time=kind)
        for _ in range(8):
            start = time.monotonic()
            assert node.wake() == (0, "")
            took.append(time.monotonic() - start)
    return took


def ring(interpreter: str, _: int, __: int, ___: int) -> tuple[list[Figure], Any]:
    """Measure what a wake costs in a short ring and in one of more than ten thousand rows."""
    said = []
    script = Path(__file__).parent / "keep/ring_cost.py"
    with tempfile.TemporaryDirectory() as folder:
        for rows in (100, 10_100):
            ring_folder = Path(folder) / str(rows)
            _fill(ring_folder, rows)
            command = [
                *wakes.INTERPRETERS[interpreter],
                str(script),
                str(ring_folder),
                str(compiled()),
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            said.append(json.loads(done.stdout))
    short, long = said
    return [
        Figure.least("rows in the long ring", long["rows"], "rows", 10_000),
        Figure.most("opens of a wake in the ring", long["opens"], "", 3),
        Figure.most("bytes read in the ring by a wake", long["bytes"], "B", 8192),
        Figure.most("opens with a message of 24 rows", long["upload_opens"], "", 5),
        Figure("RAM held by a ring of 100 rows", short["held"], "B"),
        Figure.most("RAM held by the long ring", long["held"], "B", 8192),
    ], said


def _fill(folder: Path, count: int) -> None:
    sys.path.insert(0, str(FIRMWARE))
    from node.keep.flash import Flash
    from node.keep.outbox import Outbox
    from node.keep.rtc_rows import pack_values
    from node.keep.state import State

    flash = Flash(str(folder))
    outbox = Outbox(flash, State(flash, os.urandom), 210)
    for number in range(count):
        outbox.append(1_795_000_000 + number, 2, 1, pack_values([("r1", 100 * number)]))


def room() -> list[Figure]:
    """Find the smallest heap of a visit and of an update; the figures above are measured with 96 KB.

    A chip has words of 32 bits: SURCO_32BIT_MICROPYTHON names an interpreter that has them too.
    """
    wanted = (
        ("smallest heap of a wake that brings 31 rows home", brings_rows_home, "micropython", 88),
        (
            "smallest heap of a wake that takes a version, flash chip",
            takes_a_version,
            "littlefs",
            92,
        ),
    )
    found = [
        Figure.most(name, smallest_heap_kb(does, on), "KB", most) for name, does, on, most in wanted
    ]
    if small := os.environ.get("SURCO_32BIT_MICROPYTHON"):
        wakes.add_interpreter("32 bits", small)
        found += [
            Figure.most(f"{name} (32 bits)", smallest_heap_kb(does, "32 bits"), "KB", 64)
            for name, does, *_ in wanted
        ]
    return found


def size() -> Figure:
    """Add up the compiled application as an ESP32 gets it."""
    return Figure.most(".mpy of the whole application", application_bytes() / 1024, "KB", 60)


def files() -> list[Figure]:
    longest = max((FIRMWARE / name).read_text().count("\n") for name in sources())
    return [Figure.most("lines of the longest file", longest, "", 250)]


def energy() -> list[Figure]:
    return [
        Figure(name, round(value, 2), unit, target or "", holds)
        for name, value, unit, target, holds in energy_figures()
    ]


if __name__ == "__main__":
    sys.exit(main())
