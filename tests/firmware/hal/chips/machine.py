"""The pins, clocks and watchdogs of `world`."""

import world

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5


def reset_cause():
    return world.reset_cause


def wake_reason():
    return world.wake_reason


def wake_pins():
    return world.wake_pins


def deepsleep(ms):
    raise world.Slept(ms)


def reset():
    raise world.Restarted()


class RTC:
    def memory(self, data=None):
        if data is None:
            return world.rtc_memory
        assert len(data) <= 2048
        world.rtc_memory = bytes(data)


class WDT:
    def __init__(self, timeout):
        assert timeout <= 8388  # the most of an RP2040
        world.started_watchdogs += 1

    def feed(self):
        import time

        now = time.ticks_ms()
        if world.first_fed is None:
            world.first_fed = world.last_fed = now
        world.longest_ms = max(world.longest_ms, time.ticks_diff(now, world.last_fed))
        world.last_fed = now


class Timer:
    PERIODIC = 1

    def __init__(self, number):
        self.period = self.left = 0
        self.callback = None

    def init(self, mode, period, callback):
        self.period = self.left = period
        self.callback = callback
        world.timers.append(self)


class Pin:
    IN, OUT, PULL_UP, IRQ_FALLING = 0, 1, 2, 4

    def __init__(self, number, mode=-1, pull=-1, value=None, hold=None):
        self.number, self._pull = number, pull
        if hold:
            world.held[number] = value
        elif hold is False:
            world.held.pop(number, None)
        if value is not None:
            world.outputs[number] = value

    def value(self, level=None):
        if level is not None:
            assert self.number not in world.held, "a held pin does not move"
            world.outputs[self.number] = level
            return None
        assert self._pull == self.PULL_UP, "this input floats"
        return 0 if self.number in world.low else 1

    def irq(self, handler, trigger):
        assert trigger == self.IRQ_FALLING
        world.interrupts[self.number] = lambda: handler(self)


class ADC:
    ATTN_11DB = 3

    def __init__(self, pin, atten=None):
        self._pin = pin.number

    def read_uv(self):
        return world.voltages[self._pin] * 1000 + 321

    def read_u16(self):
        return world.voltages[self._pin] * 65535 // 3300


class I2C:
    def __init__(self, number, sda, scl, freq):
        self.lines = (sda.number, scl.number)
