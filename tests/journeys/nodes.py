"""Nodes that keep what is not acknowledged and send it again, fast enough to be a load.

They hold to the node's side of the contract as the firmware does (own rows until the application
ack names them, several messages in flight, everything again after a reconnect), in memory and
without sleep. What they saw acknowledged is the ledger that the store is compared with.
"""

import asyncio
import json
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from surco_contract import topics
from tests.benchmarks.load import (
    PUBLISH,
    SUBSCRIBE,
    T0,
    connect,
    packet,
    publish,
    read_packet,
    text,
)

ROWS = 12  # of a message
PATIENCE_S = 2.0  # then a message is sent again, the next time after twice as long: a broker that
# saves all it holds after every change falls behind for ever under nodes that only repeat


def value_of(node: str, q: int) -> int:
    """Return what row q of a node must read: anybody can check it."""
    return 1000 + (sum(node.encode()) * 31 + q * 7) % 1500


@dataclass
class RestlessNode:
    """One node that measures all the time and never gives up."""

    name: str
    password: str
    port: int
    b: str = "00c0ffee"
    next_q: int = 0
    held: set[int] = field(default_factory=set)
    acked: set[int] = field(default_factory=set)
    reconnects: int = -1
    _sent: dict[int, tuple[float, float]] = field(default_factory=dict)
    # first row of a message → when it was sent, how long to wait for its ack

    async def live(self, measuring: asyncio.Event) -> None:
        """Measure and send while `measuring`, then until everything is acknowledged."""
        while measuring.is_set() or self.held:
            with suppress(OSError, EOFError, TimeoutError):
                await self._session(measuring)
            await asyncio.sleep(0.05)

    async def _session(self, measuring: asyncio.Event) -> None:
        reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", self.port), 2)
        try:
            writer.write(connect(self.name, self.name, self.password))
            ack = topics.topic(self.name, "ack")
            writer.write(packet(SUBSCRIBE, struct.pack("!H", 1) + text(ack) + b"\1"))
            self.reconnects += 1
            self._sent.clear()
            async with asyncio.TaskGroup() as tasks:
                listening = tasks.create_task(self._listen(reader, writer))
                await self._send(writer, measuring)
                listening.cancel()
        except* (OSError, EOFError, TimeoutError):
            pass
        finally:
            writer.close()

    async def _send(self, writer: asyncio.StreamWriter, measuring: asyncio.Event) -> None:
        mid = 0
        while measuring.is_set() or self.held:
            if measuring.is_set():
                self.held.update(range(self.next_q, self.next_q + ROWS))
                self.next_q += ROWS
            for payload in self._messages():
                mid = mid % 65_000 + 1
                writer.write(publish(topics.topic(self.name, "data"), mid, payload))
            await asyncio.wait_for(writer.drain(), 2)
            await asyncio.sleep(0.05)

    def _messages(self) -> Iterator[bytes]:
        now = time.monotonic()
        waiting = {q - q % ROWS for q in self.held}
        due = [q for q in waiting if now > sum(self._sent.get(q, (0, 0)))]
        for start in sorted(due, reverse=True)[:10]:  # newest first
            patience_s = 2 * self._sent[start][1] if start in self._sent else PATIENCE_S
            self._sent[start] = (now, patience_s)
            rows = [[q - start, value_of(self.name, q)] for q in range(start, start + ROWS)]
            yield json.dumps(
                {"v": 1, "b": self.b, "q": start, "t0": T0 + start, "tq": 2, "f": ["dt", "r1"], "d": rows},
                separators=(",", ":"),
            ).encode()  # fmt: skip

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head, body = await read_packet(reader)
            if head & 0xF0 == PUBLISH:
                size = 2 + (body[0] << 8 | body[1])
                writer.write(b"\x40\x02" + body[size : size + 2])
                found = json.loads(body[size + 2 :])
                named = set(range(found["q"], found["q"] + found["n"]))
                self.acked |= named
                self.held -= named
