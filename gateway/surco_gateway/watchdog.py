"""Ends the process when one of its threads has died or hangs, so that whoever started it does again.

A gateway that runs and takes nothing looks well to everybody. So each thread that works says a beat
at every turn of its loop. The watchdog is a thread of its own and asks nothing of the others.
"""

import logging
import os
import threading
import time
from collections.abc import Callable

from surco_contract.process import EXIT_CONFIGURATION

EXIT_STUCK = 1  # whoever started us starts us again; EXIT_CONFIGURATION would end everything
SILENT_S = 300.0  # longer than a slow disk, a long poll or a delivery that times out
LOOK_EVERY_S = 5.0

log = logging.getLogger(__name__)

assert EXIT_STUCK != EXIT_CONFIGURATION


class Watchdog:
    """Thread-safe. `end` must not come back, and must not wait for any thread."""

    def __init__(
        self, *, silent_s: float = SILENT_S, monotonic: Callable[[], float] = time.monotonic,
        end: Callable[[int], object] = os._exit,
    ) -> None:  # fmt: skip
        self._silent_s, self._monotonic, self._end = silent_s, monotonic, end
        self._threads: dict[str, threading.Thread] = {}
        self._beats: dict[str, float] = {}
        self._stopping = threading.Event()

    def start(self, name: str, body: Callable[[], object]) -> threading.Thread:
        """Start a thread that must live, and beat, until `stop`."""
        thread = threading.Thread(target=body, name=name, daemon=True)
        self._beats[name] = self._monotonic()
        thread.start()
        self._threads[name] = thread
        return thread

    def watch_me(self) -> None:
        """Watch the thread that calls this, too."""
        me = threading.current_thread()
        self._beats[me.name] = self._monotonic()
        self._threads[me.name] = me

    def beat(self) -> None:
        """Say that the thread that calls this is at work."""
        self._beats[threading.current_thread().name] = self._monotonic()

    def stop(self) -> None:
        """Watch no more: from here on threads may end."""
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_S):
            self.look()

    def look(self) -> None:
        """End the process when a thread is dead or silent."""
        now = self._monotonic()
        for name, thread in list(self._threads.items()):
            silent_s = now - self._beats[name]
            if thread.is_alive() and silent_s < self._silent_s:
                continue
            if self._stopping.is_set():
                return
            how = f"silent for {silent_s:.0f} s" if thread.is_alive() else "dead"
            log.critical("thread_stuck name=%s how=%s", name, how)
            self._end(EXIT_STUCK)
