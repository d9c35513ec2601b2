"""Capacitive soil moisture probe v1.2 and its kin: millivolts on an ADC pin, powered by a gate.

Takes 5 mA when powered (SunFounder kit manual), ten times the sleeping node, so it is powered only
while it measures. Output settles about 0.5 s after power-on; the median of 15 takes out spikes.
The node never calibrates: it reports raw millivolts. A second probe at depth is one more of these
with "column": "r2".
"""

from micropython import const

_WARM_UP_MS = const(500)
SAMPLES = 15


def make(pins, given):
    """`given`: "pin" of the ADC, "column" (r1), "gate" that powers it (none: always powered)."""
    adc, gate = pins.adc(given["pin"]), pins.gate(given.get("gate"))
    return SoilProbe(given.get("column", "r1"), adc, gate)


class SoilProbe:
    """`adc.read_mv()` returns an int or raises OSError; `gate(on)` switches the power."""

    def __init__(self, code, adc, gate):
        self._code, self._adc, self._gate = code, adc, gate

    def begin(self):
        self._gate(True)
        return _WARM_UP_MS

    def read(self):
        """Return {code: mV}, or {code: None} when the converter fails."""
        try:
            samples = sorted(self._adc.read_mv() for _ in range(SAMPLES))
            return {self._code: int(samples[SAMPLES // 2])}
        except (OSError, TypeError, ValueError):
            return {self._code: None}
        finally:
            self._gate(False)
