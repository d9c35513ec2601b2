"""Battery voltage behind a divider, in millivolts at the cell.

A divider of two 100 kOhm to 1 MOhm takes little, but an ADC wants a low source: 100 nF at the pin
(ESP32 datasheet, ADC characteristics). Every node has this one; it is not in the list of sensors.
"""

SAMPLES = 5


class Battery:
    """`adc.read_mv()` at the divider; `ratio` = cell voltage / voltage at the pin."""

    def __init__(self, adc, ratio=1):
        self._adc, self._ratio = adc, ratio

    def read(self):
        """Return {"bv": mV}, or {"bv": None} when the converter fails or there is no battery."""
        try:
            samples = sorted(self._adc.read_mv() for _ in range(SAMPLES))
            return {"bv": int(samples[SAMPLES // 2] * self._ratio)}
        except (AttributeError, OSError, TypeError, ValueError):
            return {"bv": None}
