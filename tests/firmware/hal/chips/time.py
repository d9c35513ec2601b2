"""The time of `world`: real, and more of it whenever somebody sleeps."""

import utime
import world
from utime import *  # noqa: F403

_MASK = 2**30 - 1
_STARTED = utime.ticks_ms()


def ticks_ms():
    return (utime.ticks_ms() + world.since_ms) & _MASK


def time():
    return world.born_s + (utime.ticks_ms() - _STARTED + world.since_ms) // 1000


def gmtime(seconds):
    return (world.epoch, 1, 1, 0, 0, 0, 5, 1)


def sleep_ms(ms):
    for _ in range(0, ms, 10):
        world.since_ms += 10
        for timer in world.timers:
            timer.left -= 10
            if timer.left <= 0:
                timer.left = timer.period
                timer.callback(timer)
