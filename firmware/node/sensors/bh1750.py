"""Rohm BH1750FVI on I2C: illuminance in lx.

Datasheet BH1750FVI (11046EDT01): one-time high resolution mode p. 5, it powers down by itself;
measurement time register p. 11; lx = count / 1.2 * 69 / MTreg, 180 ms at most for MTreg 69. With
the usual 69 it ends at 54 612 lx, less than the sun: 31 reaches 121 557 lx in steps of 1.9 lx.
"""

from micropython import const

_ADDRESS = const(0x23)  # 0x5C with ADDR high
_POWER_ON = const(0x01)
_ONE_TIME_HIGH = const(0x20)
SUN = 31
USUAL = 69
_LONGEST_MS = const(180)
FULL = 65535


def make(pins, given):
    """`given`: "address" (35), "mtreg" (31 to 254, less reaches more light; 31)."""
    mtreg = given.get("mtreg", SUN)
    if not 31 <= mtreg <= 254:
        raise ValueError('"mtreg" is a number from 31 to 254')
    return Bh1750(pins.i2c(), given.get("address", _ADDRESS), mtreg)


class Bh1750:
    """`i2c` is like machine.I2C."""

    def __init__(self, i2c, address=_ADDRESS, mtreg=SUN):
        self._i2c, self._address, self._mtreg = i2c, address, mtreg
        self._begun = False

    def begin(self):
        high, low = 0x40 | self._mtreg >> 5, 0x60 | self._mtreg & 31
        try:
            for command in (_POWER_ON, high, low, _ONE_TIME_HIGH):
                self._i2c.writeto(self._address, bytes((command,)))
            self._begun = True
        except OSError:
            self._begun = False
        return _LONGEST_MS * self._mtreg // USUAL + 1 if self._begun else 0

    def read(self):
        """Return {"lx": lx}; {"lx": None} without an answer, or with more light than it can tell."""
        begun, self._begun = self._begun, False
        try:
            raw = self._i2c.readfrom(self._address, 2) if begun else b"\xff\xff"
        except OSError:
            raw = b"\xff\xff"
        count = raw[0] << 8 | raw[1]
        return {"lx": None if count == FULL else count / 1.2 * USUAL / self._mtreg}
