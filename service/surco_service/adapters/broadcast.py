"""Events within one process: any thread publishes, pages that are open listen.

A listener that is slow loses nothing that matters: what waits for it is a *set* of beds, so many
changes of one bed are one. Nothing is kept for those who are not listening.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class Listener:
    """The beds that changed since this listener last looked."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._changed: set[str] = set()
        self._awake = asyncio.Event()

    async def changed(self, timeout_s: float) -> set[str]:
        """Wait until some bed changes, and return all that did; empty after `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._awake.wait()
        except TimeoutError:
            return set()
        self._awake.clear()
        changed, self._changed = self._changed, set()
        return changed

    def tell(self, bed: str) -> None:
        """Say that a bed changed; from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._note, bed)

    def wake(self) -> None:
        """Wait no longer; in the loop's own thread."""
        self._awake.set()

    def _note(self, bed: str) -> None:
        self._changed.add(bed)
        self._awake.set()


class Broadcast:
    """Events for the pages that this process serves."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: set[Listener] = set()
        self.ended = False

    def end(self) -> None:
        """Let everybody go who listens; in the loop's own thread."""
        self.ended = True
        for listener in self._listeners:
            listener.wake()

    def publish(self, bed: str) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener.tell(bed)

    @asynccontextmanager
    async def listen(self) -> AsyncGenerator[Listener]:
        """Listen as long as the block lasts."""
        listener = Listener()
        with self._lock:
            self._listeners.add(listener)
        try:
            yield listener
        finally:
            with self._lock:
                self._listeners.discard(listener)
