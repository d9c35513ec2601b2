"""Bosch BME280 on I2C: air temperature °C, humidity %, pressure hPa; a BMP280 has no humidity.

Datasheet BST-BME280-DS002: registers section 5, forced mode 3.3.3, duration 9.1 (9.3 ms at most),
trimming table 16, compensation in whole numbers section 4.2.3, for pressure with 64 bits.
"""

from struct import unpack

from micropython import const

IDS = {0x60: True, 0x58: False}  # chip: has humidity
_ID = const(0xD0)
_TRIM = const(0x88)
_TRIM_H1 = const(0xA1)
_TRIM_H2 = const(0xE1)
_CTRL_HUM = const(0xF2)
_CTRL_MEAS = const(0xF4)
_DATA = const(0xF7)
FORCED = b"\x25"  # temperature and pressure once, then sleep
_ADDRESS = const(0x76)  # 0x77 with SDO high
_MEASURE_MS = const(10)
_SKIPPED = const(0x80000)  # what the registers hold until the first measurement


def make(pins, given):
    """`given`: "address" (118)."""
    return Bme280(pins.i2c(), given.get("address", _ADDRESS))


class Bme280:
    """`i2c` is like machine.I2C."""

    def __init__(self, i2c, address=_ADDRESS):
        self._i2c, self._address, self._humid = i2c, address, None

    def begin(self):
        try:
            self._humid = IDS.get(self._i2c.readfrom_mem(self._address, _ID, 1)[0])
            self._i2c.writeto_mem(self._address, _CTRL_HUM, b"\x01")
            self._i2c.writeto_mem(self._address, _CTRL_MEAS, FORCED)
        except OSError:
            self._humid = None
        return 0 if self._humid is None else _MEASURE_MS

    def read(self):
        """Return {"at": °C, "rh": %, "pr": hPa}, None for what was not measured."""
        humid, self._humid = self._humid, None
        found = {"at": None, "rh": None, "pr": None}
        try:
            if humid is not None:
                self._read(found, humid)
        except OSError:
            pass
        return found

    def _read(self, found, humid):
        read, chip = self._i2c.readfrom_mem, self._address
        trim, raw = unpack("<HhhHhhhhhhhh", read(chip, _TRIM, 24)), read(chip, _DATA, 8)
        p, t = raw[0] << 12 | raw[1] << 4 | raw[2] >> 4, raw[3] << 12 | raw[4] << 4 | raw[5] >> 4
        if t == _SKIPPED:
            return
        a, b = (t >> 3) - (trim[0] << 1), (t >> 4) - trim[0]
        fine = (a * trim[1] >> 11) + ((b * b >> 12) * trim[2] >> 14)
        found["at"] = (fine * 5 + 128 >> 8) / 100
        found["pr"] = pressure(p, fine, trim[3:])
        if humid:
            h = unpack("<BhBbBbb", read(chip, _TRIM_H1, 1) + read(chip, _TRIM_H2, 7))
            found["rh"] = humidity(raw[6] << 8 | raw[7], fine, h)


def pressure(raw, fine, trim):
    a, (p1, p2, p3, p4, p5, p6, p7, p8, p9) = fine - 128000, trim
    b = a * a * p6 + (a * p5 << 17) + (p4 << 35)
    a = ((1 << 47) + (a * a * p3 >> 8) + (a * p2 << 12)) * p1 >> 33
    if a <= 0:
        return None  # no trimming values: a broken chip
    p = ((1048576 - raw << 31) - b) * 3125 // a
    return ((p + (p9 * (p >> 13) * (p >> 13) >> 25) + (p8 * p >> 19) >> 8) + (p7 << 4)) / 25600


def humidity(raw, fine, trim):
    h1, h2, h3, e4, e5, e6, h6 = trim
    a = fine - 76800
    b = ((a * h6 >> 10) * ((a * h3 >> 11) + 32768) >> 10) + 2097152
    a = (raw << 14) - ((e4 << 4 | e5 & 15) << 20) - (e6 << 4 | e5 >> 4) * a + 16384 >> 15
    a = a * (b * h2 + 8192 >> 14)
    a -= ((a >> 15) * (a >> 15) >> 7) * h1 >> 4
    return (max(0, min(a, 419430400)) >> 12) / 1024
