"""The pins, clocks and watchdogs of `world`, as any chip has them; `world.become` takes away the rest."""

import world as _world

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
TIMER_WAKE = 4


def reset_cause():
    return _world.reset_cause


def wake_reason():
    return _world.wake_reason


def deepsleep(ms):
    raise _world.Slept(ms)


def reset():
    raise _world.Restarted()


class RTC:
    def memory(self, data=None):
        if data is None:
            return _world.rtc_memory
        if len(data) > 2048:
            raise ValueError("buffer too long")
        _world.rtc_memory = bytes(data)


class WDT:
    def __init__(self, timeout):
        assert timeout <= 8388  # the most of an RP2040
        _world.started_watchdogs += 1

    def feed(self):
        import time

        now = time.ticks_ms()
        if _world.first_fed is None:
            _world.first_fed = _world.last_fed = now
        _world.longest_ms = max(_world.longest_ms, time.ticks_diff(now, _world.last_fed))
        _world.last_fed = now


class Timer:
    PERIODIC = 1

    def __init__(self, number):
        pass

    def init(self, mode, period, callback):
        _world.timers.append(_world.Ticking(period, lambda _: callback(self)))


class Pin:
    IN, OUT, PULL_UP, IRQ_FALLING = 0, 1, 2, 4

    def __init__(self, number, mode=-1, pull=-1, value=None, hold=None):
        self._number, self._pull = number, pull
        if hold:
            _world.held[number] = value
        elif hold is False:
            _world.held.pop(number, None)
        if value is not None:
            _world.outputs[number] = value

    def value(self, level=None):
        if level is not None:
            assert self._number not in _world.held, "a held pin does not move"
            _world.outputs[self._number] = level
            return None
        assert self._pull == self.PULL_UP, "this input floats"
        return 0 if self._number in _world.low else 1

    def irq(self, handler, trigger):
        assert trigger == self.IRQ_FALLING
        _world.interrupts[self._number] = lambda: handler(self)


class ADC:
    ATTN_11DB = 3

    def __init__(self, pin, atten=None):
        self._pin = pin._number

    def read_uv(self):
        return _world.voltages[self._pin] * 1000 + 321

    def read_u16(self):
        return _world.voltages[self._pin] * 65535 // 3300


class I2C:
    def __init__(self, number, sda, scl, freq):
        self._lines = (sda._number, scl._number)
