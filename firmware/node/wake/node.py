"""One wake: look at the battery, measure, keep, perhaps send, sleep.

    gate     battery empty: sleep long, no flash, no radio; weak: measure, keep in RTC memory
    sample   every sensor is started, then every one is read
    keep     the row is in flash before the radio is on (or in RTC memory, up to `spill_rows`)
    visit    when an upload is due: `node.wake.visit`
    sleep    until the next slot of this node's own grid

Each state has its own time, after which the watchdog ends the wake; all together stay below
`_AWAKE_S`. A failed visit makes the next one wait longer; measuring goes on.
"""

from micropython import const
from node.unload import unload
from node.version import VERSION
from node.wake.clock import sleep_s

DONE = (  # before a visit
    "node.keep.config", "node.keep.rtc_rows", "node.wake.before_visit", "node.wake.power",
    "node.wake.sample",
)  # fmt: skip
_AWAKE_S = const(45)
_KEEP_S = const(2)
FAST_S = 5  # between samples of a workshop
_FAST_BACK_OFF_S = const(30)
MOST_NOTES = 8


class Node:
    """Everything of one node, put together for one wake. Raises ConfigError."""

    def __init__(self, board, slots):
        self.board, self.slots, self.flash, self.memory = board, slots, board.flash, board.memory
        from node.keep.config import load

        self.config = load(board.files, board.flash)
        self.errors = []
        self.battery_mv = self.progress = None
        self.state = self.clock = self.outbox = None

    def use_ring(self, state, outbox, clock):
        """Take what `node.wake.before_visit.open_ring` found in the flash."""
        self.state, self.outbox, self.clock = state, outbox, clock

    def reads_now(self, life):
        """Return what the clock of this life reads, or would read had it never stopped.

        A life is taken to have ended with its last row, and the next to have begun there: its rows
        are then dated too late by the time without power, never among the rows of a later life.
        """
        count, at_or_after = self.clock.count(), False
        for p, end in self.state.get("ends", []):
            at_or_after = at_or_after or p == life
            if at_or_after:
                count += end
        return count

    def count(self):
        """Return the seconds of this life of the clock."""
        return self.board.count() - self.memory.get("zero", 0)

    # ---------------------------------------------------------------- one wake

    def wake(self):
        """Do one wake; return the seconds to sleep."""
        seconds, due = self._before_visit()
        if seconds:
            return seconds
        if due:
            self._visit()
        self.board.checkpoint("sleep", _KEEP_S)
        return self.sleep_s()

    def _before_visit(self):
        from node.wake.before_visit import (
            before_visit,  # in a function that is over before the visit
        )

        return before_visit(self)

    # ---------------------------------------------------------------- when

    def fast_left(self):
        """Return for how many seconds fast sampling still goes on."""
        return max(0, self.memory.get("fast_end", 0) - self.count())

    def interval_s(self):
        return FAST_S if self.fast_left() else self.config["interval_s"]

    def _visit(self):
        unload(DONE)
        from node.wake.visit import visit

        reached = visit(self)
        self.board.light("sent" if reached else "saved")
        if reached:
            self.memory["failures"], self.memory["wakes"], self.memory["retry_at"] = 0, 0, 0
            return
        from node.wake.power import back_off_s

        failures = self.memory["failures"] = self.memory.get("failures", 0) + 1
        spread = self.board.random(1)[0]
        wait_s = back_off_s(failures, self.config["interval_s"], spread)
        if self.fast_left():
            wait_s = min(wait_s, _FAST_BACK_OFF_S)
        self.memory["retry_at"] = self.count() + wait_s - self.interval_s() // 2

    def sleep_s(self):
        """Return the seconds to the next slot, as this clock will count them; 1 for an update."""
        if "order" in self.memory and not self.outbox.held():
            return 1
        interval_s = self.interval_s()
        offset = sum(self.config["node"].encode()) * 7919 % interval_s
        return self.clock.own_seconds(sleep_s(self.clock.stamp()[0], interval_s, offset))

    def status(self):
        """Return how it is and when it will speak again."""
        now = self.clock.epoch()
        cycle_s = self.config["interval_s"] * self.config["upload_every"]
        said = {
            "s": "asleep",
            "iv": cycle_s,
            "bv": self.battery_mv,
            "fw": VERSION,
            "trial": 1 if self.slots.on_trial else None,
            "bad": self.slots.state["bad"] or None,
            "ota": self.progress,
            "cfg": self.config["rev"],
            "q0": self.outbox.oldest_held(),
            "q1": self.outbox.next_q - 1,
            "lost": self.state.get("lost", 0),
            "skip": self.state.get("skip", 0),
            "rssi": self.memory.get("rssi"),
            "rst": self.board.cause(),
        }
        if now is not None:
            said["next"] = now + self.sleep_s() + cycle_s - self.config["interval_s"]
        if self.errors:
            said["err"] = "; ".join(self.errors)[:120]
        return {name: value for name, value in said.items() if value is not None}

    def note(self, words):
        """Remember what went wrong, for the next status."""
        words = words[:60]
        if words not in self.errors and len(self.errors) < MOST_NOTES:  # a workshop has many wakes
            self.errors.append(words)
        self.board.trace({"note": words})
