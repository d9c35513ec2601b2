"""The time of `world`: real, and more of it whenever somebody sleeps."""

import utime as _utime
import world as _world
from utime import *  # noqa: F403

_MASK = 2**30 - 1
_STARTED = _utime.ticks_ms()


def ticks_ms():
    return (_utime.ticks_ms() + _world.since_ms) & _MASK


def time():
    return _world.born_s + (_utime.ticks_ms() - _STARTED + _world.since_ms) // 1000


def gmtime(seconds):
    return (_world.epoch, 1, 1, 0, 0, 0, 5, 1)


def sleep_ms(ms):
    for _ in range(0, ms, 10):
        _world.since_ms += 10
        for timer in _world.timers:
            timer.left -= 10
            if timer.left <= 0:
                timer.left = timer.period
                timer.callback(timer)


def sleep(seconds):
    sleep_ms(int(seconds * 1000))
