"""The soil of a simulated node: it dries at a rate, a probe reads it, a day warms it."""

import math
import os
import time


class Soil:
    """`told` is soil.json (see `hal.sim`)."""

    def __init__(self, told):
        self._told = told

    def probe_mv(self):
        """Return what the probe's pin shows. Raises OSError when it is planned to be dead."""
        told = self._told
        if told.get("probe") == "dead":
            raise OSError("no answer")
        if told.get("probe") == "stuck":
            return 1500
        share = (self._theta() - told["theta_dry"]) / (told["theta_wet"] - told["theta_dry"])
        noise = int(told.get("noise_mv", 4))
        jitter = os.urandom(1)[0] % (2 * noise + 1) - noise if noise else 0
        return int(told["mv_dry"] + share * (told["mv_wet"] - told["mv_dry"])) + jitter

    def _theta(self):
        told = self._told
        age_s = max(0, int(time.time()) - int(told["t"]))
        dried = told["theta"] - told.get("rate_per_s", 0) * age_s
        return max(dried, min(told["wilting"], told["theta"]))


class Thermometer:
    """Soil temperature of the model: a day's wave."""

    def __init__(self, told):
        self._mean = told.get("temp", 19)

    def begin(self):
        return 750  # as a DS18B20

    def read(self):
        hour = time.time() % 86400 / 3600
        return {"st": self._mean + 3 * math.sin((hour - 15) * math.pi / 12)}
