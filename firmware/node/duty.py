"""One wake: look at the battery, measure, keep, perhaps send, sleep.

    gate     battery empty: sleep long, no flash, no radio; weak: measure, keep in RTC memory
    sample   every sensor is started, then every one is read
    keep     the row is in flash before the radio is on (or in RTC memory, up to `spill_rows`)
    visit    when an upload is due: `node.visit`
    sleep    until the next slot of this node's own grid

Each state has its own time, after which the watchdog ends the wake; all together stay below
`AWAKE_S`. A failed visit makes the next one wait longer; measuring goes on.
"""

from node import power, rows
from node.clock import UNDATED, Clock
from node.outbox import Outbox
from node.room import forget
from node.state import State
from node.version import VERSION

AWAKE_S = 45
GATE_S, SAMPLE_S, KEEP_S = 1, 3, 2
SAMPLE_MS = 1000  # no sensor may ask for more
FAST_S = 5  # between samples of a workshop
FAST_BACK_OFF_S = 30
MOST_LIVES = 8  # of the clock, whose ends are remembered
MOST_KEPT = 1500  # bytes of rows in RTC memory
MOST_JUMP_S = 366 * 86400  # forwards between two wakes; more is no clock


class Node:
    """Everything of one node, put together for one wake. Raises ConfigError."""

    def __init__(self, board, slots):
        self.board, self.slots, self.flash, self.memory = board, slots, board.flash, board.memory
        from node.config import load

        self.config = load(board.files, board.flash)
        self.errors = []
        self.battery = board.battery()
        self.battery_mv = self.progress = None
        self.state = self.clock = self.outbox = None

    def open_flash(self):
        """Look into the ring; only when the battery allows it."""
        self.state = State(self.flash, self.board.random)
        if self.state.damaged:
            self.note("the state was damaged; what was acked is sent again")
        told = self.memory.pop("update", "")
        self.progress = told if told.endswith("%") else None
        if told and not self.progress:
            self.note("update: " + told)
        for words in (self.config["note"], self.memory.pop("crash", "")):
            if words:
                self.note(words)
        self.outbox = Outbox(self.flash, self.state, self.config["segments"])
        if "p" not in self.memory:  # the clock lost its power, so a new life of it begins
            self._begin_life_of_clock()
        self.clock = Clock(self.count, self.memory, self.memory["p"])

    def _begin_life_of_clock(self):
        ends = self.state.get("ends", [])
        for row in self.outbox.last_row():
            _, t, tq, life = rows.head(row)
            if tq == UNDATED and life not in [p for p, _ in ends]:
                self.state["ends"] = (ends + [[life, t]])[-MOST_LIVES:]
        self.state["p"] = self.state["p"] + 1
        self.state.save()
        self.memory["p"] = self.state["p"]

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

    def _check_clock(self):
        """Begin a new life when the hardware's clock went backwards or far ahead: 2000, 2106."""
        now, before = self.count(), self.memory.get("seen", 0)
        if not before <= now <= before + MOST_JUMP_S:
            for name in ("p", "offset", "synced", "ppm", "retry_at", "fast_end"):
                self.memory.pop(name, None)
            self.memory["zero"], self.board.rows = self.board.count(), rows.restart(self.board.rows)
        self.memory["seen"] = self.count()

    # ---------------------------------------------------------------- one wake

    def wake(self):
        """Do one wake; return the seconds to sleep."""
        self.board.checkpoint("gate", GATE_S)
        self._check_clock()
        self.battery_mv = self.battery.read()["bv"]
        tier = self.memory["tier"] = power.tier(self.battery_mv, self.memory.get("tier", power.OK))
        if tier == power.EMPTY:
            self.board.light("weak")
            return power.LONG_SLEEP_S
        self.board.checkpoint("sample", SAMPLE_S)
        values = self.measure()
        if tier == power.WEAK:
            self._keep_in_memory(values)
            return self.interval_s()
        self.board.checkpoint("keep", KEEP_S)
        self.open_flash()
        due = self._upload_is_due()
        self.keep(values, at_once=due)
        if due:
            self._visit()
        self.board.checkpoint("sleep", KEEP_S)
        return self.sleep_s()

    def measure(self):
        """Return (column code, hundredths) of everything that was measured."""
        sensors = self.board.sensors(self.config["sensors"] or None)
        wait_ms = max([sensor.begin() for sensor in sensors] + [0])
        self.board.wait_ms(min(wait_ms, SAMPLE_MS))
        values = {}
        for sensor in sensors:
            values.update(sensor.read())
        values["bv"], values["rs"] = self.battery_mv, self.memory.get("rssi")
        return [(code, rows.hundredths(value)) for code, value in values.items()]

    # ---------------------------------------------------------------- rows

    def _keep_in_memory(self, values):
        kept = rows.keep(self.board.rows, self.count(), values)
        while len(kept) > MOST_KEPT:
            kept = kept[1 + kept[0] :]
            self.memory["dropped"] = self.memory.get("dropped", 0) + 1
        self.board.rows = kept
        self.memory["kept"] = self.memory.get("kept", 0) + 1

    def keep(self, values, at_once=True):
        """Commit rows to flash: at once, or when `spill_rows` of them wait in RTC memory."""
        self._keep_in_memory(values)
        if at_once or self.memory["kept"] >= self.config["spill_rows"] or self.slots.on_trial:
            self.spill()

    def spill(self):
        """Move the rows from RTC memory to flash; what flash does not take stays there."""
        waiting, now = list(rows.kept(self.board.rows)), self.count()
        self.state["lost"] = self.state.get("lost", 0) + self.memory.pop("dropped", 0)
        for count, packed in waiting:
            t, tq = self.clock.stamp()
            try:
                q = self.outbox.append(max(0, t - (now - count)), tq, self.clock.life, packed)
            except OSError as error:
                self.note("flash takes no rows: %s" % error)
                return
            self.board.rows = self.board.rows[1 + self.board.rows[0] :]
            self.board.trace({"committed": q, "b": self.state["b"]})
        self.memory["kept"] = 0
        if len(waiting) > 1:
            self.board.remember()  # else a reset before the next sleep would bring them back

    # ---------------------------------------------------------------- when

    def fast_left(self):
        """Return for how many seconds fast sampling still goes on."""
        return max(0, self.memory.get("fast_end", 0) - self.count())

    def interval_s(self):
        return FAST_S if self.fast_left() else self.config["interval_s"]

    def _upload_is_due(self):
        self.memory["wakes"] = self.memory.get("wakes", 0) + 1
        bad = self.slots.state["bad"]  # a version that was just given up: the garden should know
        news = bad != self.memory.get("bad", "")
        self.memory["bad"] = bad
        if news or self.slots.on_trial or self.memory.pop("asked", False):
            return True
        if self.count() < self.memory.get("retry_at", 0):
            return False
        failing = self.memory.get("failures", 0) > 0
        return (
            failing or self.fast_left() > 0 or self.memory["wakes"] >= self.config["upload_every"]
        )

    def _visit(self):
        forget(("node.config",))
        from node.visit import visit

        reached = visit(self)
        self.board.light("sent" if reached else "saved")
        if reached:
            self.memory["failures"], self.memory["wakes"], self.memory["retry_at"] = 0, 0, 0
            return
        failures = self.memory["failures"] = self.memory.get("failures", 0) + 1
        spread = self.board.random(1)[0]
        wait_s = power.back_off_s(failures, self.config["interval_s"], spread)
        if self.fast_left():
            wait_s = min(wait_s, FAST_BACK_OFF_S)
        self.memory["retry_at"] = self.count() + wait_s - self.interval_s() // 2

    def sleep_s(self):
        """Return the seconds to the next slot, as this clock will count them; 1 for an update."""
        if "order" in self.memory and not self.outbox.held():
            return 1
        interval_s = self.interval_s()
        offset = sum(self.config["node"].encode()) * 7919 % interval_s
        return self.clock.own_seconds(power.sleep_s(self.clock.stamp()[0], interval_s, offset))

    def status(self):
        """Return how it is and when it will speak again."""
        now = self.clock.epoch()
        cycle_s = self.config["interval_s"] * self.config["upload_every"]
        said = {
            "s": "asleep",
            "iv": cycle_s,
            "bv": self.battery.read()["bv"],
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
        self.errors.append(words[:60])
        self.board.trace({"note": words})
