"""Pins of a chip for sensors: what every chip does alike. `tips`: pulses counted before."""

import time

from machine import I2C, Pin

from micropython import const

_DEBOUNCE_MS = const(150)  # a reed contact is closed for some 100 ms and bounces at both ends
_I2C_HZ = const(100_000)  # slow, for a metre of cable


class Pins:
    """`line`: the board's, with "sda", "scl" and "adc", the analog pins. `adc`: opens one of them."""

    def __init__(self, line, adc, tips=0):
        self._line, self._adc, self._tips, self._bus = line, adc, tips, None
        self.gates, self.counters, self._users = [], {}, {}

    def adc(self, pin):
        """Return an object whose `read_mv()` is the millivolts at a pin. Raises ValueError."""
        fit = self._line["adc"]
        if pin not in fit:
            raise ValueError("pin %s measures no voltage; use %s" % (pin, ", ".join(map(str, fit))))
        return self._adc(pin)

    def gate(self, pin):
        """Return a switch for the power of a sensor, off at first; without a pin it does nothing.

        Sensors may share a pin: it is on as long as one of them wants it.
        """
        if pin is None:
            return lambda on: None
        if pin not in self.gates:
            self.gates.append(pin)
        switch, users, me = self.release(pin), self._users.setdefault(pin, []), object()

        def turn(on):
            if on and me not in users:
                users.append(me)
            elif not on and me in users:
                users.remove(me)
            switch.value(1 if users else 0)

        return turn

    def release(self, pin):
        """Return an output that is low."""
        return Pin(pin, Pin.OUT, value=0)

    def i2c(self):
        if self._bus is None:
            sda, scl = Pin(self._line["sda"]), Pin(self._line["scl"])
            self._bus = I2C(0, sda=sda, scl=scl, freq=_I2C_HZ)
        return self._bus

    def onewire(self, pin):
        from onewire import OneWire

        return OneWire(Pin(pin))

    def counter(self, pin):
        if pin not in self.counters:
            before = 0 if self.counters else self._tips
            self.counters[pin] = Counter(Pin(pin, Pin.IN, Pin.PULL_UP), before)
        return self.counters[pin]

    def waiting_tips(self):
        """Return the pulses that no row has yet."""
        if not self.counters:
            return self._tips
        return sum(counter.waiting() for counter in self.counters.values())

    def wait_ms(self, ms):
        time.sleep_ms(ms)


class Counter:
    """Pulses to ground. Only the interrupt counts up, only `take` remembers what it took."""

    def __init__(self, pin, before):
        self._seen, self._taken, self._last = before, 0, None
        pin.irq(self._pulse, Pin.IRQ_FALLING)

    def _pulse(self, pin):
        now = time.ticks_ms()
        if self._last is None or time.ticks_diff(now, self._last) > _DEBOUNCE_MS:
            self._seen, self._last = self._seen + 1, now

    def waiting(self):
        return self._seen - self._taken

    def take(self):
        """Return the pulses since the last take."""
        found = self.waiting()
        self._taken += found
        return found
