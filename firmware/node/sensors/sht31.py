"""Sensirion SHT31 on I2C: air temperature in °C and relative humidity in %.

Datasheet SHT3x-DIS (version 6, 2019): single shot without clock stretching table 9, duration
table 4 (15 ms), conversion section 4.13, CRC-8 section 4.12 (polynomial 0x31, start 0xFF).
"""

from micropython import const

_ADDRESS = const(0x44)  # 0x45 with ADDR high
SINGLE_SHOT = b"\x24\x00"  # high repeatability
_MEASURE_MS = const(16)


def make(pins, given):
    """`given`: "address" (68)."""
    return Sht31(pins.i2c(), given.get("address", _ADDRESS))


class Sht31:
    """`i2c` is like machine.I2C."""

    def __init__(self, i2c, address=_ADDRESS):
        self._i2c, self._address = i2c, address
        self._begun = False

    def begin(self):
        try:
            self._i2c.writeto(self._address, SINGLE_SHOT)
            self._begun = True
            return _MEASURE_MS
        except OSError:
            self._begun = False
            return 0

    def read(self):
        """Return {"at": °C, "rh": %}, each None when it did not arrive whole."""
        begun, self._begun = self._begun, False
        try:
            raw = self._i2c.readfrom(self._address, 6) if begun else b""
        except OSError:
            raw = b""
        temperature, humidity = _word(raw[:3]), _word(raw[3:])
        return {
            "at": None if temperature is None else -45 + 175 * temperature / 65535,
            "rh": None if humidity is None else 100 * humidity / 65535,
        }


def _word(raw):
    """Return the number in two bytes and their CRC, None when they are damaged."""
    if len(raw) != 3 or crc8(raw[:2]) != raw[2]:
        return None
    return raw[0] << 8 | raw[1]


def crc8(data):
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x31 if crc & 0x80 else crc << 1) & 0xFF
    return crc
