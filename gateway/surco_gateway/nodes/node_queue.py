"""Questions of nodes that wait for a thread of their own.

Every node has one place: a newer question takes the place of the older. So a node that repeats
itself takes no other's turn. The queue is bounded by the number of nodes in it.
"""

import threading
from collections.abc import Callable

BEAT_EVERY_S = 30.0  # while nobody asks


class NodeQueue:
    """Thread-safe. `take` ends when `stop` was called."""

    def __init__(self, most_nodes: int, beat: Callable[[], None] = lambda: None) -> None:
        self._most_nodes, self._beat = most_nodes, beat
        self._waiting: dict[str, bytes] = {}
        self._changed = threading.Condition()
        self._stopping = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, node: str, payload: bytes) -> bool:
        """Take in a question and tell whether there was room. Never waits."""
        with self._changed:
            if node not in self._waiting and len(self._waiting) >= self._most_nodes:
                return False
            self._waiting[node] = payload
            self._changed.notify()
            return True

    def take(self) -> tuple[str, bytes] | None:
        """Wait for the node whose turn it is; return it and its question. None: stop."""
        with self._changed:
            while not (self._waiting or self._stopping):
                self._beat()
                self._changed.wait(BEAT_EVERY_S)
            self._beat()
            if self._stopping:
                return None
            node = next(iter(self._waiting))
            return node, self._waiting.pop(node)

    def stop(self) -> None:
        """End, without what still waits."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
