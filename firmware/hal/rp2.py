"""Raspberry Pi Pico W: a board on mains. It does not go off in its sleep; it waits.

Asleep it would take more than a milliampere, its watchdog goes on biting in sleep, and afterwards
nobody could tell sleep from a reset. So memory is plain RAM, and the clock's life ends with every
reset. `reset_cause` says WDT for `machine.reset` too: `restart` leaves a file as a mark.
"""

import time

import machine
from machine import ADC, Pin

from hal.chip import Chip, own
from hal.pins import Pins
from hal.radio import Radio
from micropython import const

_FULL_MV = const(3300)  # of the ADC, which has no calibration and no read_uv
_PIECE_MS = const(100)
RESTARTED = "restarted"  # the mark

TABLE = {
    "Pico W": {  # Raspberry Pi Pico W and Pico 2 W
        "buttons": ("bootsel",), "light": "LED", "sda": 4, "scl": 5, "adc": (26, 27, 28),
        "sensors": [
            {"kind": "soil_probe", "column": "r1", "pin": 26, "gate": 22},
            {"kind": "ds18b20", "pin": 2},
        ],
    },
}  # fmt: skip


class Board(Chip):
    """A Pico W, or what says otherwise in board.json."""

    stays_awake = True

    def __init__(self):
        self._counted, self._last = 0, time.ticks_ms()
        line = own(TABLE["Pico W"])
        super().__init__(line, Pins(line, Adc), {}, b"", timer=-1)
        self._cause = self._find_cause()
        self.radio = Radio(self.memory, self.count)

    def _find_cause(self):
        if self.files.size(RESTARTED) >= 0:
            self.files.remove(RESTARTED)
            return "reset"
        return "watchdog" if machine.reset_cause() == machine.WDT_RESET else "power"

    def cause(self):
        return self._cause

    def count(self):
        """Return the seconds since the start, whoever sets the clock of the chip meanwhile."""
        passed = time.ticks_diff(time.ticks_ms(), self._last) // 1000
        self._last = time.ticks_add(self._last, passed * 1000)
        self._counted += passed
        return self._counted

    def restart(self):
        self.files.replace(RESTARTED, b"")
        machine.reset()

    def sleep(self, seconds):
        """Wait, and return; a button ends it and asks for a visit."""
        self._light.finish()
        self.radio.off()
        self._cause, ends = "sleep", self.count() + max(1, seconds)
        while self.count() < ends:
            self.checkpoint("sleep", 5)
            time.sleep_ms(_PIECE_MS)
            if self.button_down():
                self.memory["asked"] = True
                return

    def button_down(self):
        if "bootsel" not in self._line["buttons"]:
            return super().button_down()
        import rp2

        return rp2.bootsel_button() == 1


class Adc:
    """Millivolts at a pin, as exact as the 3.3 V of the board."""

    def __init__(self, pin):
        self._adc = ADC(Pin(pin))

    def read_mv(self):
        return self._adc.read_u16() * _FULL_MV // 65535
