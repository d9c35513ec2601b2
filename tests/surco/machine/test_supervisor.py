"""Children come back, end with their parent, and a wrong configuration is said once."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.servers import wait_until
from tests.surco.programs import alive

CHILD = """
import os, sys
from surco_contract.process import say_ready, stop_with_stdin
import signal
stop_with_stdin(); print("pid", os.getpid(), flush=True); say_ready(); signal.pause()
"""
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("pid", os.getpid(), flush=True); print("ready", flush=True)
while True: time.sleep(60)
"""
UNWILLING = """
import os, sys, time
print("pid", os.getpid(), flush=True); print("ready", flush=True)
sys.stdin.read(); print("asked", flush=True)
while True: time.sleep(60)
"""
WRONG = "import sys; print('gateway.id: expected a name', flush=True); sys.exit(2)"

PARENT = """
import os, sys
from pathlib import Path
from surco.machine.supervisor import Part, Supervisor
say = lambda *words: print(*words, flush=True)
parts = [Part(f"p{i}", [sys.executable, "-c", code], dict(os.environ)) for i, code in enumerate(sys.argv[2:])]
sys.exit(Supervisor(parts, Path(sys.argv[1]), say, lambda p: say("is-ready", p),
                    lambda *e: say("ended", *e)).run())
"""


class Parent:
    def __init__(self, folder: Path, *children: str) -> None:
        self.output = folder / "out"
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PARENT, str(folder), *children], stdout=out, stderr=out
            )

    def lines(self, beginning: str) -> list[str]:
        return [line for line in self.output.read_text().splitlines() if line.startswith(beginning)]

    def pids(self) -> list[int]:
        return [int(line.split()[-1]) for line in self.lines("p") if " pid " in line]

    def wait_for_pids(self, count: int) -> list[int]:
        wait_until(lambda: len(self.pids()) >= count, f"{count} children", 60)
        return self.pids()


def test_a_killed_child_comes_back(tmp_path: Path) -> None:
    parent = Parent(tmp_path, CHILD)
    try:
        (first,) = parent.wait_for_pids(1)
        os.kill(first, signal.SIGKILL)
        assert parent.wait_for_pids(2)[1] != first
    finally:
        parent.process.terminate()
        assert parent.process.wait(10) == 0


def test_a_child_that_keeps_ending_is_started_ever_more_slowly(tmp_path: Path) -> None:
    parent = Parent(tmp_path, "import sys; sys.exit(1)")
    try:
        wait_until(lambda: len(parent.lines("ended")) >= 3, "three ends", 60)
        seconds = [float(line.split()[3]) for line in parent.lines("ended")[:3]]
        assert seconds == pytest.approx([0.25, 0.5, 1.0], abs=0.1)
    finally:
        parent.process.terminate()
        parent.process.wait(10)


def test_children_end_within_a_second_when_the_parent_is_killed(tmp_path: Path) -> None:
    parent = Parent(tmp_path, CHILD, CHILD)
    pids = parent.wait_for_pids(2)
    parent.process.kill()
    parent.process.wait()
    wait_until(lambda: not any(map(alive, pids)), "all children gone", 1.0)


def test_a_wrong_configuration_is_said_once_and_stops_everything(tmp_path: Path) -> None:
    parent = Parent(tmp_path, CHILD, WRONG)
    assert parent.process.wait(10) == 2
    assert len(parent.lines("p1 gateway.id")) == 1
    assert not any(map(alive, parent.pids()))


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_is_gone_within_five_seconds(tmp_path: Path, sign: int) -> None:
    parent = Parent(tmp_path, CHILD, STUBBORN)
    pids = parent.wait_for_pids(2)
    parent.process.send_signal(sign)
    assert parent.process.wait(5.5) == 0
    assert not any(map(alive, pids))


def test_a_second_request_kills_at_once(tmp_path: Path) -> None:
    parent = Parent(tmp_path, UNWILLING)
    pids = parent.wait_for_pids(1)
    parent.process.send_signal(signal.SIGINT)
    wait_until(lambda: "asked" in (tmp_path / "p0.log").read_text(), "the child was asked", 60)
    began = time.monotonic()
    parent.process.send_signal(signal.SIGINT)
    assert parent.process.wait(10) == 0
    assert time.monotonic() - began < 2
    assert not any(map(alive, pids))


def test_what_a_child_says_is_kept(tmp_path: Path) -> None:
    parent = Parent(tmp_path, CHILD)
    parent.wait_for_pids(1)
    parent.process.terminate()
    parent.process.wait(10)
    assert "pid" in (tmp_path / "p0.log").read_text()
