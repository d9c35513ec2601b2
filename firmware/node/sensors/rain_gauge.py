"""Tipping-bucket rain gauge on a pin: mm of rain since the row before.

A magnet closes a reed contact for some 100 ms at every tip. The Misol / Fine Offset WH-SP-RG tips
every 0.2794 mm (SparkFun SEN-15901 datasheet; 0.3 mm on others: hold 100 ml over it and count). The
board counts the pulses, asleep too where it can.
"""

TIP_MM = 0.2794


def make(pins, given):
    """`given`: "pin" to ground through the contact, "mm" of rain a tip (0.2794)."""
    mm = given.get("mm", TIP_MM)
    if not 0 < mm <= 10:
        raise ValueError('"mm" is the rain of one tip, from 0 to 10 mm')
    return RainGauge(pins.counter(given["pin"]), mm)


class RainGauge:
    """`counter.take()` returns the pulses since the last take, and forgets them."""

    def __init__(self, counter, mm=TIP_MM):
        self._counter, self._mm = counter, mm

    def begin(self):
        return 0

    def read(self):
        """Return {"rg": mm}, or {"rg": None} when the pulses are not known."""
        try:
            return {"rg": self._counter.take() * self._mm}
        except OSError:
            return {"rg": None}
