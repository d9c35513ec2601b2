"""A watchdog that knows how long each state of a wake may last.

The hardware's own one resets the board 8 s (the most an RP2040 can) after it was fed last, and
cannot be stopped. A timer feeds it, but only while the deadline of the last checkpoint has not
passed: whoever is stuck, in an endless loop, in a wait that nobody ends, or in code where timers do
not run at all, is reset at the latest `seconds` + 8 s after its checkpoint. The state that was late
is told first, so that the next status can name it.
"""

import time

from micropython import const

BITES_MS = 8000
_START_S = const(20)  # until the first checkpoint


class Watchdog:
    """`feed` and `late(state)` are called; `tick` calls them, from a timer."""

    def __init__(self, feed, late):
        self._feed, self._late = feed, late
        self._told = False
        self.checkpoint("start", _START_S)

    def checkpoint(self, state, seconds):
        self._state = state
        self._deadline = time.ticks_add(time.ticks_ms(), seconds * 1000)

    def tick(self):
        if time.ticks_diff(self._deadline, time.ticks_ms()) > 0 and not self._told:
            self._feed()
        elif not self._told:
            self._told = True
            self._late(self._state)
