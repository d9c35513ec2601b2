"""Pins of a board that is not there. The buses speak the bytes of the datasheets; no sensor is faked.

This file runs on MicroPython too: a `world` says in JSON what hangs on the pins.

    {"adc": [mV or "no answer", …]}
    {"i2c": {"68": {"answers": {"2400": "beef92…"}, "needs_ms": 15, "fails_at": 1}}}
    {"i2c": {"118": {"registers": {"208": "60"}, "forced": {"247": "…"}, "needs_ms": 9}}}
    {"wire": {"scratchpad": "…", "rom": "28…"}}
    {"pulses": 3}
"""

from binascii import hexlify, unhexlify

from node.sensors import open_sensors
from node.sensors.battery import Battery

POWER_ON_SCRATCHPAD = "50054b467fff0c101c"  # DS18B20 datasheet p. 7


def measure(given, world, times=1):
    """Open a sensor and read it; return what it measured and what happened on its pins."""
    pins = Pins(world)
    try:
        sensor = open_sensors([given], pins)[0]
    except ValueError as error:
        return {"refused": str(error)}
    wait_ms, values = 0, {}
    for _ in range(times):
        wait_ms = sensor.begin()
        pins.wait_ms(wait_ms)
        values = sensor.read()
    return {"values": values, "wait_ms": wait_ms, "log": pins.log}


def measure_battery(samples, ratio):
    return Battery(Adc(samples), ratio).read()


class Pins:
    def __init__(self, world):
        self._world, self.log, self.now = world, [], 0

    def wait_ms(self, ms):
        self.now += ms

    def adc(self, pin):
        return Adc(self._world["adc"])

    def gate(self, pin):
        return lambda on: self.log.append(f"{pin} " + ("on" if on else "off"))

    def i2c(self):
        return I2c(self, self._world.get("i2c", {}))

    def onewire(self, pin):
        return Wire(self, self._world.get("wire"))

    def counter(self, pin):
        return Counter(self._world["pulses"])


class Adc:
    def __init__(self, samples):
        self._samples = list(samples)

    def read_mv(self):
        sample = self._samples.pop(0)
        if sample == "no answer":
            raise OSError(5)
        return sample


class Counter:
    def __init__(self, pulses):
        self._pulses = pulses

    def take(self):
        if self._pulses is None:
            raise OSError(5)
        taken, self._pulses = self._pulses, 0
        return taken


class I2c:
    """Chips by address. One that is not there, or is asked too early, does not acknowledge."""

    def __init__(self, pins, chips):
        self._pins, self._chips = pins, {int(address): chip for address, chip in chips.items()}
        self._operations, self._said, self._said_at = 0, "", 0
        self._written = {}

    def _chip(self, address):
        self._operations += 1
        chip = self._chips.get(address)
        if chip is None or self._operations == chip.get("fails_at"):
            raise OSError(19)
        return chip

    def writeto(self, address, data):
        self._chip(address)
        self._said, self._said_at = hexlify(data).decode(), self._pins.now
        self._pins.log.append(self._said)

    def readfrom(self, address, count):
        chip = self._chip(address)
        if self._pins.now - self._said_at < chip.get("needs_ms", 0):
            raise OSError(19)
        found = unhexlify(chip["answers"][self._said])
        return found + b"\xff" * (count - len(found))

    def writeto_mem(self, address, register, data):
        self._chip(address)
        self._pins.log.append(f"{register:02x}=" + hexlify(data).decode())
        self._written[register] = (data[0], self._pins.now)

    def readfrom_mem(self, address, register, count):
        chip = self._chip(address)
        memory = bytearray(256)
        for start, content in self._registers(chip).items():
            content = unhexlify(content)
            memory[int(start) : int(start) + len(content)] = content
        return bytes(memory[register : register + count])

    def _registers(self, chip):
        """Return what stands in a chip; a Bosch one has measured when it was told to, and waited."""
        found = dict(chip["registers"])
        if "forced" in chip:
            mode, since = self._written.get(0xF4, (0, 0))
            measured = mode & 3 in (1, 2) and self._pins.now - since >= chip["needs_ms"]
            found.update(chip["forced"] if measured else {"247": "8000008000008000"})
        return found


class Wire:
    """A 1-wire bus with one DS18B20, or with nobody: like onewire.OneWire."""

    def __init__(self, pins, chip):
        self._pins, self._chip = pins, chip
        self._chosen, self._answer, self._converting_since = False, b"", None

    def reset(self, required=False):
        self._chosen = False
        return self._chip is not None

    def writebyte(self, byte):
        if byte == 0xCC:
            self._chosen = True
        elif self._chosen and byte == 0x44:
            self._pins.log.append("convert")
            self._converting_since = self._pins.now
        elif self._chosen and byte == 0xBE:
            started = self._converting_since
            done = started is not None and self._pins.now - started >= 750
            self._answer = unhexlify(self._chip["scratchpad"] if done else POWER_ON_SCRATCHPAD)

    def select_rom(self, rom):
        self.reset()
        self._chosen = hexlify(rom).decode() == self._chip.get("rom")

    def readinto(self, buffer):
        for place in range(len(buffer)):
            buffer[place] = self._answer[place] if self._chosen else 0xFF

    def crc8(self, data):
        crc = 0
        for byte in data:
            crc ^= byte
            for _ in range(8):
                crc = crc >> 1 ^ 0x8C if crc & 1 else crc >> 1
        return crc
