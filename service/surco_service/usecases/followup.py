"""What a delivery leaves to be done soon, but not while the gateway waits for its answer."""

import threading
from collections.abc import Mapping

from surco_service.usecases.intake.deliveries import Receipt
from surco_service.usecases.sensors import Span


class FollowUp:
    """The nodes that spoke, and from when to when.

    Many deliveries make one piece of work. A crash forgets it: advice is decided anew every
    minute, and what Grafana draws of readings `surco rebuild` draws again.
    """

    def __init__(self) -> None:
        self.mirror_state = "ok"  # "unavailable" while the mirror does not answer
        self._awake = threading.Condition()
        self._nodes: set[str] = set()
        self._spans: dict[str, Span] = {}
        self._hurry = self._everybody = False
        self._rows_came = True  # perhaps before we began

    def after(self, receipt: Receipt) -> None:
        """Note what a delivery brought."""
        if receipt.nodes:
            with self._awake:
                self._rows_came = True
                self._nodes |= receipt.nodes
                self._add(receipt.spans)
                self._awake.notify_all()

    def again(self, spans: Mapping[str, Span]) -> None:
        """Note that what is known of these nodes' beds was corrected: draw and advise anew."""
        with self._awake:
            self._nodes |= spans.keys()
            self._add(spans)
            self._awake.notify_all()

    def all_beds(self) -> None:
        """Note that all beds are to be advised anew: something changed for whole gardens."""
        with self._awake:
            self._everybody = self._hurry = True
            self._awake.notify_all()

    def take_all_beds(self) -> bool:
        """Return whether all beds are to be advised anew, since the last call."""
        with self._awake:
            everybody, self._everybody = self._everybody, False
        return everybody

    def hurry(self) -> None:
        """Wake whoever waits, though no node spoke."""
        with self._awake:
            self._hurry = True
            self._awake.notify_all()

    def wait(self, timeout_s: float) -> None:
        """Wait until a node speaks or there is a hurry, at most so long."""
        with self._awake:
            self._awake.wait_for(lambda: self._nodes or self._hurry, timeout_s)
            self._hurry = False

    def rows_came(self) -> None:
        """Remember for another time that rows may have come."""
        with self._awake:
            self._rows_came = True

    def take_rows_came(self) -> bool:
        """Return whether rows may have come since the last call."""
        with self._awake:
            came, self._rows_came = self._rows_came, False
        return came

    def take_nodes(self) -> set[str]:
        """Return the nodes that spoke since the last call."""
        with self._awake:
            nodes, self._nodes = self._nodes, set()
        return nodes

    def take_spans(self) -> dict[str, Span]:
        """Return from when to when each node's stored rows are, since the last call."""
        with self._awake:
            spans, self._spans = self._spans, {}
        return spans

    def put_back(self, spans: Mapping[str, Span]) -> None:
        """Remember spans for another time."""
        with self._awake:
            self._add(spans)

    def _add(self, spans: Mapping[str, Span]) -> None:
        for node, (first, last) in spans.items():
            low, high = self._spans.get(node, (first, last))
            self._spans[node] = (min(low, first), max(high, last))
