"""`python -m surco.demo.simulation`: the demonstration's nodes, each wake a process of the real firmware.

First, once, each node tells its past through the gateway's own door. Then they wake at wall-clock
time, spread over the interval; what people note as watered is poured on the simulated soil.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from surco.demo.history import tell_the_past
from surco.demo.node import WAKE_S, NodeFolder, interpreter
from surco.demo.run import INTERVAL_S, living, read_plan
from surco.machine.folder import Folder
from surco.words import Words, language
from surco_contract.process import EXIT_CONFIGURATION, say_ready, stop_with_stdin
from surco_contract.settings import SettingsError

FIRST_ROUND_S = 2.0
NOTICED = "waterings.json"


class Sleeper:
    """One node, when it wakes next, and the waterings it has felt."""

    def __init__(self, folder: Path, plan: dict[str, Any], port: int, slot_s: float) -> None:
        self.name, self.bed, self.area_m2 = plan["node"], plan["bed"], plan["area_m2"]
        self.node, self.slot_s, self.next_at = NodeFolder(folder / plan["node"]), slot_s, 0.0
        self.process: subprocess.Popen[bytes] | None = None
        self.woke_at = 0.0
        self.node.configure({
            "node": plan["node"], "host": "127.0.0.1", "port": port, "user": plan["node"],
            "password": plan["password"], "interval_s": INTERVAL_S, "upload_every": 1,
        })  # fmt: skip
        self.node.plant(plan["theta"], plan["dries"], time.time())
        self._file = self.node.path / NOTICED
        if not self._file.exists():
            self._file.write_text(json.dumps({"since": time.time() - 60, "seen": []}))

    def feel(self, service: str) -> None:
        """Pour what people noted since the last wake."""
        noticed = json.loads(self._file.read_text())
        since = datetime.fromtimestamp(noticed["since"], UTC).isoformat()
        url = f"{service}/api/v1/beds/{self.bed}/waterings?{urlencode({'since': since})}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                found = json.load(answer)["waterings"]
        except (urllib.error.URLError, TimeoutError, ValueError, KeyError, OSError):
            return  # at the next wake
        fresh = [w for w in found if w["id"] not in noticed["seen"]]
        for watering in fresh:
            if watering["replaces"] is None:
                self.node.wet(watering["litres"], self.area_m2, time.time())
        if fresh:
            noticed["seen"] += [w["id"] for w in fresh]
            self._file.write_text(json.dumps(noticed))

    def wake(self, now: float) -> None:
        self.process, self.woke_at = self.node.wake(), now
        self.next_at = now - (now - self.slot_s) % INTERVAL_S + INTERVAL_S

    def look(self, now: float) -> str | None:
        """Return what went wrong with the wake that just ended, if something did."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            if now - self.woke_at > WAKE_S:
                self.process.kill()
            return None
        code, self.process = self.process.returncode, None
        return None if code == 0 else f"{code}: {self.node.last_words()}"


def simulate(sleepers: list[Sleeper], service: str, stopping: threading.Event) -> None:
    """Wake every node at its time until asked to stop."""
    troubles: dict[str, str] = {}
    while not stopping.is_set():
        now = time.time()
        for sleeper in sleepers:
            trouble = sleeper.look(now)
            if trouble and troubles.get(sleeper.name) != trouble:
                troubles[sleeper.name] = trouble
                _say(f"WARNING {sleeper.name} {trouble}")
            if sleeper.process is None and now >= sleeper.next_at:
                sleeper.feel(service)
                sleeper.wake(now)
        soon = min(sleeper.next_at for sleeper in sleepers) - time.time()
        busy = any(sleeper.process for sleeper in sleepers)
        stopping.wait(max(0.02, min(soon, 1.0 if busy else INTERVAL_S)))
    for sleeper in sleepers:
        if sleeper.process:
            sleeper.process.kill()
            sleeper.process.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--broker-port", type=int, required=True)
    parser.add_argument("--service", required=True)
    given = parser.parse_args()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    stop_with_stdin()
    words = Words(language(os.environ))
    try:
        plan = read_plan(Folder(given.data))
    except SettingsError as error:
        _say(str(error))
        return EXIT_CONFIGURATION
    if not interpreter()[1]:
        _say(words("no-micropython"))
    demo = given.data / "demo"
    tell_the_past(demo, plan, given.broker_port, stopping, words)
    nodes = living(plan)
    spread = [
        Sleeper(demo, node, given.broker_port, INTERVAL_S * i / len(nodes))
        for i, node in enumerate(nodes)
    ]
    begin = time.time()
    for i, sleeper in enumerate(spread):
        sleeper.next_at = begin + FIRST_ROUND_S * i / len(spread)
    say_ready()
    simulate(spread, given.service, stopping)
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
