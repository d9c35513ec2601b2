"""What each client is owed, whether it is there or not. No sockets, no clock.

A client that is there has an `Outlet`, through which packets leave; the server gives it one. At
most `WINDOW` messages are unconfirmed at a time; the rest wait in a queue. A queue of a client that
is there and longer than `CROWDED` means: hold the publishers. A queue of a client that is away has
at most `MOST_OWED` messages; then the oldest are dropped. What is dropped, and what a client may not
publish, is counted for each client. The log says so at 1, 10, 100, 1000…, so that nobody floods it.
"""

import logging
from collections import Counter, deque
from typing import Protocol

from surco_gateway.broker.access import may_publish, may_receive, may_subscribe
from surco_gateway.broker.packets import (
    REFUSED_SUBSCRIPTION,
    Publish,
    Will,
    matches,
    write_publish,
)
from surco_gateway.broker.store import Owed, Store

WINDOW = 1000
CROWDED = 4000
MOST_OWED = 100_000
MOST_CACHED = 10_000

log = logging.getLogger(__name__)


class Outlet(Protocol):
    """Where the packets of a client that is there go."""

    def send(self, packet: bytes) -> None: ...


class Session:
    """One client id."""

    def __init__(self, client: str, user: str, clean: bool) -> None:
        self.client, self.user, self.clean = client, user, clean
        self.subscriptions: dict[str, int] = {}
        self.queue: deque[Owed] = deque()
        self.unconfirmed: dict[int, Owed] = {}  # by packet identifier, oldest first
        self.sent_before: set[int] = set()  # ids that may have been seen: they go with DUP
        self.outlet: Outlet | None = None
        self._mid = 0

    @property
    def crowded(self) -> bool:
        return self.outlet is not None and len(self.queue) > CROWDED

    def next_mid(self) -> int:
        while True:
            self._mid = self._mid % 65_535 + 1
            if self._mid not in self.unconfirmed:
                return self._mid


class Sessions:
    """All clients, and what goes from one to the others."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sessions: dict[str, Session] = {}
        self._retained = store.retained()
        self._targets: dict[str, list[tuple[Session, int]]] = {}
        self.dropped: Counter[str] = Counter()  # by client: it was away for too long
        self.denied: Counter[str] = Counter()  # by user: it may not publish on that topic
        for client, user, subscriptions, owed in store.sessions():
            session = Session(client, user, clean=False)
            session.subscriptions = subscriptions
            session.queue.extend(owed)
            session.sent_before = {message.id for message in owed}
            self._sessions[client] = session

    # ------------------------------------------------------------ come and go

    def find(self, client: str) -> Session | None:
        return self._sessions.get(client)

    def open(self, client: str, user: str, clean: bool, outlet: Outlet) -> tuple[Session, bool]:
        """Return the session of a client and whether it was there before. Then `resume` it."""
        session = self._sessions.get(client)
        present = session is not None and not clean and session.user == user
        if session is None or not present:
            self._forget(client)
            session = self._sessions[client] = Session(client, user, clean)
            if not clean:
                self._store.save_session(client, user)
        session.outlet = outlet
        return session, present

    def resume(self, session: Session) -> None:
        """Send again what was not confirmed, and then what waited."""
        for mid, owed in session.unconfirmed.items():
            self._deliver(session, mid, owed, dup=True)
        self._pump(session)

    def leave(self, session: Session, will: Will | None) -> None:
        """A client is gone; without a DISCONNECT it leaves a will."""
        session.outlet = None
        if session.clean:
            self._forget(session.client)
        if will is not None:
            self.publish(session.user, Publish(will.topic, will.payload, will.qos, will.retain, 0))

    def _forget(self, client: str) -> None:
        session = self._sessions.pop(client, None)
        if session is not None:
            self._targets.clear()
            if not session.clean:
                self._store.forget_session(client)

    # ------------------------------------------------------------ subscriptions

    def subscribe(self, session: Session, wanted: list[tuple[str, int]]) -> list[int]:
        """Grant filters; return the QoS of each, or the code of a refusal."""
        granted = [
            qos if may_subscribe(session.user, pattern) else REFUSED_SUBSCRIPTION
            for pattern, qos in wanted
        ]
        for (pattern, qos), code in zip(wanted, granted, strict=True):
            if code != REFUSED_SUBSCRIPTION:
                session.subscriptions[pattern] = qos
                if not session.clean:
                    self._store.save_subscription(session.client, pattern, qos)
        self._targets.clear()
        return granted

    def send_retained(self, session: Session, wanted: list[tuple[str, int]]) -> None:
        """Send what is retained under the filters that were granted just now."""
        for pattern, qos in wanted:
            if session.subscriptions.get(pattern) != qos:
                continue
            for topic, (payload, kept_qos) in self._retained.items():
                if matches(pattern, topic) and may_receive(session.user, topic):
                    self._send(session, topic, payload, min(qos, kept_qos), retain=True)

    def unsubscribe(self, session: Session, filters: list[str]) -> None:
        for pattern in filters:
            if session.subscriptions.pop(pattern, None) is not None and not session.clean:
                self._store.forget_subscription(session.client, pattern)
        self._targets.clear()

    # ------------------------------------------------------------ messages

    def publish(self, user: str, message: Publish) -> list[Session]:
        """Hand a message to all who want and may have it; return those that are crowded now."""
        if not may_publish(user, message.topic):
            _count(self.denied, user, "denied user=%s count=%d: it may not publish there")
            return []
        if message.retain:
            self._keep(message)
        crowded: list[Session] = []
        for session, qos in self._targets_of(message.topic):
            self._send(session, message.topic, message.payload, min(qos, message.qos), retain=False)
            if session.crowded:
                crowded.append(session)
        return crowded

    def confirm(self, session: Session, mid: int) -> None:
        """A client has taken a message."""
        owed = session.unconfirmed.pop(mid, None)
        if owed is None:
            return
        session.sent_before.discard(owed.id)
        if not session.clean:
            self._store.paid(owed)
        self._pump(session)

    def _keep(self, message: Publish) -> None:
        if message.payload:
            self._retained[message.topic] = (message.payload, message.qos)
        else:
            self._retained.pop(message.topic, None)
        self._store.retain(message.topic, message.payload, message.qos)

    def _targets_of(self, topic: str) -> list[tuple[Session, int]]:
        found = self._targets.get(topic)
        if found is None:
            if len(self._targets) >= MOST_CACHED:
                self._targets.clear()
            found = self._targets[topic] = [
                (session, max(wanted))
                for session in self._sessions.values()
                if may_receive(session.user, topic)
                and (wanted := [q for f, q in session.subscriptions.items() if matches(f, topic)])
            ]
        return found

    def _send(
        self, session: Session, topic: str, payload: bytes, qos: int, *, retain: bool
    ) -> None:
        if qos == 0:
            if session.outlet is not None:
                session.outlet.send(write_publish(topic, payload, retain=retain))
            return
        if session.clean:
            if session.outlet is None:
                return
            owed = Owed(0, topic, payload, retain)
        else:
            owed = self._store.owe(session.client, topic, payload, retain)
        session.queue.append(owed)
        if session.outlet is None and len(session.queue) > MOST_OWED:
            self._store.paid(session.queue.popleft())
            _count(self.dropped, session.client, "dropped client=%s count=%d: it is away too long")
        self._pump(session)

    def _pump(self, session: Session) -> None:
        while session.queue and session.outlet is not None and len(session.unconfirmed) < WINDOW:
            owed, mid = session.queue.popleft(), session.next_mid()
            session.unconfirmed[mid] = owed
            self._deliver(session, mid, owed, dup=owed.id in session.sent_before)

    def _deliver(self, session: Session, mid: int, owed: Owed, *, dup: bool) -> None:
        assert session.outlet is not None
        packet = write_publish(owed.topic, owed.payload, mid=mid, retain=owed.retain, dup=dup)
        session.outlet.send(packet)


def _count(counts: Counter[str], name: str, words: str) -> None:
    counts[name] += 1
    if str(counts[name]).rstrip("0") == "1":
        log.warning(words, name, counts[name])
