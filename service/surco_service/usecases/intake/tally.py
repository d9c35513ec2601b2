"""What this process was handed since it started, and since when it can take nothing."""

import threading
from collections import Counter
from datetime import datetime

from surco_service.usecases.intake.deliveries import Receipt


class Tally:
    """Counts deliveries by what became of them, and rows by where they went."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.deliveries: Counter[str] = Counter(taken=0, refused=0)
        self.rows: Counter[str] = Counter(stored=0, duplicate=0, waiting=0, quarantined=0)
        self.refused_since: datetime | None = None  # None: the last delivery was taken

    def took(self, receipt: Receipt) -> None:
        with self._lock:
            self.refused_since = None
            self.deliveries["taken"] += 1
            self.rows["stored"] += receipt.stored
            self.rows["duplicate"] += receipt.duplicate
            self.rows["waiting"] += receipt.waiting
            self.rows["quarantined"] += len(receipt.quarantined)

    def could_not(self, now: datetime) -> None:
        """Count a delivery that could not be stored; its gateway keeps it and comes again."""
        with self._lock:
            self.refused_since = self.refused_since or now
            self.deliveries["refused"] += 1
