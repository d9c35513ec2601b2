"""Gateways: when each was heard, and what they are asked for by themselves: rows that never came.

A node may send its newest rows first, so a gap is normal for a while. One that is still there ten
minutes later is asked for, at most once an hour for each ring and three times in all: what the
node has overwritten will not come back.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from surco_service.ports.stores import Stores

PATIENCE = timedelta(minutes=10)
PAUSE = timedelta(hours=1)
ATTEMPTS = 3
MOST_RINGS = 10_000
MOST_GAPS = 4  # asked for at a time, newest first
MOST_ROWS = 240

SEEN_EVERY = timedelta(seconds=30)

Ring = tuple[str, str]  # node, b


class Presence:
    """When each gateway was last heard; written down now and then, not at every word."""

    def __init__(self) -> None:
        self._noted: dict[str, datetime] = {}

    def seen(self, stores: Stores, gateway: str, now: datetime) -> None:
        noted = self._noted.get(gateway)
        if noted is None or now - noted >= SEEN_EVERY or now < noted:
            self._noted[gateway] = now
            stores.gateways.seen(gateway, now)


@dataclass(slots=True)
class _Watch:
    next_at: datetime
    asked: int = 0


class Gaps:
    """The rings in which rows are missing. Forgets everything at a restart, which does no harm."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: dict[Ring, _Watch] = {}

    def seen(self, rings: Iterable[Ring], now: datetime) -> None:
        """Remember rings that have gaps."""
        with self._lock:
            for ring in rings:
                if len(self._watched) < MOST_RINGS:
                    self._watched.setdefault(ring, _Watch(now + PATIENCE))

    def ask(self, stores: Stores, now: datetime) -> int:
        """Order `resend` for what is still missing; return how many orders that made."""
        with self._lock:
            due = [ring for ring, watch in self._watched.items() if watch.next_at <= now]
        return sum(self._ask(stores, ring, now) for ring in due)

    def _ask(self, stores: Stores, ring: Ring, now: datetime) -> int:
        node, b = ring
        missing = stores.ledger.gaps(node, b)[-MOST_GAPS:]
        with self._lock:
            watch = self._watched[ring]
            if not missing:
                del self._watched[ring]
                return 0
            if watch.asked >= ATTEMPTS:
                return 0
            watch.asked, watch.next_at = watch.asked + 1, now + PAUSE
        for q, n in missing:
            stores.gateways.order("resend", node, {"b": b, "q": q, "n": min(n, MOST_ROWS)})
        return len(missing)
