"""Rows to the gateway: newest first, then what waited; only its ack frees a row."""

import asyncio
import gc
import time

from micropython import const
from node.gateway.report import MOST_ROWS, first_message
from node.keep.rows import head

ACK_S = 3
_TRIES = const(3)  # so often a message may stay unacked while others are acked
PREFIX = "surco/v1/"
FAULTS = (OSError, EOFError, ValueError)


class Upload:
    """Sends the rows of one visit and takes the answers. `acked` counts rows that the gateway took."""

    def __init__(self, node):
        self._node = node
        self._topic = PREFIX + node.config["node"] + "/data"
        self._arrived = asyncio.Event()
        self._waiting = None  # [q, n] still to be acked of the message on its way
        self._most = MOST_ROWS  # rows of a message; fewer when memory is short
        self.broken = False
        self.acked = 0
        self.time_is_set = self.asked_again = False

    async def send_all(self, client, seconds):
        """Send what is held, in so many seconds at most."""
        end = time.time() + seconds
        await self._send_pass(client, end)
        if self.asked_again:
            await self._send_pass(client, end)

    async def _send_pass(self, client, end):
        outbox, failed = self._node.outbox, []
        cursor = outbox.next_q
        while self._may_send(end):
            first, n = outbox.newest_before(cursor, self._most)
            if n == 0:
                break
            try:
                await self._batch(client, end, first, n, failed)
                cursor = first
            except MemoryError:
                if self._most == 1:
                    raise
                self._most //= 2
                gc.collect()
        if self.acked:
            for q, count in failed:
                outbox.tried(q, count, _TRIES)

    async def _batch(self, client, end, first, n, failed):
        """Send rows that follow each other, in as many messages as it takes."""
        outbox = self._node.outbox
        try:
            rows = outbox.rows(first, n)
        except OSError as error:  # perhaps it can be read another time; older rows go on
            self._node.note("rows from %d: %s" % (first, error))
            return
        outbox.give_up(first, n, [head(row)[0] for row in rows])
        while rows and self._may_send(end):
            q, _, _, life = head(rows[0])
            sent = 1 if outbox.tries(q) >= _TRIES else self._most
            message, count = first_message(
                self._node.state["b"], rows[:sent], self._node.reads_now(life)
            )
            if not await self._send(client, message, q, count):
                failed.append((q, count))
            rows = rows[count:]

    def _may_send(self, end):
        """Return whether a message that is sent now can still be waited for."""
        return time.time() + ACK_S <= end and not self.broken

    async def _send(self, client, message, q, n):
        """Send a message and wait for the gateway's word; return whether all its rows are safe."""
        self._waiting = [q, n]
        end = time.time() + ACK_S
        await asyncio.wait_for(client.publish(self._topic, message), ACK_S)
        return await self.wait_until(lambda: self._waiting is None, end - time.time())

    # ---------------------------------------------------------------- what the gateway answers

    async def listen(self, client, on_message):
        """Hand every message to `on_message(topic, payload)` until the connection breaks."""
        try:
            while True:
                topic, payload = await client.receive()
                if topic is not None:
                    on_message(topic, payload)
                self._arrived.set()
        except Exception:  # noqa: BLE001  whatever it was, what is held stays
            self.broken = True
        self._arrived.set()

    def on_ack_or_resend(self, kind, q, n):
        """Take an `ack` or a `resend` of rows."""
        outbox = self._node.outbox
        if kind == "resend":
            outbox.unack(q, n)
            self.asked_again = True
            return
        if kind != "ack":
            return
        before = outbox.held()
        try:
            outbox.ack(q, n)
        finally:
            self.acked += before - outbox.held()
        waiting = self._waiting
        if waiting is not None and q <= waiting[0] and waiting[0] + waiting[1] <= q + n:
            self._waiting = None

    async def wait_until(self, happened, seconds):
        """Wait until `happened()`, at most so long; return whether it did."""
        end = time.time() + seconds
        while not happened() and not self.broken:
            left = end - time.time()
            if left <= 0:
                break
            self._arrived.clear()
            try:
                await asyncio.wait_for(self._arrived.wait(), left)
            except asyncio.TimeoutError:
                break
        return happened()
