"""What the boards with a chip do alike; `esp32` and `rp2` say what is different.

A board is a line of a table:

    battery, ratio   analog pin of the battery and its divider; without: on mains
    buttons          pins to ground, or "bootsel"; held for 3 s they open the set-up
    light            pin of a light, or None
    sda, scl         I2C
    sensors          what is measured when the configuration names nothing

A board with the same chip and other pins says what differs in a file `board.json` on its flash. A
file `bench` keeps the watchdog off, for work with a cable.
"""

import json
import os
import sys
import time

from machine import WDT, Pin, Timer

from hal.watchdog import BITES_MS, Watchdog
from micropython import const
from node.blinks import STEP_MS, TABLE
from node.keep.flash import Flash

_HELD_MS = const(3000)


def own(line):
    """Return a line of the table with what `board.json` says otherwise."""
    files, found = Flash(""), dict(line)
    if files.size("board.json") >= 0:
        found.update(json.loads(files.read("board.json")))
    return found


class Chip:
    """Hardware that both chips have."""

    stays_awake = False

    def __init__(self, line, pins, memory, rows, timer):
        self.files, self.flash = Flash(""), Flash("/flash")
        self._line, self.pins, self.memory, self.rows = line, pins, memory, rows
        self._light = Light(line["light"])
        self._watchdog = None
        if self.files.size("bench") < 0:
            self._watchdog = Watchdog(WDT(timeout=BITES_MS).feed, self.late)
        self._timer = Timer(timer)
        self._timer.init(mode=Timer.PERIODIC, period=STEP_MS, callback=self._tick)

    def _tick(self, timer):
        self._light.tick()
        if self._watchdog is not None:
            self._watchdog.tick()

    def checkpoint(self, state, seconds):
        """From now on this state has so many seconds."""
        if self._watchdog is not None:
            self._watchdog.checkpoint(state, seconds)

    def late(self, state):
        """Leave word for the next start: the watchdog is about to end this one."""
        self.memory["crash"] = "stuck in " + state
        self.remember()

    def remember(self):
        """Keep `memory` and `rows` where they outlive a reset, when there is such a place."""

    def sensors(self, given):
        """Return the sensors of a list, None: those of this board. Raises ValueError."""
        from node.sensors import open_sensors  # unloaded before a visit

        return open_sensors(self._line["sensors"] if given is None else given, self.pins)

    def battery(self):
        from node.sensors.battery import Battery

        pin = self._line.get("battery")
        return Battery(None if pin is None else self.pins.adc(pin), self._line.get("ratio", 1))

    def button(self):
        """Tell whether a button is held for 3 s; at once False when none is down."""
        begun = time.ticks_ms()
        while self.button_down():
            if time.ticks_diff(time.ticks_ms(), begun) >= _HELD_MS:
                return True
            time.sleep_ms(20)
        return False

    def button_down(self):
        return any(not Pin(pin, Pin.IN, Pin.PULL_UP).value() for pin in self._line["buttons"])

    def random(self, count):
        return os.urandom(count)

    def light(self, name):
        """Show a pattern of node.blinks; an unknown name, such as "off", is dark."""
        self._light.show(TABLE.get(name, ""))

    def trace(self, event):
        """Only a simulated board leaves a trace."""

    def show_crash(self, error):
        """Show on the cable what nobody foresaw."""
        sys.print_exception(error)

    def wait_ms(self, ms):
        time.sleep_ms(ms)


class Light:
    """One light and a pattern, a letter a tick: # is on. A pattern that ends dark is repeated."""

    def __init__(self, pin):
        self._pin = None if pin is None else Pin(pin, Pin.OUT, value=0)
        self._pattern, self._step = "", 0

    def show(self, pattern):
        self._pattern, self._step = pattern, 0
        self._put(".")

    def _put(self, letter):
        if self._pin is not None:
            self._pin.value(1 if letter == "#" else 0)

    def tick(self):
        if not self._pattern:
            return
        if self._step >= len(self._pattern) and self._pattern[-1] == "#":
            self.show("")
            return
        self._put(self._pattern[self._step % len(self._pattern)])
        self._step += 1

    def finish(self):
        """Wait until the pattern was seen once, then put the light out."""
        while self._pin is not None and self._pattern and self._step <= len(self._pattern):
            time.sleep_ms(STEP_MS)
        self.show("")
