"""The node's clock and its honesty: "time unknown" is a value.

The hardware counts seconds of one life of the clock, through deep sleep but not through a loss of
power. `p` numbers these lives. Once the gateway has told the time, epoch = count + offset, and how
far that was off the next time says how fast this clock runs: an RC oscillator is off by a percent.
Only whole numbers: chips have 32-bit floats, which step by 128 s in this century.
"""

from micropython import const

_SYNCED = const(2)
_EXTRAPOLATED = const(1)
UNDATED = const(0)
_FRESH_S = const(24 * 3600)  # for so long after a sync the clock is trusted
_FIRST_TIME = const(1704067200)  # 2024-01-01, as the contract says
_LAST_TIME = const(4102444800)  # 2100-01-01
_LEARN_S = const(1800)  # a shorter time says little of the drift: the time is told in whole seconds
_MOST_PPM = const(50000)


class Clock:
    """`count` returns the seconds of this life; `memory` outlives deep sleep, not a power cut."""

    def __init__(self, count, memory, life):
        self._count, self._memory, self.life = count, memory, life

    def count(self):
        return self._count()

    def stamp(self):
        """Return (t, tq): epoch seconds and how sure, or the node's own count and 0."""
        count, offset = self._count(), self._memory.get("offset")
        if offset is None:
            return count, UNDATED
        age_s = count - self._memory.get("synced", 0)
        t = count + offset + age_s * self._memory.get("ppm", 0) // 1000000
        if not _FIRST_TIME <= t < _LAST_TIME:
            return count, UNDATED
        return t, _SYNCED if 0 <= age_s < _FRESH_S else _EXTRAPOLATED

    def epoch(self):
        """Return the epoch seconds, None when they are not known."""
        t, tq = self.stamp()
        return t if tq else None

    def set(self, epoch):
        """Take the time from the gateway; return whether it made sense."""
        if type(epoch) is not int or not _FIRST_TIME <= epoch < _LAST_TIME:
            return False
        count, before = self._count(), self._memory.get("offset")
        elapsed_s = count - self._memory.get("synced", 0)
        if before is not None and elapsed_s >= _LEARN_S:
            self._learn((epoch - count - before) * 1000000 // elapsed_s)
        self._memory["offset"], self._memory["synced"] = epoch - count, count
        return True

    def _learn(self, ppm):
        if abs(ppm) > _MOST_PPM:
            return  # somebody set a clock; no oscillator is that wrong
        known = self._memory.get("ppm")
        self._memory["ppm"] = ppm if known is None else (known + ppm) // 2

    def own_seconds(self, seconds):
        """Return how many seconds this clock counts while so many pass."""
        return seconds - seconds * self._memory.get("ppm", 0) // 1000000


def sleep_s(now, interval_s, offset_s):
    """Return the seconds to the next slot: multiples of the interval, plus this node's own offset."""
    return interval_s - (now - offset_s) % interval_s
