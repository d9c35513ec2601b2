"""ESP32 boards with a battery: deep sleep between two wakes.

RTC memory outlives deep sleep, a reset and the watchdog; the clock goes on with it. A loss of power
ends both, and a brown-out looks like one (`reset_cause` says PWRON for both). A panic and
`machine.reset` look alike too, so `restart` leaves a mark; HARD without it is a crash.

The rain gauge wakes the chip, which counts the tip before anything else runs and sleeps on. A pin
that is low when the board goes to sleep cannot wake it: a magnet that rests at the reed contact
must not empty the battery.
"""

import sys
import time

import esp32
import machine
from machine import ADC, RTC, Pin

from hal.chip import Chip, own
from hal.pins import Pins
from hal.radio import Radio
from micropython import const
from node.keep.rtc_memory import pack, unpack

_WPA2 = const(3)
_SINCE_2000 = const(946684800)  # seconds from 1970
RESTS_S = (60, 900, 3600, 6 * 3600)  # after one, two, … resets by the watchdog in a row
_CONTACT_MS = const(1000)  # no tip of a rain gauge takes longer
_EXT0_WAKE = const(2)  # esp_sleep_source_t; not every build has names for them
_TIMER_WAKE = const(4)
CAUSES = {
    machine.PWRON_RESET: "power",
    machine.WDT_RESET: "watchdog",
    machine.DEEPSLEEP_RESET: "sleep",
    machine.SOFT_RESET: "reset",
    machine.HARD_RESET: "crash",
}

_PROBE = {"kind": "soil_probe", "column": "r1"}
TABLE = {  # by chip: a usual board. "adc": ADC1 (Wi-Fi needs ADC2); "wake": pins that end deep sleep
    "ESP32": {  # FireBeetle 2 ESP32-E (DFRobot DFR0654); GPIO 34: the cell through 1 MOhm / 1 MOhm
        "battery": 34, "ratio": 2, "buttons": (27,), "light": 2, "sda": 21, "scl": 22,
        "adc": range(32, 40), "wake": (0, 2, 4, 12, 13, 14, 15, 25, 26, 27) + tuple(range(32, 40)),
        "sensors": [dict(_PROBE, pin=36, gate=25), {"kind": "ds18b20", "pin": 4}],
    },
    "ESP32C6": {  # FireBeetle 2 ESP32-C6 (DFRobot DFR1075); GPIO 0: the cell / 2; 9 is BOOT
        "battery": 0, "ratio": 2, "buttons": (7, 9), "light": 15, "sda": 19, "scl": 20,
        "adc": range(7), "wake": range(8),
        "sensors": [dict(_PROBE, pin=2, gate=18), {"kind": "ds18b20", "pin": 14}],
    },
    "ESP32C3": {  # Seeed XIAO ESP32-C3; solder 2 x 470 kOhm from the cell to GPIO 2 (D0); 9 is BOOT
        "battery": 2, "ratio": 2, "buttons": (5, 9), "light": None, "sda": 6, "scl": 7,
        "adc": range(5), "wake": range(6),
        "sensors": [dict(_PROBE, pin=3, gate=10), {"kind": "ds18b20", "pin": 20}],
    },
}  # fmt: skip


def chip_name():
    """Return what follows the last "with" in "ESP32C6 module with ESP32C6"."""
    return sys.implementation._machine.split(" with ")[-1]


class Board(Chip):
    """The board whose chip this is."""

    def __init__(self):
        chip = chip_name()
        if chip not in TABLE:
            raise ValueError("no board with %s is known; add it to TABLE in hal/esp32.py" % chip)
        self._rtc, self._line = RTC(), own(TABLE[chip])
        self.memory, self.rows = self._remembered()
        self._cause = self._find_cause()
        if self._cause == "sleep":
            self._look_who_woke_it()
        if self._cause == "watchdog":
            self._rest()
        if self.memory.pop("bitten", False):
            self._cause = "watchdog"
        pins = EspPins(self._line, Adc, self.memory.pop("tips", 0))
        super().__init__(self._line, pins, self.memory, self.rows, timer=0)
        self.radio = Radio(self.memory, self.count, _WPA2)

    def _remembered(self):
        memory, rows = unpack(self._rtc.memory())
        if memory.get("counted", 0) > self.count():  # the clock began anew
            return {}, b""
        return memory, rows

    def _rest(self):
        """Sleep after the watchdog, longer every time: a node that hangs must not empty its battery."""
        bites = self.memory["bites"] = self.memory.get("bites", 0) + 1
        self.memory["bitten"] = True
        rest_s = RESTS_S[min(bites, len(RESTS_S)) - 1]
        self.memory["wake_at"] = self.count() + rest_s
        self._sleep(rest_s, self.memory.get("rain", []))

    def _find_cause(self):
        cause = CAUSES.get(machine.reset_cause(), "reset")
        asked_for = self.memory.pop("restarting", False)
        return "reset" if cause == "crash" and asked_for else cause

    def cause(self):
        return self._cause

    def count(self):
        """Return the seconds since the clock got power; it begins in 1970 or 2000."""
        now = time.time()
        return now - _SINCE_2000 if now >= _SINCE_2000 and time.gmtime(0)[0] == 1970 else now

    def remember(self):
        self.memory["tips"] = self.pins.waiting_tips()
        self._store()

    def _store(self):
        self.memory["counted"] = self.count()
        self._rtc.memory(pack(self.memory, self.rows))

    def restart(self):
        self.memory["restarting"] = True
        self.remember()
        machine.reset()

    def sleep(self, seconds):
        """Sleep deeply; does not return."""
        self._light.finish()
        self.radio.off()
        for pin in self.pins.gates:
            self.pins.hold(pin)
        self.memory.pop("bites", 0)
        self.memory["tips"] = self.pins.waiting_tips()
        self.memory["wake_at"] = self.count() + seconds
        self._sleep(seconds, list(self.pins.counters))

    # ---------------------------------------------------------------- what ends deep sleep

    def _sleep(self, seconds, rain):
        self.memory["rain"] = [pin for pin in rain if self._may_wake(pin)]
        self._store()
        buttons = [pin for pin in self._line["buttons"] if self._may_wake(pin)]
        _arm(self.memory["rain"] + buttons)
        machine.deepsleep(max(1, seconds) * 1000)

    def _may_wake(self, pin):
        return pin in self._line["wake"] and Pin(pin, Pin.IN, Pin.PULL_UP).value() == 1

    def _look_who_woke_it(self):
        """Count a tip of the rain gauge and sleep on; the button asks for a visit at once."""
        woken_by = self._who_woke_it()
        if woken_by == "button":
            self.memory["asked"] = True
        if woken_by != "rain":
            return
        self.memory["tips"] = self.memory.get("tips", 0) + 1
        left = self.memory.get("wake_at", 0) - self.count()
        if left > 1:
            self._wait_for_the_contact()
            self._sleep(left, self.memory["rain"])

    def _who_woke_it(self):
        reason, rain = machine.wake_reason(), self.memory.get("rain", [])
        if reason == _TIMER_WAKE:
            return "timer"
        if reason != _EXT0_WAKE and hasattr(machine, "wake_pins"):
            rain = [pin for pin in machine.wake_pins() if pin in rain]
        return "rain" if rain else "button"

    def _wait_for_the_contact(self):
        pins = [Pin(pin, Pin.IN, Pin.PULL_UP) for pin in self.memory["rain"]]
        begun = time.ticks_ms()
        while not all(pin.value() for pin in pins):
            if time.ticks_diff(time.ticks_ms(), begun) > _CONTACT_MS:
                return
            time.sleep_ms(5)


def _arm(pins):
    """Let these pins end deep sleep when they go low."""
    low = esp32.WAKEUP_ALL_LOW
    inputs = [Pin(pin, Pin.IN, Pin.PULL_UP) for pin in pins]
    if inputs and hasattr(esp32, "wake_on_ext0"):  # there, ext1 waits until all its pins are low
        esp32.wake_on_ext0(inputs[0], low)
        if len(inputs) > 1:
            esp32.wake_on_ext1((inputs[1],), low)
    elif inputs and hasattr(esp32, "wake_on_gpio"):  # MicroPython 1.27 and later
        esp32.wake_on_gpio(inputs, low)


class EspPins(Pins):
    """Gates that stay low in deep sleep."""

    def release(self, pin):
        return Pin(pin, Pin.OUT, value=0, hold=False)  # type: ignore  # not in the stubs

    def hold(self, pin):
        """Keep a gate low while the chip sleeps."""
        Pin(pin, Pin.OUT, value=0, hold=True)  # type: ignore  # not in the stubs
        if hasattr(esp32, "gpio_deep_sleep_hold"):
            esp32.gpio_deep_sleep_hold(True)  # type: ignore  # not in the stubs


class Adc:
    """Millivolts at a pin, calibrated at the factory; linear from 150 to 2450 mV."""

    def __init__(self, pin):
        self._adc = ADC(Pin(pin), atten=ADC.ATTN_11DB)

    def read_mv(self):
        return self._adc.read_uv() // 1000
