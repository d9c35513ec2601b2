"""From the spool to the service, in acknowledged batches: two on their way while much waits.

Nothing is dropped on a refusal. An unreachable service means waiting, with jitter. A batch that the
service cannot read is halved until one message is left, which is set aside and travels again later
with its refusal, so that it reaches the quarantine and blocks nobody.
"""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from functools import partial
from typing import Any, NamedTuple, Protocol

from surco_gateway.clock import Clock
from surco_gateway.errors import Failing, GatewayError, Refused, SpoolBroken, TooLarge, Unreachable
from surco_gateway.health import Alarms
from surco_gateway.spool.spool import LIVE, Message, Refusal, Spool

LARGEST = 2000  # messages in a delivery
LARGEST_BYTES = 3_000_000  # of payloads; the service takes 4 MB of envelope
LOOK_EVERY_S = 3.0  # for a replay that another process asked for
SHORTEST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0
MORE = 1.5  # of what the service asked for, at most: not all gateways at once
IN_FLIGHT = 2  # full deliveries at once: one is read while the disk takes the other
PAUSE_S = 0.02  # between deliveries while messages stream in: fewer, larger batches
FAILURES_BEFORE_SPLIT = 3
FAILING_PAUSE_S, REFUSED_PAUSE_S = 60.0, 3600.0  # until a message that was set aside comes again
LAST_ATTEMPT_S = 2.0
SLOW_S, SLOW_IN_A_ROW = 5.0, 3  # a delivery of 3 MB takes that at 5 Mbit/s; most are far smaller

log = logging.getLogger(__name__)


class DeliveryService(Protocol):
    """What is asked of the service."""

    def pack(self, messages: Sequence[Message]) -> bytes: ...
    def deliver(self, packed: bytes, timeout_s: float | None = None) -> dict[str, Any]: ...


class Batch(NamedTuple):
    messages: list[Message]
    packed: bytes  # as they travel

    def fills(self, size: int) -> bool:
        """Tell whether more of the same lane is likely to wait behind it."""
        return len(self.messages) >= size and self.messages[0].lane == LIVE


class Flight(NamedTuple):
    """A batch on its way, and what the service will say."""

    batch: Batch
    receipt: "Future[dict[str, Any]]"


class Backoff:
    """How long to wait after each failure in a row: doubling, capped, never twice the same."""

    def __init__(self, rng: random.Random) -> None:
        self._rng, self._failures = rng, 0

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self, asked_s: float | None = None) -> float:
        """Return the seconds to wait. A service that answers and says how long is taken at its word."""
        longest = min(LONGEST_WAIT_S, SHORTEST_WAIT_S * 2**self._failures)
        self._failures = min(self._failures + 1, 16)
        if asked_s:
            return max(asked_s, min(LONGEST_WAIT_S, asked_s * self._rng.uniform(1.0, MORE)))
        return longest * self._rng.uniform(0.5, 1.0)


class Forwarder:
    """Delivers what waits. `run` is a thread's body; everything else is called from others."""

    def __init__(
        self,
        spool: Spool,
        service: DeliveryService,
        clock: Clock,
        alarms: Alarms,
        rng: random.Random,
        *,
        beat: Callable[[], None] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spool, self._service, self._clock, self._alarms = spool, service, clock, alarms
        self._beat, self._monotonic = beat, monotonic
        self._backoff = Backoff(rng)
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._size = self._most = LARGEST  # `_most` is what was not too large so far
        self._failures = 0
        self._trying: list[Message] = []
        self._slow = 0  # deliveries in a row that took long
        self.delivered = 0
        self.quarantined = 0
        self.last_at: float | None = None  # when the service last took something

    def wake(self) -> None:
        """Say that something waits."""
        self._wake.set()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            self._beat()
            self._wake.clear()
            wait_s = self._safe_step()
            (self._stopping if wait_s else self._wake).wait(wait_s or LOOK_EVERY_S)
        self.last_attempt()

    def _safe_step(self) -> float:
        try:
            return self.step()
        except Exception as error:  # a bug of ours must not end the only thread that delivers
            log.exception("forwarding_failed")
            self._alarms.raised("forward", f"forwarding failed ({error!r}); look into the log")
            return self._backoff.failed()

    def step(self) -> float:
        """Deliver until nothing waits; return the seconds to wait after a failure, else 0."""
        flights: deque[Flight] = deque()
        try:
            while not self._stopping.is_set() and self._send(flights):
                self._beat()
                batch, receipt = flights.popleft()
                self._settle(batch, receipt.result)
                self._succeeded()
                if len(batch.messages) < self._size:
                    self._stopping.wait(PAUSE_S)
        except SpoolBroken as error:
            if self._stopping.is_set():
                return 0.0
            self._alarms.raised("spool", str(error))
            self._repair()
            return self._backoff.failed()
        except Unreachable as error:
            self._alarms.raised("service", f"{error}; everything is kept and sent later")
            self._shrink(error)
            return self._backoff.failed(error.wait_s)
        except GatewayError as error:  # the spool is full even for its book-keeping
            self._alarms.raised("spool", str(error))
            return self._backoff.failed()
        finally:  # what comes back now is not noted: it is sent again, and the service knows it
            wait([flight.receipt for flight in flights])
        return 0.0

    def last_attempt(self) -> None:
        """Try once more before the end, for at most two seconds."""
        try:
            messages, packed = self._pack()
            if messages:
                self._service.deliver(packed, LAST_ATTEMPT_S)
                self._spool.delivered(messages)
        except GatewayError as error:
            log.info("last_delivery_failed reason=%s", error)

    def _send(self, flights: deque[Flight]) -> bool:
        """Keep deliveries on their way; tell whether there is one."""
        while not flights or (len(flights) < IN_FLIGHT and flights[-1].batch.fills(self._size)):
            batch = self._pack(flights[-1].batch.messages[-1].id if flights else 0)
            if not batch.messages:
                break
            flights.append(Flight(batch, self._deliver_in_thread(batch.packed)))
        return bool(flights)

    def _deliver_in_thread(self, packed: bytes) -> "Future[dict[str, Any]]":
        """Deliver in a thread that nobody has to wait for when the gateway stops."""
        receipt: Future[dict[str, Any]] = Future()

        def deliver() -> None:
            began = self._monotonic()
            try:
                answer = self._service.deliver(packed)
                self._note_speed(self._monotonic() - began, len(packed))
                receipt.set_result(answer)
            except Exception as error:  # noqa: BLE001 - whoever settles the flight gets it
                receipt.set_exception(error)

        threading.Thread(target=deliver, name="delivery", daemon=True).start()
        return receipt

    def _note_speed(self, took_s: float, size: int) -> None:
        self._slow = self._slow + 1 if took_s >= SLOW_S else 0
        if self._slow >= SLOW_IN_A_ROW:
            self._alarms.raised(
                "slow-link",
                f"the service takes what we send, but slowly: {took_s:.0f} s for the last "
                f"{max(1, size // 1000)} kB; look at the network, and at the service's machine",
            )
        elif not self._slow:
            self._alarms.ended("slow-link")

    def _pack(self, after: int = 0) -> Batch:
        now = self._clock.now()
        messages = self._spool.waiting(now, self._size, LARGEST_BYTES, after)
        return Batch(messages, self._service.pack(messages))

    def _settle(self, batch: Batch, receive: Callable[[], dict[str, Any]]) -> None:
        """Note what came of a batch, in halves where it must be. Raises `Unreachable`."""
        self._trying = messages = batch.messages
        try:
            receipt = receive()
        except Refused as refusal:
            self._halve(messages, refusal)
            return
        self._spool.delivered(messages)
        self.delivered += len(messages)
        self.last_at = self._clock.now()
        self._note_quarantine(receipt)

    def _halve(self, messages: list[Message], refusal: Refused) -> None:
        if len(messages) == 1:
            self._refused(messages[0], refusal)
            return
        half = len(messages) // 2
        if isinstance(refusal, TooLarge):
            self._size = self._most = half
        for part in (messages[:half], messages[half:]):
            self._beat()
            packed = self._service.pack(part)
            self._settle(Batch(part, packed), partial(self._service.deliver, packed))

    def _refused(self, message: Message, refusal: Refused) -> None:
        log.warning("refused topic=%s id=%d reason=%s", message.topic, message.id, refusal)
        if message.refusal is None:
            why = Refusal("refused-by-service", str(refusal)[:400])
            self._spool.set_aside(message, why, self._clock.now())
        else:  # not even as something refused: the service is to be mended first
            self._spool.set_aside(message, None, self._clock.now() + REFUSED_PAUSE_S)
            self._alarms.raised(
                "refused", f"the service takes message {message.id} not even as refused: {refusal}"
            )

    def _shrink(self, error: Unreachable) -> None:
        """After several 500 in a row, look for the one message that the service stumbles over."""
        if not isinstance(error, Failing):
            return
        self._failures += 1
        if self._failures < FAILURES_BEFORE_SPLIT:
            return
        self._failures = 0
        if len(self._trying) > 1:
            self._size = max(1, len(self._trying) // 8)
            return
        message = self._trying[0]
        log.warning("postponed topic=%s id=%d reason=%s", message.topic, message.id, error)
        self._spool.set_aside(message, None, self._clock.now() + FAILING_PAUSE_S)

    def _succeeded(self) -> None:
        self._failures = 0
        self._most = min(LARGEST, self._most + 1)
        self._size = min(self._most, self._size * 2)
        self._backoff.succeeded()
        self._alarms.ended("service")
        self._alarms.ended("forward")

    def _note_quarantine(self, receipt: dict[str, Any]) -> None:
        found = receipt.get("quarantined")
        if isinstance(found, list) and found:
            self.quarantined += len(found)  # type: ignore[arg-type]
            log.warning("quarantined_by_service count=%d first=%s", len(found), found[0])  # type: ignore[arg-type]

    def _repair(self) -> None:
        try:
            self._spool.repair()
            self._alarms.ended("spool")
        except GatewayError as error:
            log.error("spool_not_mended reason=%s", error)
