"""A whole garden's Surco: `surco up` in a folder of its own, its links, its disk, its clock, its nodes.

The programs are those that a person starts, with the ports set through the environment alone.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self

import httpx

from tests.nemesis import stores
from tests.nemesis.faults import INFLUX
from tests.nemesis.judge import Kept, Row
from tests.nemesis.links import Toxiproxy
from tests.nemesis.machine import Clock, Disk
from tests.nemesis.nodes import Fleet, Node, read_ledger
from tests.servers import Influxd, free_port, program, wait_until

NODES, UNDATED = 5, 2
START_S, STOP_S, DOCTOR_S = 90, 20, 30
FILES = {"spool": "gateway/spool.db", "readings": "readings.db", "notebook": "notebook.db"}
MORE = re.compile(r"\s*(- |\(the machine says)")  # lines of a finding that say what is wrong
MODULES = {"gateway": "surco_gateway", "service": "surco_service", "broker": "surco_gateway.broker"}


class World:
    """Entered, it runs and its nodes speak."""

    def __init__(self, folder: Path, stack: str, seed: int, influxd: Influxd | None) -> None:
        self.folder, self.stack, self.influxd = folder, stack, influxd
        self.chance = Random(f"world {stack} {seed}")
        self.bucket = f"nemesis-{stack}-{seed}-{folder.name}"
        folder.mkdir(parents=True, exist_ok=True)
        self.disk = Disk(folder / "disk")
        self.data, self.ledger = folder / "disk/data", folder / "acked"
        self.clock = Clock(folder)
        self.service_port, self.broker_port, self.health_port = (free_port() for _ in range(3))
        self.links: Toxiproxy | None = None
        self.copies: dict[str, list[Path]] = {name: [] for name in FILES}
        self.up: subprocess.Popen[bytes] | None = None
        self.output = folder / "up.out"
        self.fleet = Fleet([])
        self._open = ExitStack()

    # ------------------------------------------------------------ coming and going

    def __enter__(self) -> Self:
        try:
            self._open.callback(self.disk.close)
            if self.influxd is not None:
                self.influxd.new_bucket(self.bucket)
            if program("toxiproxy-server"):
                self.links = self._open.enter_context(Toxiproxy(self.folder / "links"))
            self.environment = self._environment()
            self._open.callback(self.kill)
            self.start()
            self.fleet = Fleet([self._node(number) for number in range(NODES)])
            self.fleet.start()
            self._open.callback(self.fleet.stop)
            wait_until(lambda: self.heard(0), "every node has rows acked and kept", START_S)
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def _environment(self) -> Mapping[str, str]:
        broker, service = (
            self._link("broker", self.broker_port),
            self._link("service", self.service_port),
        )
        values: dict[str, object] = {
            "LANG": "en_US.UTF-8", "LC_ALL": "", "SURCO_BROKER_PORT": self.broker_port,
            "SURCO_GATEWAY_BROKER_PORT": broker, "SURCO_GATEWAY_HEALTH_PORT": self.health_port,
            "SURCO_GATEWAY_SERVICE_URL": f"http://127.0.0.1:{service}",
            "SURCO_GATEWAY_CLOCK": "trusted", "SURCO_SERVICE_PORT": self.service_port,
            "SURCO_SERVICE_WEATHER": "false",
        }  # fmt: skip
        if self.influxd is not None:
            influx = self._link("influx", self.influxd.port)
            values["SURCO_SERVICE_INFLUX_URL"] = f"http://127.0.0.1:{influx}"
            values["SURCO_SERVICE_INFLUX_TOKEN"] = self.influxd.token
            values["SURCO_SERVICE_INFLUX_BUCKET"] = self.bucket
        said = {name: str(value) for name, value in values.items()}
        return {**os.environ, **said, **self.clock.environment()}

    def _link(self, name: str, port: int) -> int:
        return self.links.add(name, port) if self.links else port

    def _node(self, number: int) -> Node:
        name = f"nem-{number}"
        words = self.run("node", "add", name).stdout
        password = words.rpartition('"password"')[2].split('"')[1]
        return Node(
            name, password, self.broker_port, self.ledger, number >= UNDATED,
            Random(f"{self.chance.random()} {name}"),
        )  # fmt: skip

    def start(self, *, whole: bool = True) -> bool:
        """Start it; wait until all parts are well, or at least the gateway answers. False: it ended."""
        broker = "mosquitto" if self.stack == INFLUX else "small"
        command = [
            sys.executable,
            "-m",
            "surco",
            "up",
            "--broker",
            broker,
            "--data",
            str(self.data),
        ]
        with self.output.open("ab") as out:
            self.up = subprocess.Popen(
                command, env=dict(self.environment), stdin=subprocess.DEVNULL, stdout=out,
                stderr=out, start_new_session=True,
            )  # fmt: skip
        with suppress(TimeoutError):
            wait_until(lambda: self.ended() or self._well(whole), "all parts are well", START_S)
        return not self.ended() and self._well(whole)

    def _well(self, whole: bool) -> bool:
        gateway = self.health(self.health_port)
        if not whole:
            return gateway is not None
        return (gateway or {}).get("broker") == "connected" and bool(self.health(self.service_port))

    def health(self, port: int) -> dict[str, Any] | None:
        with suppress(httpx.HTTPError, ValueError):
            return httpx.get(f"http://127.0.0.1:{port}/health", timeout=2).json()
        return None

    def ended(self) -> bool:
        return self.up is not None and self.up.poll() is not None

    def last_words(self) -> str:
        """Return how `surco up` ended, and its last line."""
        lines = self.output.read_text(errors="replace").splitlines() or [""]
        return f"{self.up.returncode if self.up else '?'}: {lines[-1][:200]}"

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        if self.up is not None and not self.ended():
            self.up.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.up.wait(STOP_S)
        self.kill()

    def kill(self) -> None:
        """Kill everything at once, as a power cut does."""
        if self.up is None:
            return
        pids = list(self.pids().values())
        for pid in [self.up.pid, *pids]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.up.wait(STOP_S)
        wait_until(lambda: not any(_alive(pid) for pid in pids), "the parts are gone", STOP_S)

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of ours on the folder."""
        command = [sys.executable, "-m", "surco", *arguments, "--data", str(self.data)]
        return subprocess.run(
            command, env=dict(self.environment), capture_output=True, text=True, check=False,
            timeout=120,
        )  # fmt: skip

    def doctor(self) -> list[str]:
        """Return what `surco doctor` finds wrong."""
        with suppress(subprocess.TimeoutExpired):
            return wrong(self.run("doctor").stdout)
        return []

    # ------------------------------------------------------------ its parts and files

    def pids(self) -> dict[str, int]:
        """Return the process of each part that runs now."""
        if self.up is None:
            return {}
        found: dict[str, int] = {}
        children = _children()
        for pid in children.get(self.up.pid, []):
            words = _command(pid)
            for part, module in MODULES.items():
                if module in words:
                    found[part] = pid
            if words[:1] == ["/bin/sh"]:  # it guards Mosquitto
                for inner in children.get(pid, []):
                    if "mosquitto" in "".join(_command(inner)[:1]):
                        found["broker"] = inner
        return found

    def pid(self, part: str) -> int | None:
        return self.influxd.pid if part == "influxd" and self.influxd else self.pids().get(part)

    def file(self, name: str) -> Path:
        return self.data / FILES[name]

    def take_copies(self) -> None:
        """Keep a copy of each file as it is now, to be put back later."""
        for name, files in self.copies.items():
            copy = self.folder / f"{name}-{len(files)}.copy"
            if self.file(name).exists() and stores.copy(self.file(name), copy):
                files.append(copy)

    # ------------------------------------------------------------ what is known of it

    def acked(self) -> frozenset[Row]:
        return read_ledger(self.ledger)

    def kept(self) -> Kept | None:
        return stores.kept(self.data, self.influxd, self.bucket)

    def heard(self, since: int | Mapping[str, int]) -> bool:
        """Tell whether each node has a row from `since` on that is both acked and kept."""
        kept = self.kept()
        both = self.acked() & kept.rows() if kept else frozenset[Row]()
        newest: dict[str, int] = {}
        for node, _, q in both:
            newest[node] = max(q, newest.get(node, -1))
        return all(
            newest.get(node.name, -1) >= (since if isinstance(since, int) else since[node.name])
            for node in self.fleet.nodes
        )


def wrong(said: str) -> list[str]:
    """Return each finding of the doctor's that is not good: what it is, of which, the machine's words.

    What is to be done is left out: "nothing is lost" is not the news that something is.
    """
    found: list[str] = []
    for finding in re.split(r"^(?=[✓✗] )", said, flags=re.MULTILINE):
        if finding.startswith("✗ "):
            title, *lines = finding[2:].splitlines()
            more = [line.strip() for line in lines if MORE.match(line)]
            found.append(" ".join([title, *more]))
    return found


def wait_for(true: Callable[[], bool], seconds: float, every_s: float = 0.4) -> bool:
    """Wait until something is true; return whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(every_s)
    return True


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with suppress(OSError, IndexError):
                state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
                if state != "Z":
                    found.setdefault(int(parent), []).append(int(folder.name))
    return found


def _command(pid: int) -> list[str]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    return []


def _alive(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
