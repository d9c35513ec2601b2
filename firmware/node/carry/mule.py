"""The data mule: a phone carries the rows of a node that has no network, and brings a receipt back.

    queue  {"surco":1,"kind":"queue","node":…,"b":…,"q0":…,"q1":…,"taken":…,"u":…}
           messages of the contract, one a line
           {"mac":"<hex HMAC-SHA256 with the node's key of all bytes before this line>"}
    acks   {"surco":1,"kind":"acks","node":…,"b":…,"acks":[[q,n],…]} and a mac made the same way

A queue file is of a moment: written twice it has the same bytes, so a broken download goes on where
it stopped. It is written row by row and never stands in memory. Only a receipt frees rows.
"""

import json

from micropython import const
from node.gateway.report import MOST_ROWS, first_message
from node.keep.rows import head
from node.signing import Hmac, same

_FORMAT = const(1)
_MOST_ACKS = const(64)
_MOST_Q = const(2**31)
_FIRST_TIME = const(1704067200)  # what a phone's clock may say
_LAST_TIME = const(4102444800)


class Refused(Exception):
    """A receipt that is not taken; its argument is a word that says why."""


class Mule:
    """`node` is the node.wake.node.Node whose ring is open."""

    def __init__(self, node):
        self._node = node
        self._taken = 0
        self.refresh()

    def refresh(self):
        """Take a new moment: what waits now is what the next file has."""
        outbox = self._node.outbox
        self._held, cursor = [], outbox.next_q  # [first, n] of rows that wait, oldest first
        while True:
            first, n = outbox.newest_before(cursor, outbox.next_q + 1)
            if n == 0:
                break
            self._held.insert(0, (first, n))
            cursor = first
        self.rows = sum(n for _, n in self._held)
        self._count = self._node.clock.count()
        self._size = self._mac = None

    def set_time(self, taken):
        """Learn the phone's clock (epoch seconds), once; it dates what the node could not."""
        if not self._taken and _FIRST_TIME <= taken < _LAST_TIME:
            self._taken = taken
            self._count = self._node.clock.count()
            self._size = self._mac = None

    # ---------------------------------------------------------------- the queue file

    @property
    def name(self):
        q1 = self._held[-1][0] + self._held[-1][1] - 1
        return "%s-%s-%d.surco" % (self._node.config["node"], self._node.state["b"], q1)

    @property
    def tag(self):
        """Return what tells this file from others of the same name."""
        return '"%d-%d-%d"' % (self._held[0][0], self.rows, self._count)

    async def measure(self, pause):
        """Return the size of the file in bytes; `await pause()` lets others have their turn."""
        if self._size is None:
            size, mac = 0, Hmac(self._node.config["key"])
            for line in self._lines():
                size += len(line)
                mac.update(line)
                await pause()
            self._mac = b'{"mac":"%s"}\n' % mac.hex().encode()
            self._size = size + len(self._mac)
        return self._size

    def pieces(self, start, end):
        """Yield the bytes start <= place < end of the file that was measured."""
        place = 0
        for line in self._lines():
            low, high = max(start - place, 0), min(end - place, len(line))
            place += len(line)
            yield line[low:high] if low < high else b""
            if place >= end:
                return
        yield self._mac[max(start - place, 0) : end - place]

    def _lines(self):
        node, held = self._node, self._held
        q1 = held[-1][0] + held[-1][1] - 1
        yield (
            '{"surco":%d,"kind":"queue","node":"%s","b":"%s","q0":%d,"q1":%d,"taken":%d,"u":%d}\n'
            % (
                _FORMAT,
                node.config["node"],
                node.state["b"],
                held[0][0],
                q1,
                self._taken,
                self._count,
            )
        ).encode()
        for first, n in held:
            for q in range(first, first + n, MOST_ROWS):
                rows = self._read(q, min(MOST_ROWS, first + n - q))
                while rows:
                    message, count = self._message(rows)
                    rows = rows[count:]
                    yield message + b"\n"

    def _read(self, first, n):
        try:
            return self._node.outbox.rows(first, n)
        except OSError:
            return []  # they stay here; nobody acks what the file has not

    def _message(self, rows):
        """Write the first rows as they would travel, with the clock as it stood at the moment."""
        return first_message(self._node.state["b"], rows, self._read_then(head(rows[0])[3]))

    def _read_then(self, life):
        clock = self._node.clock
        while True:
            before, reads = clock.count(), self._node.reads_now(life)
            if clock.count() == before:  # no second passed in between
                return reads - (before - self._count)

    # ---------------------------------------------------------------- the receipt

    def take_receipt(self, file):
        """Free the rows that a receipt names; return how many. Raises Refused."""
        acks = self._acks(file)
        outbox = self._node.outbox
        before = outbox.held()
        for q, n in acks:
            outbox.ack(q, n)
        self.refresh()
        return before - outbox.held()

    def _acks(self, file):
        end = file.rstrip(b"\r\n").rfind(b"\n") + 1
        first, tail = _object(file[: file.find(b"\n")]), _object(file[end:])
        if first.get("surco") != _FORMAT or first.get("kind") not in ("acks", "queue"):
            raise Refused("not-ours")
        if first["kind"] == "queue":
            raise Refused("queue")
        if first.get("node") != self._node.config["node"]:
            raise Refused("other-node")
        mac = Hmac(self._node.config["key"])
        mac.update(file[:end])
        if not isinstance(tail.get("mac"), str) or not same(mac.hex(), tail["mac"]):
            raise Refused("wrong-mac")
        if first.get("b") != self._node.state["b"]:
            raise Refused("other-life")
        acks = first.get("acks")
        if not isinstance(acks, list) or not all(_is_interval(one) for one in acks):
            raise Refused("not-ours")
        return acks


def _object(line):
    if line.count(b"[") > _MOST_ACKS + 1 or line.count(b"{") != 1:
        raise Refused("not-ours")
    try:
        found = json.loads(line)
    except ValueError:
        raise Refused("not-ours")
    if not isinstance(found, dict):
        raise Refused("not-ours")
    return found


def _is_interval(one):
    if not isinstance(one, list) or len(one) != 2 or type(one[0]) is not int:
        return False
    return type(one[1]) is int and 0 <= one[0] < _MOST_Q and 0 < one[1] < _MOST_Q
