"""The one background thread: advice for nodes that spoke, the minute's chores, and the mirror.

Nothing here is needed for an answer of the API. Every job may fail without stopping the others:
what it should have done is still in a table and is done the next time.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from surco_service.errors import StoreUnavailable
from surco_service.parts import Parts
from surco_service.usecases.intake import deliveries, quarantine
from surco_service.usecases.mirror import moisture
from surco_service.usecases.water import advice

log = logging.getLogger(__name__)

BREATH_S = 0.25  # many deliveries in so short a time make one round of advice
MINUTE_S = 60.0
MIRROR_LINES = 5000


class Worker:
    """Runs from `start` to `stop`."""

    def __init__(self, parts: Parts, minute_s: float = MINUTE_S) -> None:
        self._parts, self._minute_s = parts, minute_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop; returns when the job at hand is done."""
        self._stopping.set()
        self._parts.follow_up.hurry()
        self._thread.join(10)

    def _run(self) -> None:
        parts = self._parts
        self._try(lambda now: quarantine.retry_after_upgrade(
            parts.stores, now
        ))  # fmt: skip
        due = parts.clock().timestamp()
        while not self._stopping.is_set():
            now = parts.clock().timestamp()
            if not due - self._minute_s <= now < due:  # also when the clock was set back
                due = now + self._minute_s
                self._chores()
            parts.follow_up.wait(max(0.0, due - parts.clock().timestamp()))
            for job in (self._draw, self._advise, self._mirror):
                self._try(job)
            self._stopping.wait(BREATH_S)

    def _chores(self) -> None:
        for job in (self._sweep, self._ask, self._advise_all, self._mirror):
            self._try(job)

    def _try(self, job: Callable[[datetime], object]) -> None:
        if self._stopping.is_set():
            return
        try:
            job(self._parts.clock())
        except StoreUnavailable as error:
            log.warning("later job=%s error=%s", getattr(job, "__name__", "?"), error)
        except Exception:
            log.exception("failed job=%s", getattr(job, "__name__", "?"))

    def _sweep(self, now: datetime) -> None:
        parts = self._parts
        parts.follow_up.after(deliveries.sweep(parts.stores, now), now)

    def _ask(self, now: datetime) -> None:
        self._parts.follow_up.gaps.ask(self._parts.stores, now)

    def _draw(self, now: datetime) -> None:
        spans = self._parts.follow_up.take_spans()
        if not spans or self._parts.stores.mirror is None:
            return
        try:
            moisture.derive(self._parts.stores, spans)
        except StoreUnavailable:
            self._parts.follow_up.put_back(spans)
            raise

    def _advise(self, now: datetime) -> None:
        if self._parts.follow_up.take_all_beds():
            self._refresh(None, now)
        nodes = self._parts.follow_up.take_nodes()
        if not nodes:
            return
        placements = self._parts.stores.registry.placements()
        beds = {placement.bed for placement in placements if placement.node in nodes}
        if beds:
            self._refresh(sorted(beds), now)

    def _advise_all(self, now: datetime) -> None:
        self._refresh(None, now)

    def _refresh(self, beds: list[str] | None, now: datetime) -> None:
        parts = self._parts
        advice.refresh(parts.stores, parts.events, beds, now)

    def _mirror(self, now: datetime) -> None:
        parts = self._parts
        while not self._stopping.is_set():
            waiting = parts.stores.outbox.waiting(MIRROR_LINES)
            if not waiting:
                return
            if parts.stores.mirror is not None:
                self._write([line for _, line in waiting])
            parts.stores.outbox.mirrored([id for id, _ in waiting])

    def _write(self, lines: list[str]) -> None:
        parts = self._parts
        assert parts.stores.mirror is not None
        try:
            parts.stores.mirror.write(lines)
        except StoreUnavailable:
            parts.follow_up.mirror_state = "unavailable"
            raise
        parts.follow_up.mirror_state = "ok"
