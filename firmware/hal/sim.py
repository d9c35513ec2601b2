"""A node on a PC: files stand for the flash, a soil model for the probe, exit for deep sleep.

The folder of a node:
    config.json   what the node is told
    soil.json     the soil, the probe and the battery as they are, and planned faults
    flash/        the flash
    rtc.json     what outlives deep sleep but not a loss of power; delete it to cut the power
    sleep.json    written at the end of a wake: when to wake it again
    trace.jsonl   (config "trace") what was committed and what was acknowledged

soil.json: {"t", "theta", "wilting", "rate_per_s", "mv_dry", "theta_dry", "mv_wet", "theta_wet",
"temp", "battery_mv", "noise_mv", "probe": null | "dead" | "stuck", "cut": n}. The water content falls by
`rate_per_s` from `theta` at `t`, down to the wilting point; `cut`: the power fails at the n-th flash
operation, in the middle of it.
"""

import json
import math
import os
import time

from node.flash import Flash
from node.sensors.battery import Battery
from node.sensors.soil_probe import SoilProbe


def _read(path):
    try:
        with open(path) as file:
            return json.loads(file.read())
    except (OSError, ValueError):
        return {}


def _write(path, content):
    with open(path + ".new", "w") as file:
        file.write(json.dumps(content))
    os.rename(path + ".new", path)


class CutFlash(Flash):
    """A flash whose power fails at the n-th operation: half of it is written, then nothing more."""

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
            os.system("kill -9 $PPID")
            time.sleep(5)

    def append(self, name, data):
        self._operate(self._path(name), data)
        super().append(name, data)

    def replace(self, name, data):
        self._operate(self._path(name + ".new"), data)
        super().replace(name, data)

    def remove(self, name):
        self._operate(None, b"")
        super().remove(name)


class Adc:
    """A pin: a function that returns millivolts or None."""

    def __init__(self, read):
        self.read_mv = read


class Sim:
    """The hardware of one simulated node."""

    def __init__(self, folder):
        self._folder = folder
        self._soil = _read(folder + "/soil.json")
        rtc = _read(folder + "/rtc.json")
        self._born = rtc.get("born", int(time.time()))
        self.memory = rtc.get("memory", {})
        self.flash = CutFlash(folder + "/flash", self._soil.get("cut"))
        self._tracing = _read(folder + "/config.json").get("trace", False)

    def config_text(self):
        with open(self._folder + "/config.json") as file:
            return file.read()

    def sensors(self):
        return [
            SoilProbe("r1", Adc(self._probe_mv), lambda on: None, lambda ms: None),
            Thermometer(self._soil),
        ]

    def battery(self):
        return Battery(Adc(lambda: self._soil.get("battery_mv", 3950)))

    def random(self, count):
        return os.urandom(count)

    def count(self):
        return int(time.time()) - self._born

    def watchdog(self, seconds):
        """Nothing bites on a PC; whoever starts a wake has a time limit."""

    async def wifi(self):
        """Join the network; return the signal strength in dBm."""
        return self._soil.get("rssi_dbm", -62) - os.urandom(1)[0] % 6

    def trace(self, event):
        if self._tracing:
            with open(self._folder + "/trace.jsonl", "a") as file:
                file.write(json.dumps(event) + "\n")

    def sleep(self, seconds):
        """Write down what outlives the sleep, and when to wake."""
        _write(self._folder + "/rtc.json", {"born": self._born, "memory": self.memory})
        _write(self._folder + "/sleep.json", {"wake_at": int(time.time()) + seconds})

    def _probe_mv(self):
        soil = self._soil
        if soil.get("probe") == "dead":
            raise OSError("no answer")
        if soil.get("probe") == "stuck":
            return 1500
        share = (self._theta() - soil["theta_dry"]) / (soil["theta_wet"] - soil["theta_dry"])
        noise = int(soil.get("noise_mv", 4))
        jitter = os.urandom(1)[0] % (2 * noise + 1) - noise if noise else 0
        return int(soil["mv_dry"] + share * (soil["mv_wet"] - soil["mv_dry"])) + jitter

    def _theta(self):
        soil = self._soil
        age_s = max(0, int(time.time()) - int(soil["t"]))
        dried = soil["theta"] - soil.get("rate_per_s", 0) * age_s
        return max(dried, min(soil["wilting"], soil["theta"]))


class Thermometer:
    """Soil temperature of the model: a day's wave."""

    def __init__(self, soil):
        self._mean = soil.get("temp", 19)

    def read(self):
        hour = time.time() % 86400 / 3600
        return {"st": self._mean + 3 * math.sin((hour - 15) * math.pi / 12)}
