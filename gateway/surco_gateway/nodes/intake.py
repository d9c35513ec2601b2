"""From the queue to the disk, and only then the answers.

1. A batch is what came while the disk was busy with the batch before.
2. It is committed with fsync.
3. The broker gets its acknowledgements (PUBACK).
4. The nodes get theirs (application acks), one for rows that follow one another.

A duplicate is acknowledged again. When the spool is full nothing is acknowledged until there is
room, and nothing is thrown away.

What is not for the spool goes to a handler: a hello, a question for firmware, a claim. A claim holds
secrets and leaves no trace here.
"""

import json
import logging
import queue
import time
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from surco_contract import topics
from surco_contract.messages import Head, read_head, read_object, write_ack
from surco_contract.reasons import Malformed
from surco_gateway.clock import Clock
from surco_gateway.errors import GatewayError, SpoolBroken
from surco_gateway.health import Alarms
from surco_gateway.nodes import claims, firmware_chunks
from surco_gateway.nodes.listen import Arrival, Arrivals
from surco_gateway.spool.spool import Refusal, Row, Spool

LARGEST = 2000  # messages in a commit
LINGER_S = 0.05  # between commits while messages stream in; a lone message waits for nothing
ACKS_LINGER_S = 0.25  # while messages stream in: longer ranges, fewer acks
BEAT_EVERY_S = 30.0  # while nothing comes
RETRY_S = 1.0  # when the spool is full or broken
ERROR_EVERY_S = 10.0  # per node
KEPT_BYTES = 4096  # of a message that goes to quarantine
NODES_REMEMBERED = 10_000

LIMITS = {
    "data": 1400, "status": 1400, "hello": 1400, "senml": 16_384, "log": 4096,
    "claim": claims.MOST_BYTES, "get": firmware_chunks.MOST_BYTES,
}  # fmt: skip
"""The most bytes a payload of each kind may have."""

NOT_KEPT = frozenset({"hello", "claim", "get"})
"""Kinds that are answered and not kept."""

Handler = Callable[[str, bytes], None]
"""Takes node and payload of a message that is not for the spool; must not wait, must not raise."""

log = logging.getLogger(__name__)


class Publisher(Protocol):
    """What the intake asks of the listener."""

    missed: int

    def acknowledge(self, arrivals: Iterable[Arrival]) -> None: ...
    def publish(self, topic: str, payload: bytes, qos: int) -> None: ...


class Examined(NamedTuple):
    node: str  # empty when the topic could not be read
    kind: str
    head: Head | None  # only of data
    refusal: Refusal | None
    for_handler: bytes = b""  # the payload, when a handler of its kind gets it


class RowRange(NamedTuple):
    """Rows of one node that were acknowledged together."""

    node: str
    b: str
    q: int
    n: int


def examine(topic: str, payload: bytes) -> Examined:
    """Read what must be readable before a message may be acknowledged. Never raises."""
    node = kind = ""
    try:
        node, kind = _parse(topic)
        if len(payload) > LIMITS[kind]:
            raise Malformed(
                "too-large", expected=f"at most {LIMITS[kind]} bytes, got {len(payload)}"
            )
        if kind == "data":
            return Examined(node, kind, read_head(payload), None)
        if kind == "claim":
            claims.read_claim(payload)
            return Examined(node, kind, None, None, payload)
        if kind == "get":
            firmware_chunks.read_chunk_request(payload)
            return Examined(node, kind, None, None, payload)
        if kind == "hello":
            read_object(payload)
        return Examined(node, kind, None, None)
    except Malformed as fault:
        return Examined(
            node, kind or _kind_of_unreadable(topic), None, Refusal(fault.code, fault.detail)
        )
    except Exception as error:  # one bad message blocks nobody, not even with a bug of ours
        if kind == "claim":
            return Examined(node, kind, None, Refusal("not-json", "the gateway stumbled"))
        log.exception("message_not_understood topic=%s", topic)
        return Examined(node, kind, None, Refusal("not-json", f"the gateway stumbled: {error!r}"))


def _kind_of_unreadable(topic: str) -> str:
    """Return "claim" for a topic that cannot be read but ends like a claim's: it holds secrets."""
    return "claim" if topic.endswith("/claim") else ""


@lru_cache(maxsize=4096)
def _parse(topic: str) -> tuple[str, str]:
    found = topics.parse(topic)
    return found.node, found.kind


def merge(rows: Iterable[RowRange]) -> list[RowRange]:
    """Name rows that follow one another, or overlap, in one range."""
    ranges: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for node, b, q, n in rows:
        ranges.setdefault((node, b), []).append((q, q + n))
    return [
        RowRange(node, b, first, end - first)
        for (node, b), spans in ranges.items()
        for first, end in _joined(spans)
    ]


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    spans.sort()
    joined = [spans[0]]
    for first, end in spans:
        start, last = joined[-1]
        if first > last:
            joined.append((first, end))
        elif end > last:
            joined[-1] = (start, end)
    return joined


class Intake:
    """`run` is a thread's body; it ends with the None in the queue."""

    def __init__(
        self, arrivals: Arrivals, spool: Spool, publisher: Publisher, clock: Clock, alarms: Alarms,
        *, on_stored: Callable[[], None], handlers: Mapping[str, Handler] | None = None,
        beat: Callable[[], None] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic, sleep: Callable[[float], Any] = time.sleep,
    ) -> None:  # fmt: skip
        self._arrivals, self._spool, self._publisher = arrivals, spool, publisher
        self._clock, self._alarms, self._on_stored = clock, alarms, on_stored
        self._handlers = dict(handlers or {})  # by kind
        self._beat, self._monotonic, self._sleep = beat, monotonic, sleep
        self._committed_at = float("-inf")
        self._due_acks: list[RowRange] = []  # on the disk, not yet acknowledged to the node
        self._acks_due_since = 0.0
        self._error_told_at: dict[str, float] = {}  # when a node was last told of an error
        self._stopping = False
        self.taken = self.refused = 0

    def stop(self) -> None:
        """End after what is in the queue is on the disk, or at once if the disk cannot take it."""
        self._stopping = True
        self._arrivals.put(None)

    def run(self) -> None:
        more = True
        while more:
            batch, more = self._gather()
            try:
                if batch:
                    self._take(batch)
            except Exception:
                log.exception("batch_not_taken count=%d", len(batch))
                self._publisher.missed += len(batch)  # the broker sends them again
        self._publish_acks()  # a message that came as we stop makes nobody wait for what is on the disk

    def _gather(self) -> tuple[list[Arrival], bool]:
        self._beat()
        try:
            first = self._arrivals.get(timeout=BEAT_EVERY_S)
        except queue.Empty:
            return [], True
        if first is None:
            return [], False
        linger = self._committed_at + LINGER_S - self._monotonic()
        if linger > 0 and self._arrivals.qsize() < LARGEST:
            self._sleep(linger)
        batch = [first]
        try:
            while len(batch) < LARGEST:
                arrival = self._arrivals.get_nowait()
                if arrival is None:
                    return batch, False
                batch.append(arrival)
        except queue.Empty:
            pass
        return batch, True

    def _take(self, batch: list[Arrival]) -> None:
        examined = [examine(arrival.topic, arrival.payload) for arrival in batch]
        clock_ok = self._clock.ok()
        rows: list[Row] = [
            (arrival.topic, arrival.payload[:KEPT_BYTES] if found.refusal else arrival.payload,
             arrival.at, clock_ok, found.refusal)
            for arrival, found in zip(batch, examined, strict=True)
            if found.kind not in NOT_KEPT or (found.refusal and found.kind != "claim")
        ]  # fmt: skip
        if rows and not self._keep(rows):
            return
        self._committed_at = self._monotonic()
        self._publisher.acknowledge(batch)
        self.taken += len(batch)
        if rows:
            self._on_stored()
        self._answer(examined, clock_ok)

    def _keep(self, rows: list[Row]) -> bool:
        """Commit, however long it takes; False when the gateway stops before it could."""
        while True:
            try:
                self._spool.put(rows)
                self._alarms.ended("spool")
                self._alarms.ended("queue")
                return True
            except GatewayError as error:
                self._alarms.raised("spool", f"{error}: nothing more is taken; {_advice(error)}")
                if self._stopping:
                    return False
                self._beat()
                self._sleep(RETRY_S)
                if isinstance(error, SpoolBroken):
                    self._repair()

    def _repair(self) -> None:
        try:
            self._spool.repair()
        except GatewayError as error:
            log.error("spool_not_mended reason=%s", error)

    # ------------------------------------------------------------ answers

    def _answer(self, examined: list[Examined], clock_ok: bool) -> None:
        now = self._monotonic()
        if not self._due_acks:
            self._acks_due_since = now
        greeted: set[str] = set()  # who asks a thousand times at once is told once
        for node, kind, head, refusal, for_handler in examined:
            if head is not None:
                self._due_acks.append(RowRange(node, head.b, head.q, head.n))
            elif refusal is not None:
                self._refuse(node, refusal, now)
            elif kind == "hello":
                if node not in greeted:
                    greeted.add(node)
                    self._answer_hello(node, clock_ok)
            elif kind in self._handlers:
                self._handlers[kind](node, for_handler)
        if self._arrivals.empty() or now - self._acks_due_since >= ACKS_LINGER_S:
            self._publish_acks()

    def _publish_acks(self) -> None:
        for node, b, q, n in merge(self._due_acks):
            self._publish(node, "ack", write_ack(b, q, n))
        self._due_acks.clear()

    def _answer_hello(self, node: str, clock_ok: bool) -> None:
        if clock_ok:
            self._publish(node, "time", b'{"t":%d}' % int(self._clock.now()))
        try:
            held = self._spool.take_held(node)
        except GatewayError as error:
            log.warning("held_not_read node=%s reason=%s", node, error)
            return
        for payload in held:
            self._publish(node, "resend", payload)

    def _refuse(self, node: str, refusal: Refusal, now: float) -> None:
        self.refused += 1
        if now - self._error_told_at.get(node, float("-inf")) < ERROR_EVERY_S:
            return
        if len(self._error_told_at) >= NODES_REMEMBERED:
            self._error_told_at.clear()
        self._error_told_at[node] = now
        log.warning("refused node=%s code=%s detail=%s", node, refusal.code, refusal.detail)
        if not node:
            return
        words = {"code": refusal.code, "detail": refusal.detail}
        self._publish(node, "error", json.dumps(words, ensure_ascii=False).encode())

    def _publish(self, node: str, kind: str, payload: bytes) -> None:
        self._publisher.publish(topics.topic(node, kind), payload, topics.TO_NODE[kind])


def _advice(error: GatewayError) -> str:
    if isinstance(error, SpoolBroken):
        return "check the disk or SD card"
    return "free the disk, raise gateway.keep_bytes, or mend the way to the service"
