"""What a delivery leaves to be done soon, but not while the gateway waits for its answer."""

import threading
from datetime import datetime

from surco_service.usecases.commands import Gaps
from surco_service.usecases.deliveries import Receipt


class FollowUp:
    """The nodes that spoke and the rings with gaps; many deliveries make one piece of work."""

    def __init__(self) -> None:
        self.gaps = Gaps()
        self._awake = threading.Condition()
        self._nodes: set[str] = set()
        self._hurry = False
        self.mirror_state = "ok"  # "unavailable" while the mirror does not answer

    def after(self, receipt: Receipt, now: datetime) -> None:
        """Note what a delivery brought."""
        self.gaps.seen(receipt.gaps, now)
        if receipt.nodes:
            with self._awake:
                self._nodes |= receipt.nodes
                self._awake.notify_all()

    def hurry(self) -> None:
        """Wake whoever waits, though no node spoke."""
        with self._awake:
            self._hurry = True
            self._awake.notify_all()

    def wait(self, timeout_s: float) -> set[str]:
        """Return the nodes that spoke since the last call; wait for one at most so long."""
        with self._awake:
            self._awake.wait_for(lambda: self._nodes or self._hurry, timeout_s)
            nodes, self._nodes, self._hurry = self._nodes, set(), False
        return nodes
