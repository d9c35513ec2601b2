"""Capacitive soil moisture probe v1.2 and its kin: millivolts on an ADC pin, powered by a gate.

Takes 5 mA when powered (SunFounder kit manual), ten times the sleeping node, so it is powered only
while it measures. Output settles about 0.5 s after power-on; the median of 15 takes out spikes.
The node never calibrates: it reports raw millivolts.
"""

WARM_UP_MS = 500
SAMPLES = 15


class SoilProbe:
    """`adc.read_mv()` returns an int or raises OSError; `gate(on)` switches the power."""

    def __init__(self, code, adc, gate, wait_ms):
        self._code, self._adc, self._gate, self._wait_ms = code, adc, gate, wait_ms

    def read(self):
        """Return {code: mV}, or {code: None} when the converter fails."""
        self._gate(True)
        try:
            self._wait_ms(WARM_UP_MS)
            samples = sorted(self._adc.read_mv() for _ in range(SAMPLES))
            return {self._code: int(samples[SAMPLES // 2])}
        except (OSError, TypeError, ValueError):
            return {self._code: None}
        finally:
            self._gate(False)
