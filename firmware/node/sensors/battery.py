"""Battery voltage behind a divider, in millivolts at the cell."""

SAMPLES = 5


class Battery:
    """`adc.read_mv()` at the divider; `ratio` = cell voltage / voltage at the pin."""

    def __init__(self, adc, ratio=1):
        self._adc, self._ratio = adc, ratio

    def read(self):
        """Return {"bv": mV}, or {"bv": None} when the converter fails."""
        try:
            samples = sorted(self._adc.read_mv() for _ in range(SAMPLES))
            return {"bv": int(samples[SAMPLES // 2] * self._ratio)}
        except (OSError, TypeError, ValueError):
            return {"bv": None}
