"""The one list of messages that could not be taken, and what a person can do about each."""

import logging
from collections.abc import Iterable
from datetime import datetime

from surco_service.errors import NotFound
from surco_service.ports.intake import Refused
from surco_service.ports.stores import Stores
from surco_service.usecases.intake.deliveries import Receipt, accept, sort
from surco_service.usecases.intake.sorting import Message, Verdict

log = logging.getLogger(__name__)

AFTER_UPGRADE = frozenset({"version-newer", "unknown-column"})


def retry(
    stores: Stores, number: int,
    now: datetime,
) -> Receipt:  # fmt: skip
    """Try a refused message again, as the very rows it named. Raises `NotFound`.

    It leaves the quarantine when nothing of it is refused for that reason any more.
    """
    refused = stores.ledger.quarantined(number)
    if refused is None:
        raise NotFound(f"there is no message {number} in quarantine")
    receipt = accept(stores, refused.gateway, [_message(refused)], now)
    if not _again(refused, receipt.quarantined):
        stores.ledger.discard(number)
    return receipt


def discard(stores: Stores, number: int) -> None:
    """Throw a refused message away. Raises `NotFound`."""
    if not stores.ledger.discard(number):
        raise NotFound(f"there is no message {number} in quarantine")


def retry_after_upgrade(stores: Stores, now: datetime) -> int:
    """Try what only newer software could read; return how many left the quarantine."""
    before = stores.ledger.quarantine_count()
    for refused in stores.ledger.quarantine():
        if refused.code not in AFTER_UPGRADE:
            continue
        if not _again(refused, sort(refused.gateway, [_message(refused)], now).verdicts):
            retry(stores, refused.id, now)
    left = before - stores.ledger.quarantine_count()
    if left:
        log.info("quarantine retried left=%d", left)
    return left


def _message(refused: Refused) -> Message:
    at = refused.received_at.timestamp()
    return Message(refused.id, refused.topic, refused.payload, at, clock_ok=False)


def _again(refused: Refused, verdicts: Iterable[Verdict]) -> bool:
    """Tell whether it was refused again for the same reason."""
    return any((v.row, v.code) == (refused.q, refused.code) for v in verdicts)
