"""News for open pages."""

from typing import Protocol


class Events(Protocol):
    """Tells open pages that something about a bed changed. Thread-safe; never waits."""

    ended: bool  # the service stops: whoever waits for news goes

    def publish(self, bed: str) -> None: ...
    def end(self) -> None: ...
