"""The flash ring: every row is here before anybody hears of it, and leaves only when acknowledged.

Rows have 76 bytes and stand one after the other in segments of one flash block, each named after
its first `q`. The newest segment's size says where the ring ends, so a wake reads a few bytes
however long the ring is. What is acknowledged is a list of at most 8 intervals; acknowledged rows
stay until the ring needs their space, so that they can be asked for again.

A row that was cut short by a power cut has a wrong checksum: it was never committed, and its `q` is
given again. When the ring, or the flash, is full, the oldest segment goes; rows in it that nobody
had acknowledged are counted in `lost`.
"""

from micropython import const
from node.keep.rows import SIZE, is_whole, make

ROWS = 4080 // SIZE  # of a segment
INTERVALS = 8
_ENOSPC = const(28)


class Outbox:
    """The ring of one life `b`. `acked` is a sorted list of [q, n]; `state` keeps it."""

    def __init__(self, flash, state, segments):
        self._flash, self._state, self._most = flash, state, max(2, segments)
        self._segments = sorted(int(name[:8], 16) for name in flash.names() if _is_segment(name))
        self.next_q = self._end()

    def _end(self):
        """Return the q after the last row: the newest segment's size says it, nothing is read.

        A row that was damaged keeps its q; only one that was cut short gives it back.
        """
        acked = self._acked
        least = acked[-1][0] + acked[-1][1] if acked else 0
        if not self._segments:
            return least
        first = self._segments[-1]
        return max(first + max(0, self._flash.size(_name(first))) // SIZE, least)

    def _drop(self, first):
        self._flash.remove(_name(first))

    @property
    def oldest_q(self):
        return self._segments[0] if self._segments else self.next_q

    def append(self, t, tq, p, packed):
        """Commit a row with its packed values; return its q."""
        q = self.next_q
        row = make(q, t, tq, p, packed)
        while True:
            try:
                self._write(q, row)
                break
            except OSError as error:
                if error.args[0] != _ENOSPC or len(self._segments) < 2:
                    raise
                self._drop_oldest()
        self.next_q = q + 1
        return q

    def _write(self, q, raw):
        last = self._segments[-1] if self._segments else None
        fits = last is not None and q - last < ROWS
        if not (fits and self._flash.size(_name(last)) == (q - last) * SIZE):
            self._begin(q)
        self._flash.append(_name(self._segments[-1]), raw)

    def _begin(self, q):
        self._flash.remove(_name(q))  # a first row that was cut short
        if q in self._segments:
            self._segments.remove(q)
        self._segments.append(q)
        while len(self._segments) > self._most:
            self._drop_oldest()

    def _drop_oldest(self):
        first = self._segments.pop(0)
        gone = self._segments[0] - first - self._acked_in(first, self._segments[0])
        self._state["lost"] = self._state.get("lost", 0) + gone
        self._forget_before(self._segments[0])
        try:
            self._state.save()  # counted first: a power cut here counts too much, not too little
            self._drop(first)
        except OSError:  # no space even for that
            self._drop(first)
            self._state.save()

    def _acked_in(self, first, end):
        return sum(max(0, min(q + n, end) - max(q, first)) for q, n in self._acked)

    def _forget_before(self, first):
        kept = [[max(q, first), q + n - max(q, first)] for q, n in self._acked if q + n > first]
        self._state["acked"] = kept

    @property
    def _acked(self):
        return self._state.get("acked", [])

    # ---------------------------------------------------------------- what is still to be sent

    def held(self):
        """Return how many rows wait for an acknowledgement."""
        oldest = self.oldest_q
        return self.next_q - oldest - self._acked_in(oldest, self.next_q)

    def oldest_held(self):
        """Return the oldest q that waits, or the next one when nothing does."""
        q = self.oldest_q
        for first, n in self._acked:
            if first <= q < first + n:
                q = first + n
        return q

    def newest_before(self, q, most):
        """Return (first, n) of the newest waiting rows below q, at most `most`; n 0 when none."""
        end = min(q, self.next_q)
        for first, n in reversed(self._acked):
            if first < end <= first + n:
                end = first
            elif first + n <= end:
                start = max(first + n, self.oldest_q, end - most)
                return (start, end - start) if end > start else (end, 0)
        start = max(self.oldest_q, end - most)
        return (start, end - start) if end > start else (end, 0)

    def rows(self, first, n):
        """Return the readable rows of first <= q < first + n, oldest first."""
        found = []
        for place, segment in enumerate(self._segments):
            end = self._segments[place + 1] if place + 1 < len(self._segments) else self.next_q
            low, high = max(first, segment), min(first + n, end)
            if low >= high:
                continue
            found += self._flash.pieces(_name(segment), (low - segment) * SIZE, SIZE, high - low)
        return [row for row in found if is_whole(row)]

    def last_row(self):
        """Return the newest row in a list, which is empty when there is none to be read."""
        try:
            return self.rows(self.next_q - 1, 1)
        except OSError:
            return []

    def give_up(self, first, n, readable):
        """Count rows that can no longer be read as lost, so that nobody waits for them."""
        gone = [q for q in range(first, first + n) if q not in readable]
        for q in gone:
            self._state["lost"] = self._state.get("lost", 0) + 1
            self.ack(q, 1)

    # ---------------------------------------------------------------- messages that nobody takes

    def tries(self, q):
        """Return how often the message that begins with this row stayed unacked."""
        return self._state.get("tries", {}).get(str(q), 0)

    def tried(self, q, n, most):
        """Count a message that stayed unacked while others were acked; in the end skip its row.

        After `most` times it is sent row by row; a row alone that is not taken so often is skipped.
        """
        tries = self._state["tries"] = self._state.get("tries", {})
        count = tries.pop(str(q), 0) + 1
        if n == 1 and count >= 2 * most:
            self._state["skip"] = self._state.get("skip", 0) + 1
            self.ack(q, 1)
        else:
            for place in range(q, q + (n if count >= most else 1)):
                tries[str(place)] = count
        while len(tries) > 32:
            tries.pop(min(tries, key=int))
        self._state.save()

    # ---------------------------------------------------------------- what was acknowledged

    def ack(self, first, n):
        """Free rows that the gateway holds. At most 8 intervals are kept: then the oldest gap stays."""
        first, end = max(first, self.oldest_q), min(first + n, self.next_q)
        if first >= end:
            return
        merged = []
        for q, count in sorted(self._acked + [[first, end - first]]):
            if merged and q <= merged[-1][0] + merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], q + count - merged[-1][0])
            else:
                merged.append([q, count])
        self._state["acked"] = merged[-INTERVALS:]
        self._state.save()

    def unack(self, first, n):
        """Send rows again that are still held: somebody asked for them."""
        kept = []
        for q, count in self._acked:
            for low, high in ((q, min(q + count, first)), (max(q, first + n), q + count)):
                if low < high:
                    kept.append([low, high - low])
        self._state["acked"] = kept[-INTERVALS:]
        self._state.save()


def _is_segment(name):
    if len(name) != 12 or not name.endswith(".row"):
        return False
    return all(digit in "0123456789abcdef" for digit in name[:8])


def _name(first):
    return "%08x.row" % first
