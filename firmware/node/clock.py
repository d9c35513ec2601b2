"""The node's clock and its honesty: "time unknown" is a value.

The hardware counts seconds of one life of the clock, through deep sleep but not through a loss of
power. `p` numbers these lives. Once the gateway has told the time, epoch = count + offset. Only
whole seconds: chips have 32-bit floats, which step by 128 s in this century.
"""

SYNCED, EXTRAPOLATED, UNDATED = 2, 1, 0
FRESH_S = 24 * 3600  # for so long after a sync the clock is trusted
FIRST_TIME = 1704067200  # 2024-01-01, as the contract says
LAST_TIME = 4102444800  # 2100-01-01


class Clock:
    """`count` returns the seconds of this life; `memory` outlives deep sleep, not a power cut."""

    def __init__(self, count, memory, life):
        self._count, self._memory, self.life = count, memory, life

    def stamp(self):
        """Return (t, tq): epoch seconds and how sure, or the node's own count and 0."""
        count, offset = self._count(), self._memory.get("offset")
        if offset is None or not FIRST_TIME <= count + offset < LAST_TIME:
            return count, UNDATED
        age_s = count - self._memory.get("synced", 0)
        return count + offset, SYNCED if 0 <= age_s < FRESH_S else EXTRAPOLATED

    def count(self):
        return self._count()

    def set(self, epoch):
        """Take the time from the gateway; return whether it made sense."""
        if type(epoch) is not int or not FIRST_TIME <= epoch < LAST_TIME:
            return False
        count = self._count()
        self._memory["offset"], self._memory["synced"] = epoch - count, count
        return True
