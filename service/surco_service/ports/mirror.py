"""Lines for InfluxDB, from which Grafana draws."""

from collections.abc import Sequence
from typing import Protocol


class Outbox(Protocol):
    """Lines that wait for the mirror. Raises `StoreUnavailable`."""

    def enqueue(self, lines: Sequence[str]) -> None:
        """Put derived lines (bed_moisture, advice, node_health) in the outbox."""
        ...

    def waiting(self, limit: int = 1000) -> list[tuple[int, str]]:
        """Return the oldest (id, line) that the mirror has not confirmed."""
        ...

    def mirrored(self, ids: Sequence[int]) -> None:
        """Forget these outbox lines. Not "up to": a lower id may be committed later."""
        ...


class Mirror(Protocol):
    """Line protocol into InfluxDB. Raises `StoreUnavailable`; writing a line again changes nothing."""

    def write(self, lines: Sequence[str]) -> None: ...
