"""Runs several programs as one: starts, watches, restarts and stops them. Standard library only.

* a child that ends comes back after 0.25 s, doubling to 30 s; after 60 s of health it is forgiven
* exit code 2 is a wrong configuration: said once, and everything stops with 2
* children stop when their stdin closes, so that they never outlive a parent that was killed
* the first Ctrl-C stops them from the last to the first, 5 s in all; the second kills at once
"""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from surco_contract.logs import plain
from surco_contract.process import EXIT_CONFIGURATION

BACK_S, LONGEST_BACK_S, HEALTHY_S = 0.25, 30.0, 60.0
STOP_S = 4.5
LOG_BYTES = 2_000_000
LINE_BYTES = 64_000


@dataclass(frozen=True)
class Part:
    """A program. `after` are the parts that must be ready before it starts."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    after: tuple[str, ...] = ()


class Log:
    """What a part says, in a file that is cut at 2 MB, with one older file beside it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def write(self, line: str) -> None:
        with suppress(OSError):  # a full disk must not stop what still works; doctor reports it
            if self._file.exists() and self._file.stat().st_size > LOG_BYTES:
                self._file.replace(self._file.with_suffix(".log.1"))
            with self._file.open("a", encoding="utf-8") as out:
                out.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S')} {line}\n")


class Child:
    """One part as it runs now."""

    def __init__(self, part: Part, log: Log) -> None:
        self.part, self.log = part, log
        self.process: subprocess.Popen[bytes] | None = None
        self.ready = False
        self.back_s, self.next_at, self.born = BACK_S, 0.0, 0.0
        self.said, self.last_line = b"", ""

    def start(self, now: float) -> IO[bytes]:
        self.process = subprocess.Popen(
            self.part.command, env=dict(self.part.environment), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self.born, self.ready, self.said = now, False, b""
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        return self.process.stdout

    def ask_to_stop(self) -> None:
        if self.process and self.process.stdin and not self.process.stdin.closed:
            self.process.stdin.close()

    def kill(self) -> None:
        """End it and all that it started."""
        if self.process and self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def ended(self, now: float) -> int:
        """Tidy up after it, plan its return; return its exit code."""
        assert self.process is not None
        self.ask_to_stop()
        if self.process.stdout:
            self.process.stdout.close()
        code, self.process, self.ready = self.process.returncode, None, False
        if now - self.born > HEALTHY_S:
            self.back_s = BACK_S
        self.next_at, self.back_s = now + self.back_s, min(2 * self.back_s, LONGEST_BACK_S)
        return code


class Supervisor:
    """`heard(part, line)`, `ready(part)` and `ended(part, code, seconds)` tell what happens."""

    def __init__(
        self,
        parts: Iterable[Part],
        logs: Path,
        heard: Callable[[str, str], None],
        ready: Callable[[str], None],
        ended: Callable[[str, int, float | None, str], None],
    ) -> None:
        self._children = {p.name: Child(p, Log(logs / f"{p.name}.log")) for p in parts}
        self._heard, self._ready, self._ended = heard, ready, ended
        self._asked = 0  # how often we were asked to stop
        self._select = selectors.DefaultSelector()

    def run(self) -> int:
        """Run until asked to stop. Returns 0, or 2 when a part's configuration is wrong."""
        wake_r, wake_w = os.pipe()
        os.set_blocking(wake_w, False)
        before = signal.set_wakeup_fd(wake_w)
        signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
        handlers = {
            number: signal.signal(number, lambda _number, _frame: None) for number in signals
        }
        self._select.register(wake_r, selectors.EVENT_READ)
        try:
            return self._keep_running(wake_r)
        finally:
            self._stop(wake_r)
            for number, handler in handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(before)
            self._select.close()
            os.close(wake_r)
            os.close(wake_w)

    def _keep_running(self, wake_r: int) -> int:
        while not self._asked:
            now = time.monotonic()
            self._start_due(now)
            self._wait(wake_r, self._next_at() - now)
            for child in self._children.values():
                if child.process and child.process.poll() is not None:
                    code = self._bury(child)
                    if code == EXIT_CONFIGURATION:
                        self._ended(child.part.name, code, None, child.last_line)
                        return EXIT_CONFIGURATION
                    seconds = child.next_at - time.monotonic()
                    self._ended(child.part.name, code, seconds, child.last_line)
        return 0

    def _start_due(self, now: float) -> None:
        for child in self._children.values():
            waits = any(not self._children[name].ready for name in child.part.after)
            if child.process is None and now >= child.next_at and not waits:
                self._select.register(child.start(now), selectors.EVENT_READ, child)

    def _next_at(self) -> float:
        due = [c.next_at for c in self._children.values() if c.process is None and c.next_at > 0]
        return min(due, default=float("inf"))

    def _wait(self, wake_r: int, seconds: float) -> None:
        limit = None if seconds == float("inf") else max(seconds, 0.0)
        for key, _ in self._select.select(limit):
            if key.data is not None:
                self._drain(key.data)
                continue
            asked = os.read(wake_r, 512)
            self._asked += sum(n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) for n in asked)

    def _drain(self, child: Child) -> None:
        """Take what a child said; forget its pipe when it closed."""
        assert child.process is not None
        out = child.process.stdout
        if out is None or out.closed:
            return
        try:
            while said := os.read(out.fileno(), 65_536):
                self._take(child, said)
        except BlockingIOError:
            return
        self._forget(child)

    def _forget(self, child: Child) -> None:
        out = child.process.stdout if child.process else None
        if out and out in self._select.get_map():
            self._select.unregister(out)

    def _bury(self, child: Child) -> int:
        """Take the last words of a child that ended; return its exit code."""
        self._drain(child)
        self._forget(child)
        return child.ended(time.monotonic())

    def _take(self, child: Child, said: bytes) -> None:
        *lines, child.said = (child.said + said).split(b"\n")
        child.said = child.said[-LINE_BYTES:]
        for raw in lines:
            line = plain(
                raw.decode(errors="replace").rstrip()
            )  # Mosquitto's lines have anybody's names
            if not child.ready and line == "ready":
                child.ready = True
                self._ready(child.part.name)
            if line and line != "ready":
                child.last_line = line
                child.log.write(line)
                if not self._asked:  # on the way out the file is enough
                    self._heard(child.part.name, line)

    def _stop(self, wake_r: int) -> None:
        end = time.monotonic() + STOP_S
        for child in reversed(self._children.values()):
            child.ask_to_stop()
            while child.process and child.process.poll() is None:
                left = end - time.monotonic()
                if left <= 0 or self._asked > 1:
                    child.kill()
                    break
                self._wait(wake_r, left)
            if child.process:
                self._bury(child)
