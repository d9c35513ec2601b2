"""DS18B20 on a 1-wire pin: soil temperature in °C, 12 bits, 0.0625 °C a step.

Maxim DS18B20 datasheet (19-7487): ROM commands p. 10, function commands p. 11, scratchpad p. 7,
temperature register p. 6. Wants three wires and 4.7 kOhm from data to 3.3 V. Refused: a scratchpad
whose CRC is wrong, one of zeros only (a shorted wire has a right CRC), and 85.0 °C, which the
register holds from power-on until the first conversion.
"""

from binascii import unhexlify

from micropython import const

_CONVERT_MS = const(750)
_SKIP_ROM = const(0xCC)
_CONVERT = const(0x44)
_READ = const(0xBE)
_POWER_ON = const(0x0550)  # 85.0 °C


def make(pins, given):
    """`given`: "pin", "column" (st), "rom" (16 hex digits; needed when several share the wire)."""
    rom = unhexlify(given["rom"]) if "rom" in given else None
    if rom is not None and len(rom) != 8:
        raise ValueError('"rom" has 16 hexadecimal digits')
    return Ds18b20(given.get("column", "st"), pins.onewire(given["pin"]), rom)


class Ds18b20:
    """`wire` is like onewire.OneWire; `rom` None: the only one on it."""

    def __init__(self, code, wire, rom=None):
        self._code, self._wire, self._rom = code, wire, rom
        self._begun = False

    def begin(self):
        self._begun = self._address()
        if not self._begun:
            return 0
        self._wire.writebyte(_CONVERT)
        return _CONVERT_MS

    def read(self):
        """Return {code: °C}, or {code: None} when nothing credible answers."""
        begun, self._begun = self._begun, False
        if not begun or not self._address():
            return {self._code: None}
        self._wire.writebyte(_READ)
        scratchpad = bytearray(9)
        self._wire.readinto(scratchpad)
        return {self._code: self._temperature(scratchpad)}

    def _address(self):
        """Wake the wire and choose the sensor; return whether anybody is there."""
        if not self._wire.reset():
            return False
        if self._rom is None:
            self._wire.writebyte(_SKIP_ROM)
        else:
            self._wire.select_rom(self._rom)
        return True

    def _temperature(self, scratchpad):
        if self._wire.crc8(scratchpad) or scratchpad[4] & 0x1F != 0x1F:  # these bits are always 1
            return None
        raw = scratchpad[0] | scratchpad[1] << 8
        if raw == _POWER_ON:
            return None
        return (raw - 65536 if raw > 32767 else raw) / 16
