"""Is this capacitive probe any good? Raw millivolts in air and in water, before it is buried.

Many boards sold as "v1.2" hardly change (a missing 1 MΩ trace leaves 0.1 V between dry and wet;
community.home-assistant.io 438162); a good one falls from 2.3 V to 0.7 V
(electronics.stackexchange 522956).
"""

import asyncio

from micropython import const

_LEAST_SPAN_MV = const(500)
_MOST_MS = const(1000)
COLUMNS = ("r1", "r2")
AIR, WATER = "air", "water"


class ProbeCheck:
    """`open_sensors()` returns the sensors of the board, and may raise ValueError."""

    def __init__(self, open_sensors):
        self._open = open_sensors
        self._seen = {AIR: {}, WATER: {}}

    async def measure(self, where):
        """Measure with the probes in AIR or WATER; return what `state` returns. Raises ValueError."""
        sensors = self._open()
        wait_ms = max([sensor.begin() for sensor in sensors] + [0])
        await asyncio.sleep(min(wait_ms, _MOST_MS) / 1000)
        found = {}
        for sensor in sensors:
            found.update(sensor.read())
        self._seen[where] = {code: found[code] for code in COLUMNS if code in found}
        return self.state()

    def state(self):
        """Return what was seen, and a verdict for every probe that was in both."""
        air, water = self._seen[AIR], self._seen[WATER]
        verdicts = {code: _verdict(air[code], water[code]) for code in air if code in water}
        return {AIR: air, WATER: water, "verdict": verdicts}

    def calibration(self):
        """Return (air, water) of the first probe in mV; (None, None) unless it is good."""
        state = self.state()
        for code in COLUMNS:
            if state["verdict"].get(code) == "good":
                return state[AIR][code], state[WATER][code]
        return None, None


def _verdict(air, water):
    if air is None or water is None:
        return "silent"
    if air - water > _LEAST_SPAN_MV:
        return "good"
    return "swapped" if water - air > _LEAST_SPAN_MV else "broken"
