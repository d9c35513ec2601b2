"""Tells the service how the gateway is: what its own `GET /health` says.

Every minute, and at once when an alarm begins or ends. A report that does not arrive is not kept:
the next one says more.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any, Protocol

from surco_gateway.errors import GatewayError

EVERY_S = 60.0
AGAIN_S = 5.0  # after a report that did not arrive
LEAST_S = 2.0  # between two reports, though alarms come and go

log = logging.getLogger(__name__)


class ReportService(Protocol):
    """What is asked of the service."""

    def report(self, health: dict[str, Any]) -> None: ...


class Reporter:
    """`run` is a thread's body."""

    def __init__(
        self, service: ReportService, health: Callable[[], dict[str, Any]],
        changed: threading.Event, least_s: float = LEAST_S, beat: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self._beat = beat
        self._service, self._health, self._changed = service, health, changed
        self._least_s, self._stopping = least_s, threading.Event()

    def stop(self) -> None:
        self._stopping.set()
        self._changed.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            self._beat()
            self._changed.clear()
            wait_s = AGAIN_S
            try:
                self._service.report(self._health())
                wait_s = EVERY_S
            except GatewayError as error:
                log.info("report_later reason=%s", error)
            except Exception:  # what it says of itself must never end the thread that says it
                log.exception("report_failed")
            self._stopping.wait(self._least_s)
            self._changed.wait(wait_s)
