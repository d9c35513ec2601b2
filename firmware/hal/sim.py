"""A node on a PC: files stand for the flash, a soil model for the probe, exit for deep sleep.

The folder of a node:
    config.json   what the node is told
    soil.json     the soil, the probe and the battery as they are, and planned faults
    flash/        the ring
    boot a/ b/    the slots of updates, when there were any
    rtc           what outlives deep sleep but not a loss of power; delete it to cut the power
    sleep.json    written at the end of a wake: when to wake it again
    trace.jsonl   (config "trace") what was committed and what was acknowledged
    flash.img     (soil.json "littlefs") a flash chip in place of flash/ and the slots
    operations    how many erases and programs of that chip the last wake needed

soil.json: {"t", "theta", "wilting", "rate_per_s", "mv_dry", "theta_dry", "mv_wet", "theta_wet",
"temp", "battery_mv", "noise_mv", "probe": null | "dead" | "stuck", "cut": n, "littlefs": bool,
"button": bool, "blocks": n, "clock_s": n, "real_time": "lease" | "dhcp", "portal_ports": [http, dns],
"networks": …}. The water content falls by `rate_per_s`
from `theta` at `t`, down to the wilting point; `cut`: the power fails at the n-th flash operation,
in the middle of it; `blocks` of the chip in flash.img (512); `clock_s`: its clock is off by so much;
`real_time`: sensors and radio take the time that real ones take, with the last lease or with DHCP.
"""

import json
import os
import sys
import time

from hal.sim_radio import Radio
from hal.sim_soil import Soil, Thermometer
from node.keep import rtc_memory
from node.keep.flash import Flash


def _read(path):
    try:
        with open(path) as file:
            return json.loads(file.read())
    except (OSError, ValueError):
        return {}


def _write(path, content):
    with open(path + ".new", "wb") as file:
        file.write(content)
    os.rename(path + ".new", path)


class FaultyFlash(Flash):
    """A flash whose power fails at the n-th operation, half of it done."""

    def __init__(self, folder, cut):
        super().__init__(folder)
        self._left = cut

    def _operate(self, path, data):
        if self._left is None:
            return
        self._left -= 1
        if self._left < 0:
            if path is not None:
                with open(path, "ab") as file:
                    file.write(data[: len(data) // 2])
            from hal.sim_flash import die

            die()

    def append(self, name, data):
        self._operate(self._path(name), data)
        super().append(name, data)

    def replace(self, name, data):
        self._operate(self._path(name + ".new"), data)
        super().replace(name, data)

    def remove(self, name):
        self._operate(None, b"")
        super().remove(name)


class Pins:
    """The pins of the simulated board: the soil is on the analog one, nothing on the others."""

    def __init__(self, soil):
        self._soil = soil

    def adc(self, pin):
        return Adc(self._soil.probe_mv)

    def gate(self, pin):
        return lambda on: None

    def wait_ms(self, ms):
        """A simulated probe needs no time."""


class Adc:
    """A pin: a function that returns millivolts or None."""

    def __init__(self, read):
        self.read_mv = read


class Board:
    """The hardware of one simulated node: `root` is its flash, `folder` is on the PC."""

    stays_awake = False

    def __init__(self, root, folder=None):
        self._folder = folder or root
        given = _read(self._folder + "/soil.json")
        self._soil, self._told = Soil(given), given
        self.files = Flash(root)
        cut = None if given.get("littlefs") else given.get("cut")  # else the chip does it
        self.flash = FaultyFlash(root + "/flash", cut)
        self.memory, self.rows = self._remembered()
        self._slept = "born" in self.memory
        self._born = self.memory.setdefault("born", self._now())
        self.radio = Radio(given, self.memory)
        self.portal_ports = tuple(given.get("portal_ports", (80, 53)))
        self._tracing = None

    def _remembered(self):
        try:
            with open(self._folder + "/rtc", "rb") as file:
                return rtc_memory.unpack(file.read())
        except OSError:
            return {}, b""

    def _now(self):
        return int(time.time()) + int(self._told.get("clock_s", 0))

    def sensors(self, given):
        from node.sensors import open_sensors

        pins = Pins(self._soil)
        if given is not None:
            return open_sensors(given, pins)
        probe = [{"kind": "soil_probe", "column": "r1", "pin": 1}]
        return open_sensors(probe, pins) + [Thermometer(self._told)]

    def battery(self):
        from node.sensors.battery import Battery

        return Battery(Adc(lambda: self._told.get("battery_mv", 3950)))

    def random(self, count):
        return os.urandom(count)

    def count(self):
        return self._now() - self._born

    def checkpoint(self, state, seconds):
        """Say which state begins; on a PC whoever started the wake has the time limit."""
        self.trace({"state": state, "within_s": seconds, "ms": int(time.time() * 1000) % 10**9})

    def cause(self):
        return "sleep" if self._slept else "power"

    def button(self):
        return bool(self._told.get("button"))

    def light(self, name):
        self.trace({"light": name})

    def wait_ms(self, ms):
        """Wait as a real sensor would need it, when soil.json says "real_time"."""
        if self._told.get("real_time"):
            time.sleep(ms / 1000)

    def trace(self, event):
        if self._tracing is None:
            self._tracing = b'"trace": true' in self.files.read("config.json")
        if self._tracing:
            with open(self._folder + "/trace.jsonl", "a") as file:
                file.write(json.dumps(event) + "\n")

    def show_crash(self, error):
        """Show the exception, end with 1; the folder looks as after a sleep."""
        self.sleep(1)
        sys.print_exception(error) if hasattr(sys, "print_exception") else print(repr(error))
        sys.exit(1)

    def remember(self):
        _write(self._folder + "/rtc", rtc_memory.pack(self.memory, self.rows))

    def restart(self):
        self.sleep(0)
        sys.exit(0)

    def sleep(self, seconds):
        """Write down what outlives the sleep, and when to wake."""
        self.remember()
        wake_at = {"wake_at": int(time.time()) + seconds}
        _write(self._folder + "/sleep.json", json.dumps(wake_at).encode())
