"""One visit to the gateway: newest rows first, then what waited; only its ack frees a row.

Every step has a deadline, so that a half-dead network costs seconds and never the battery. Whatever
goes wrong leaves the rows where they are.
"""

import asyncio
import json
import time

from node import config as configuration
from node.mqtt import Client, MqttError
from node.report import MOST_ROWS, first_message

CONNECT_S, HELLO_S, TIME_S, UPLOAD_S, ACK_S, STATUS_S = 6, 6, 2, 10, 3, 2
KEEPALIVE_S = 60
TRIES = 3  # so often a message may stay unacked while others are acked
PREFIX = "surco/v1/"
FAULTS = (OSError, EOFError, MqttError, asyncio.TimeoutError)
NONSENSE = (ValueError, KeyError, TypeError, OverflowError, RuntimeError, MemoryError, OSError)


class Upload:
    """A visit with one client. `acked` counts rows that the gateway took."""

    def __init__(self, node):
        self._node = node
        self._prefix = PREFIX + node.config["node"] + "/"
        self._heard = asyncio.Event()
        self._waiting = None  # [q, n] still to be acked of the message on its way
        self._broken = False
        self.acked = 0
        self.told_time = self.asked_again = False

    async def run(self, status):
        """Visit; return whether the gateway was reached. `status` makes the farewell."""
        client = None
        try:
            host, port = self._node.config["host"], self._node.config["port"]
            pair = await asyncio.wait_for(asyncio.open_connection(host, port), CONNECT_S)
            client = Client(*pair)
            await asyncio.wait_for(self._hello(client), HELLO_S)
            listening = asyncio.create_task(self._listen(client))
            try:
                await self._talk(client, status)
            finally:
                listening.cancel()
            return True
        except FAULTS as error:
            self._node.note("%s: %s" % (type(error).__name__, error))
            return False
        finally:
            if client is not None:
                await client.close()

    async def _hello(self, client):
        node, config = self._node, self._node.config
        will = (self._prefix + "status", b'{"s":"lost"}')
        await client.connect(config["node"], config["user"], config["password"], KEEPALIVE_S, will)
        await client.subscribe([self._prefix + kind for kind in ("ack", "time", "cfg", "resend")])
        hello = {"b": node.state["b"], "u": node.clock.count(), "fw": node.version}
        await client.publish(self._prefix + "hello", json.dumps(hello).encode())

    async def _talk(self, client, status):
        if self._node.clock.stamp()[1] != 2:
            await self._until(lambda: self.told_time, TIME_S)
        end = time.time() + UPLOAD_S
        await self._send_all(client, end)
        if self.asked_again:
            await self._send_all(client, end)
        payload = json.dumps(status()).encode()
        await asyncio.wait_for(
            client.publish(self._prefix + "status", payload, retain=True), STATUS_S
        )
        await asyncio.wait_for(client.disconnect(), STATUS_S)

    # ---------------------------------------------------------------- rows

    async def _send_all(self, client, end):
        outbox, failed = self._node.outbox, []
        cursor = outbox.next_q
        while self._may_send(end):
            first, n = outbox.newest_before(cursor, MOST_ROWS)
            if n == 0:
                break
            cursor = first
            try:
                rows = outbox.rows(first, n)
            except OSError as error:  # perhaps it can be read another time; older rows go on
                self._node.note("rows from %d: %s" % (first, error))
                continue
            outbox.give_up(first, n, [row.q for row in rows])
            while rows and self._may_send(end):
                sent = 1 if self._node.tries(rows[0].q) >= TRIES else MOST_ROWS
                message, count = self._message(rows[:sent])
                if not await self._send(client, message, rows[0].q, count):
                    failed.append((rows[0].q, count))
                rows = rows[count:]
        if self.acked:
            for q, count in failed:
                self._node.tried(q, count, TRIES)

    def _may_send(self, end):
        """Return whether a message that is sent now can still be waited for."""
        return time.time() + ACK_S <= end and not self._broken

    def _message(self, rows):
        node = self._node
        return first_message(node.state["b"], rows, node.columns, node.reads_now(rows[0].p))

    async def _send(self, client, message, q, n):
        """Send a message and wait for the gateway's word; return whether all its rows are safe."""
        self._waiting = [q, n]
        end = time.time() + ACK_S
        await asyncio.wait_for(client.publish(self._prefix + "data", message), ACK_S)
        return await self._until(lambda: self._waiting is None, end - time.time())

    # ---------------------------------------------------------------- what the gateway says

    async def _listen(self, client):
        try:
            while True:
                topic, payload = await client.receive()
                if topic is not None:
                    self._take(topic, payload)
                self._heard.set()
        except FAULTS:
            self._broken = True
            self._heard.set()

    def _take(self, topic, payload):
        if not topic.startswith(self._prefix):
            return
        kind = topic[len(self._prefix) :]
        try:
            if kind == "cfg":
                configuration.apply(payload, self._node.config, self._node.flash)
                return
            said = json.loads(payload)
            if kind == "time":
                self.told_time = self._node.clock.set(said["t"])
            elif kind == "ack" and said["b"] == self._node.state["b"]:
                self._ack(int(said["q"]), int(said["n"]))
            elif kind == "resend" and said["b"] == self._node.state["b"]:
                self._node.outbox.unack(int(said["q"]), int(said["n"]))
                self.asked_again = True
        except NONSENSE:  # retained, it would come again at every visit: acks must still be heard
            self._node.note("a %s that makes no sense" % kind)

    def _ack(self, q, n):
        before = self._node.outbox.held()
        self._node.outbox.ack(q, n)
        self.acked += before - self._node.outbox.held()
        self._node.hal.trace({"acked": [self._node.state["b"], q, n]})
        waiting = self._waiting
        if waiting is not None and q <= waiting[0] and waiting[0] + waiting[1] <= q + n:
            self._waiting = None

    async def _until(self, true, seconds):
        """Wait until something is true, at most so long; return whether it is."""
        end = time.time() + seconds
        while not true() and not self._broken:
            left = end - time.time()
            if left <= 0:
                break
            self._heard.clear()
            try:
                await asyncio.wait_for(self._heard.wait(), left)
            except asyncio.TimeoutError:
                break
        return true()
