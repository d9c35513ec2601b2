"""What a delivery leaves to be done soon, but not while the gateway waits for its answer."""

import threading
from collections import deque
from datetime import datetime

from surco_service.ports import Reading
from surco_service.usecases.commands import Gaps
from surco_service.usecases.deliveries import Receipt


MOST_READINGS = 100_000


class FollowUp:
    """The nodes that spoke, what they said, and the rings with gaps.

    Many deliveries make one piece of work. Readings are only remembered so that Grafana draws all
    of them soon; what is beyond the bound, or lost in a crash, `surco rebuild` draws.
    """

    def __init__(self) -> None:
        self.gaps = Gaps()
        self.mirror_state = "ok"  # "unavailable" while the mirror does not answer
        self._awake = threading.Condition()
        self._nodes: set[str] = set()
        self._readings: deque[Reading] = deque(maxlen=MOST_READINGS)
        self._hurry = False

    def after(self, receipt: Receipt, now: datetime) -> None:
        """Note what a delivery brought."""
        self.gaps.seen(receipt.gaps, now)
        if receipt.nodes:
            with self._awake:
                self._nodes |= receipt.nodes
                self._readings.extend(receipt.readings)
                self._awake.notify_all()

    def hurry(self) -> None:
        """Wake whoever waits, though no node spoke."""
        with self._awake:
            self._hurry = True
            self._awake.notify_all()

    def wait(self, timeout_s: float) -> bool:
        """Wait until a node speaks, at most so long; tell whether one did."""
        with self._awake:
            self._awake.wait_for(lambda: self._nodes or self._hurry, timeout_s)
            self._hurry = False
            return bool(self._nodes)

    def take_nodes(self) -> set[str]:
        """Return the nodes that spoke since the last call."""
        with self._awake:
            nodes, self._nodes = self._nodes, set()
        return nodes

    def take_readings(self) -> list[Reading]:
        """Return the readings that were stored since the last call."""
        with self._awake:
            readings = list(self._readings)
            self._readings.clear()
        return readings
