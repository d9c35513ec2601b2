"""How long a connection may keep the service waiting, and who goes when there is no room for more.

uvicorn waits for ever for a request that was begun, or never. Here whoever says nothing, or takes no
answer, is let go. When as many are connected as there is room for, the next one comes in nevertheless:
for it goes the one that has asked nothing for longest, and else one of the address that holds most.
There is no limit for an address alone: a whole garden may share one (NAT), a proxy always does.
"""

import asyncio
import logging
from collections import Counter

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_S = 10.0  # from the first byte, or from the connection on, to the end of the headers
BODY_S = 30.0  # between two pieces of a body
READ_S = 60.0  # to take what was answered
MOST = 2000
OTHER_FILES = (
    100  # that the service opens besides: databases, the gateway's and the weather's answers
)

log = logging.getLogger(__name__)


def room(files: int) -> tuple[int, int]:
    """Return (connections, how many are taken in at once) when so many files may be open."""
    at_once = max(16, min(2048, files // 4))
    return max(16, min(MOST, files - at_once - OTHER_FILES)), at_once


class Connections:
    """All connections of one service, the oldest first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._all: dict[Limited, None] = {}  # oldest first

    def add(self, one: "Limited") -> None:
        self._all[one] = None
        if len(self._all) > self._most:
            self._dispensable(one).let_go("no room")

    def remove(self, one: "Limited") -> None:
        self._all.pop(one, None)

    def _dispensable(self, newest: "Limited") -> "Limited":
        others = [one for one in self._all if one is not newest]
        for one in others:
            if one.asks_nothing:
                return one
        greedy, _ = Counter(one.address for one in others).most_common(1)[0]
        return next(one for one in others if one.address == greedy)


class Limited(H11Protocol):
    """uvicorn's own protocol, with limits."""

    counted: Connections
    _timer: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    @property
    def address(self) -> str:
        return self.client[0] if self.client else ""

    @property
    def asks_nothing(self) -> bool:
        """Whether it is our turn to wait: for a request, or for the rest of one."""
        return self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait(HEADERS_S)
        self.counted.add(self)

    def data_received(self, data: bytes) -> None:
        began = self.conn.their_state
        super().data_received(data)
        if self.conn.their_state is h11.SEND_BODY:
            self._wait(BODY_S)
        elif self.conn.their_state is not h11.IDLE:
            self._wait(None)
        elif self._timer is None or began is not h11.IDLE:
            self._wait(HEADERS_S)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait(None)
        self._read_again()
        self.counted.remove(self)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(READ_S, self.let_go, "it does not read")

    def resume_writing(self) -> None:
        super().resume_writing()
        self._read_again()

    def let_go(self, why: str) -> None:
        log.debug("connection_ended address=%s why=%s", self.address, why)
        self.counted.remove(self)
        self.transport.abort()

    def _wait(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if seconds is not None:
            self._timer = self.loop.call_later(seconds, self.let_go, "it says nothing")

    def _read_again(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


def protocol_of(connections: Connections) -> type[asyncio.Protocol]:
    """Return the protocol whose connections are counted here."""
    return type("LimitedHere", (Limited,), {"counted": connections})
