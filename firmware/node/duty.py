"""One wake: look at the battery, measure, keep, perhaps send, sleep.

    battery empty   sleep long; no flash, no radio
    battery weak    measure, keep in RTC memory
    else            measure, keep in flash; when an upload is due, visit the gateway

A row is in flash before the radio is on. A failed visit makes the next one wait longer; measuring
goes on. All steps together stay below `AWAKE_S`, after which the watchdog ends the wake.
"""

import asyncio

from node import config as configuration
from node import power
from node.clock import UNDATED, Clock
from node.outbox import COLUMNS, Outbox
from node.state import State
from node.upload import Upload

AWAKE_S = 45
WIFI_S = 10
MOST_LIVES = 8  # of the clock, whose ends are remembered
MOST_IN_MEMORY = 64  # rows kept in RTC memory while the battery is weak


class Node:
    """Everything of one node, put together for one wake."""

    version = "0.1.0"

    def __init__(self, hal):
        self.hal, self.flash, self.memory = hal, hal.flash, hal.memory
        self.config = configuration.load(hal.config_text(), hal.flash)
        self.errors = []
        self.sensors = hal.sensors()
        self.battery = hal.battery()
        self.columns = self.state = self.clock = self.outbox = None

    def _open_flash(self):
        self.state = State(self.flash, self.hal.random)
        if self.state.damaged:
            self.note("the state was damaged; what was acked is sent again")
        self.outbox = Outbox(self.flash, self.state, self.config["segments"])
        if "p" not in self.memory:  # the clock lost its power, so a new life of it begins
            self._begin_life_of_clock()
        self.clock = Clock(self.hal.count, self.memory, self.memory["p"])

    def _begin_life_of_clock(self):
        ends = self.state.get("ends", [])
        for row in self.outbox.last_row():
            if row.tq == UNDATED and row.p not in [p for p, _ in ends]:
                self.state["ends"] = (ends + [[row.p, row.t]])[-MOST_LIVES:]
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

    # ---------------------------------------------------------------- one wake

    def wake(self):
        """Do one wake; return the seconds to sleep."""
        self.hal.watchdog(AWAKE_S)
        battery_mv = self.battery.read()["bv"]
        tier = self.memory["tier"] = power.tier(battery_mv, self.memory.get("tier", power.OK))
        if tier == power.EMPTY:
            return power.LONG_SLEEP_S
        values = self._measure(battery_mv)
        if tier == power.WEAK:
            kept = self.memory.get("rows", [])
            self.memory["rows"] = (kept + [[self.hal.count(), values]])[-MOST_IN_MEMORY:]
            return self.config["interval_s"]
        self._open_flash()
        self._keep(values)
        if self._upload_is_due():
            self._visit()
        return self._sleep_s()

    def _measure(self, battery_mv):
        values = {}
        for sensor in self.sensors:
            values.update(sensor.read())
        values["bv"], values["rs"] = battery_mv, self.memory.get("rssi")
        self.columns = [code for code in COLUMNS if code in values]
        return values

    def _keep(self, values):
        """Commit the row to flash, and before it those that waited in RTC memory."""
        for count, old in self.memory.pop("rows", []):
            shift = self.hal.count() - count
            self._commit(old, shift)
        self._commit(values, 0)

    def _commit(self, values, age_s):
        t, tq = self.clock.stamp()
        q = self.outbox.append(max(0, t - age_s), tq, self.clock.life, values)
        self.hal.trace({"committed": q, "b": self.state["b"]})

    # ---------------------------------------------------------------- the visit

    def _upload_is_due(self):
        self.memory["wakes"] = self.memory.get("wakes", 0) + 1
        if self.hal.count() < self.memory.get("retry_at", 0):
            return False
        failing = self.memory.get("failures", 0) > 0
        return failing or self.memory["wakes"] >= self.config["upload_every"]

    def _visit(self):
        upload = Upload(self)
        reached = asyncio.run(self._go(upload))
        if reached and (upload.acked or not self.outbox.held()):
            self.memory["failures"], self.memory["wakes"], self.memory["retry_at"] = 0, 0, 0
            return
        failures = self.memory["failures"] = self.memory.get("failures", 0) + 1
        wait_s = power.back_off_s(failures, self.config["interval_s"], self.hal.random(1)[0])
        self.memory["retry_at"] = self.hal.count() + wait_s - self.config["interval_s"] // 2

    async def _go(self, upload):
        try:
            self.memory["rssi"] = await asyncio.wait_for(self.hal.wifi(), WIFI_S)
        except (OSError, asyncio.TimeoutError) as error:
            self.note("no Wi-Fi: %s" % error)
            return False
        try:
            return await asyncio.wait_for(upload.run(self._status), AWAKE_S - WIFI_S - 5)
        except asyncio.TimeoutError:
            return False

    def _status(self):
        """Say how it is and when it will speak again; then goodbye."""
        now, tq = self.clock.stamp()
        cycle_s = self.config["interval_s"] * self.config["upload_every"]
        said = {
            "s": "asleep",
            "iv": cycle_s,
            "bv": self.battery.read()["bv"],
            "fw": self.version,
            "cfg": self.config["rev"],
            "q0": self.outbox.oldest_held(),
            "q1": self.outbox.next_q - 1,
            "lost": self.state.get("lost", 0),
            "skip": self.state.get("skip", 0),
            "rssi": self.memory.get("rssi"),
        }
        if tq:
            said["next"] = now + self._sleep_s() + cycle_s - self.config["interval_s"]
        if self.errors:
            said["err"] = "; ".join(self.errors)[:120]
        return {name: value for name, value in said.items() if value is not None}

    def _sleep_s(self):
        offset = sum(self.config["node"].encode()) * 7919 % self.config["interval_s"]
        return power.sleep_s(self.clock.stamp()[0], self.config["interval_s"], offset)

    # ---------------------------------------------------------------- messages that nobody takes

    def tries(self, q):
        return self.state.get("tries", {}).get(str(q), 0)

    def tried(self, q, n, most):
        """Count a message that stayed unacked while others were acked; in the end skip its row.

        After `most` times it is sent row by row; a row alone that is not taken so often is skipped.
        """
        tries = self.state["tries"] = self.state.get("tries", {})
        count = tries.pop(str(q), 0) + 1
        if n == 1 and count >= 2 * most:
            self.state["skip"] = self.state.get("skip", 0) + 1
            self.outbox.ack(q, 1)
        else:
            for place in range(q, q + (n if count >= most else 1)):
                tries[str(place)] = count
        while len(tries) > 32:
            tries.pop(min(tries, key=int))
        self.state.save()

    def note(self, words):
        """Remember what went wrong, for the next status."""
        self.errors.append(words[:60])
        self.hal.trace({"note": words})
