"""Nodes that hold to the contract: rows are theirs until the application ack, and go out again if asked.

Some know no time (`tq` 0). They keep what was acknowledged in a ring, as a real node does, and send it
again when `resend` names it. Every row that a node saw acknowledged is written into a file of its own:
the ledger, which knows nothing of Surco.
"""

import asyncio
import json
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from surco_contract import topics
from tests.benchmarks.load import PUBLISH, SUBSCRIBE, connect, packet, publish, read_packet, text
from tests.journeys.nodes import value_of
from tests.nemesis.judge import Row

__all__ = ["Fleet", "Node", "value_of"]

ROWS = 4  # of a message
EVERY_S = 1.0  # between messages of new rows
PATIENCE_S = 3.0  # then a message is sent again; the next time after twice as long, at most 12 s
HELLO_S = 4.0
AT_ONCE = 8  # messages on their way
MOST_CHUNKS = 2_000  # of the ring


@dataclass
class Chunk:
    """Rows that were measured together; how they are dated is fixed when they are first sent."""

    q: int
    t0: int
    p: int | None  # life of a clock that knows no time
    sent_at: float = float("-inf")
    wait_s: float = PATIENCE_S


@dataclass
class Node:
    """One node. Used by one thread; `acked` and `next_q` may be read by others."""

    name: str
    password: str
    port: int
    ledger: Path
    dated: bool
    chance: Random
    b: str = ""
    next_q: int = 0
    ring: dict[int, Chunk] = field(default_factory=dict)  # by first row
    waiting: set[int] = field(default_factory=set)  # chunks that are not acknowledged
    unacked: dict[int, set[int]] = field(default_factory=dict)  # chunk → its rows without ack
    resent: int = 0
    lives: dict[int, float] = field(default_factory=dict)  # of its clock: number → when it began

    def __post_init__(self) -> None:
        self.b = f"{self.chance.getrandbits(32):08x}"
        self.lives = {1: time.monotonic()}

    # ------------------------------------------------------------ what it holds

    def measure(self, now: float) -> None:
        if not self.dated and not self.waiting and self.chance.random() < 0.06:
            self.lives[len(self.lives) + 1] = now  # it lost its power: its clock begins anew
        p = len(self.lives)
        t0 = int(time.time()) if self.dated else int(now - self.lives[p])
        q, self.next_q = self.next_q, self.next_q + ROWS
        self.ring[q] = Chunk(q, t0, None if self.dated else p)
        self._send_again(q)
        if len(self.ring) > MOST_CHUNKS:
            oldest = min(self.ring)
            if oldest not in self.waiting:
                del self.ring[oldest]

    def _send_again(self, q: int) -> None:
        self.waiting.add(q)
        self.unacked[q] = set(range(q, q + ROWS))
        self.ring[q].sent_at, self.ring[q].wait_s = float("-inf"), PATIENCE_S

    def acknowledged(self, b: str, q: int, n: int) -> None:
        if b != self.b:
            return
        with self.ledger.open("a") as out:
            out.write(f"{self.name} {b} {q} {n}\n")
        for start in [start for start in self.waiting if start < q + n and start + ROWS > q]:
            self.unacked[start] -= set(range(q, q + n))
            if not self.unacked[start]:
                self.waiting.discard(start)
                del self.unacked[start]

    def asked_again(self, b: str, q: int, n: int) -> None:
        if b == self.b:
            for start in [start for start in self.ring if start < q + n and start + ROWS > q]:
                self.resent += ROWS
                self._send_again(start)

    def due(self, now: float) -> Iterator[bytes]:
        """Yield the messages to send now, newest first."""
        late = [q for q in self.waiting if now >= self.ring[q].sent_at + self.ring[q].wait_s]
        for q in sorted(late, reverse=True)[:AT_ONCE]:
            chunk = self.ring[q]
            if chunk.sent_at > 0:
                chunk.wait_s = min(2 * chunk.wait_s, 12.0)
            chunk.sent_at = now
            yield self.message(chunk, now)

    def message(self, chunk: Chunk, now: float) -> bytes:
        rows = [[index, value_of(self.name, chunk.q + index)] for index in range(ROWS)]
        found: dict[str, object] = {"v": 1, "b": self.b, "q": chunk.q, "t0": chunk.t0}
        found |= {"tq": 2 if chunk.p is None else 0, "f": ["dt", "r1"], "d": rows}
        if chunk.p is not None:
            found |= {"p": chunk.p, "u": int(now - self.lives[chunk.p])}
        return json.dumps(found, separators=(",", ":")).encode()

    def status(self) -> bytes:
        held = {"q0": min(self.ring, default=0), "q1": max(self.next_q - 1, 0)}
        said = {"s": "asleep", "next": int(time.time()) + 3600, **held, "lost": 0, "skip": 0}
        return json.dumps(said, separators=(",", ":")).encode()

    # ------------------------------------------------------------ how it speaks

    async def live(self, measuring: threading.Event, ended: threading.Event) -> None:
        while not ended.is_set():
            with suppress(OSError, EOFError, TimeoutError):
                await self._session(measuring, ended)
            await asyncio.sleep(0.3)

    async def _session(self, measuring: threading.Event, ended: threading.Event) -> None:
        opening = asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = await asyncio.wait_for(opening, 3)
        try:
            writer.write(connect(self.name, self.name, self.password))
            answer = await asyncio.wait_for(reader.readexactly(4), 3)
            if answer[3]:
                raise EOFError(f"the broker refuses {self.name}")
            wanted = b"".join(text(topics.topic(self.name, k)) + b"\1" for k in ("ack", "resend"))
            writer.write(packet(SUBSCRIBE, struct.pack("!H", 1) + wanted))
            for q in self.waiting:  # what went out on the connection before may not have arrived
                self.ring[q].sent_at, self.ring[q].wait_s = float("-inf"), PATIENCE_S
            listening = asyncio.create_task(self._listen(reader, writer))
            try:
                await self._speak(writer, listening, measuring, ended)
            finally:
                listening.cancel()
                with suppress(asyncio.CancelledError, OSError, EOFError):
                    await listening
        finally:
            writer.close()

    async def _speak(
        self,
        writer: asyncio.StreamWriter,
        listening: "asyncio.Task[None]",
        measuring: threading.Event,
        ended: threading.Event,
    ) -> None:
        measure_at = hello_at = 0.0
        mid = 0
        while not ended.is_set() and not listening.done():
            now = time.monotonic()
            out: list[tuple[str, bytes]] = []
            if now >= hello_at:
                hello_at = now + HELLO_S
                out += [("hello", b'{"v":1}'), ("status", self.status())]
            if measuring.is_set() and now >= measure_at:
                measure_at = now + EVERY_S
                self.measure(now)
            out += [("data", payload) for payload in self.due(now)]
            for kind, payload in out:
                mid = mid % 65_000 + 1
                writer.write(publish(topics.topic(self.name, kind), mid, payload))
            await asyncio.wait_for(writer.drain(), 5)
            await asyncio.sleep(0.25)

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head, body = await read_packet(reader)
            if head & 0xF0 != PUBLISH:
                continue
            size = 2 + (body[0] << 8 | body[1])
            start = size
            if head & 6:
                writer.write(b"\x40\x02" + body[size : size + 2])
                start += 2
            kind = body[2:size].decode().rpartition("/")[2]
            found = json.loads(body[start:])
            if kind == "ack":
                self.acknowledged(found["b"], found["q"], found["n"])
            elif kind == "resend":
                self.asked_again(found["b"], found["q"], found["n"])


class Fleet:
    """All nodes, in a thread of their own."""

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes
        self.measuring, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="nodes", daemon=True)

    def start(self) -> None:
        self.measuring.set()
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(15)

    def measured(self) -> dict[str, int]:
        return {node.name: node.next_q for node in self.nodes}

    def _run(self) -> None:
        async def everything() -> None:
            await asyncio.gather(*(n.live(self.measuring, self._ended) for n in self.nodes))

        asyncio.run(everything())


def read_ledger(file: Path) -> frozenset[Row]:
    """Return every row that a node saw acknowledged."""
    found: set[Row] = set()
    if file.exists():
        for line in file.read_text().splitlines():
            node, b, q, n = line.split()
            found.update((node, b, number) for number in range(int(q), int(q) + int(n)))
    return frozenset(found)
