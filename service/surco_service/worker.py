"""The one background thread: advice for nodes that spoke, the minute's chores, and the mirror.

Nothing here is needed for an answer of the API. Every job may fail without stopping the others:
what it should have done is still in a table and is done the next time.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from surco_service.errors import StoreUnavailable
from surco_service.parts import Parts
from surco_service.usecases.intake import deliveries, losses, missing, quarantine, step
from surco_service.usecases.mirror import moisture
from surco_service.usecases.mirror.census import census
from surco_service.usecases.nodes import troubles
from surco_service.usecases.water import advice

log = logging.getLogger(__name__)

BREATH_S = 0.25  # many deliveries in so short a time make one round of advice
MINUTE_S = 60.0
MIRROR_LINES = 5000
MARK_S = 10.0  # an older copy of the readings that lacks less than this is not noticed


class Worker:
    """Runs from `start` to `stop`."""

    def __init__(self, parts: Parts, minute_s: float = MINUTE_S) -> None:
        self._parts, self._minute_s = parts, minute_s
        self._counted = set[str]()  # lines of the census that Grafana has
        self._stopping = threading.Event()
        self._upgraded = False
        self._marked = float("-inf")
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
        due = parts.clock().timestamp()
        while not self._stopping.is_set():
            now = parts.clock().timestamp()
            if not due - self._minute_s <= now < due:  # also when the clock was set back
                due = now + self._minute_s
                self._chores()
            left_s = due - parts.clock().timestamp()
            parts.follow_up.wait(
                min(MARK_S, max(0.0, left_s))
            )  # marks are compared in silence, too
            for job in (self._draw, self._advise, self._mirror, self._mark):
                self._try(job)
            self._stopping.wait(BREATH_S)
        for job in (self._mark, self._keep_in_step):
            self._do(job)

    def _chores(self) -> None:
        for job in (
            self._upgrade, self._keep_in_step, self._sweep, self._ask, self._advise_all, self._count,
            self._mirror, self._mark, self._look,
        ):  # fmt: skip
            self._try(job)

    def _try(self, job: Callable[[datetime], object]) -> None:
        if not self._stopping.is_set():
            self._do(job)

    def _do(self, job: Callable[[datetime], object]) -> None:
        try:
            job(self._parts.clock())
        except StoreUnavailable as error:
            log.warning("later job=%s error=%s", getattr(job, "__name__", "?"), error)
        except Exception:
            log.exception("failed job=%s", getattr(job, "__name__", "?"))

    def _upgrade(self, now: datetime) -> None:
        if not self._upgraded:
            quarantine.retry_after_upgrade(self._parts.stores, now)
            self._upgraded = True

    def _mark(self, now: datetime) -> None:
        """Compare the marks of the readings, not with every delivery."""
        if self._stopping.is_set() or time.monotonic() - self._marked >= MARK_S:
            self._marked = time.monotonic()
            losses.notice(self._parts.stores, now)

    def _keep_in_step(self, now: datetime) -> None:
        if not self._parts.follow_up.take_rows_came():
            return
        try:
            behind = step.keep_in_step(self._parts.stores)
        except StoreUnavailable:
            self._parts.follow_up.rows_came()
            raise
        if behind:
            log.warning("notebook_was_behind: it has learnt from the store what was received")

    def _sweep(self, now: datetime) -> None:
        parts = self._parts
        parts.follow_up.after(deliveries.sweep(parts.stores, now))

    def _ask(self, now: datetime) -> None:
        missing.ask(self._parts.stores, now)

    def _look(self, now: datetime) -> None:
        troubles.keep(self._parts.stores, self._parts.look(), now)

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

    def _count(self, now: datetime) -> None:
        """Put in the outbox what the census of this hour says that it did not say before."""
        stores = self._parts.stores
        if stores.mirror is None:
            return
        lines = census(stores, now)
        stores.outbox.enqueue([line for line in lines if line not in self._counted])
        self._counted = set(lines)

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
