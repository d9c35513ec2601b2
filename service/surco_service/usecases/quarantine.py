"""The one list of messages that could not be taken, and what a person can do about each."""

import logging
from datetime import datetime

from surco_service.errors import NotFound
from surco_service.ports import Ledger, Notebook, ReadingStore, Refused
from surco_service.usecases.deliveries import Receipt, accept
from surco_service.usecases.sorting import Message

log = logging.getLogger(__name__)

AFTER_UPGRADE = frozenset({"version-newer", "unknown-column"})


def retry(
    readings: ReadingStore, ledger: Ledger, notebook: Notebook, number: int, now: datetime
) -> Receipt:
    """Try a refused message again, as the very rows it named. Raises `NotFound`.

    It leaves the quarantine when nothing of it is refused for that reason any more.
    """
    refused = ledger.quarantined(number)
    if refused is None:
        raise NotFound(f"there is no message {number} in quarantine")
    message = Message(
        number, refused.topic, refused.payload, refused.received_at.timestamp(), clock_ok=False
    )
    receipt = accept(readings, ledger, notebook, refused.gateway, [message], now)
    same = (refused.q, refused.code)
    if all((verdict.row, verdict.code) != same for verdict in receipt.quarantined):
        ledger.discard(number)
    return receipt


def discard(ledger: Ledger, number: int) -> None:
    """Throw a refused message away. Raises `NotFound`."""
    if not ledger.discard(number):
        raise NotFound(f"there is no message {number} in quarantine")


def retry_after_upgrade(
    readings: ReadingStore, ledger: Ledger, notebook: Notebook, now: datetime
) -> int:
    """Try what only newer software could read; return how many left the quarantine."""
    before = ledger.quarantine_count()
    for refused in _all(ledger):
        if refused.code in AFTER_UPGRADE:
            retry(readings, ledger, notebook, refused.id, now)
    left = before - ledger.quarantine_count()
    if left:
        log.info("quarantine retried left=%d", left)
    return left


def _all(ledger: Ledger) -> list[Refused]:
    found: list[Refused] = []
    while page := ledger.quarantine(1000, found[-1].id if found else None):
        found.extend(page)
    return found
