"""The service hears how the gateway is, and nothing that goes wrong on the way ends that (18.9)."""

import threading
from collections import deque
from typing import Any

import pytest

from surco_gateway.errors import Unreachable
from surco_gateway.service.report import Reporter
from tests.servers import wait_until


class FakeService:
    """Takes reports; first says whatever errors it holds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.reports = deque(errors), list[dict[str, Any]]()
        self.asked = 0

    def report(self, health: dict[str, Any]) -> None:
        self.asked += 1
        if self.errors:
            raise self.errors.popleft()
        self.reports.append(health)


@pytest.mark.parametrize("error", [Unreachable("away"), RuntimeError("a bug of ours")])
def test_it_reports_at_once_and_whenever_something_changed(error: Exception) -> None:
    service, changed = FakeService(error), threading.Event()
    reporter = Reporter(service, lambda: {"asked": service.asked}, changed, least_s=0.01)
    thread = threading.Thread(target=reporter.run, daemon=True)
    thread.start()
    wait_until(lambda: service.asked == 1 and not changed.is_set(), "it tried")
    changed.set()
    wait_until(lambda: service.reports != [], "it tried again when something changed")
    reporter.stop()
    thread.join(10)
    assert not thread.is_alive()
