"""What each client is owed, whether it is there or not. No sockets, no clock.

A client that is there has an `Outlet`, through which packets leave; the server gives it one. At
most `WINDOW` messages are unconfirmed at a time, and no more leave than the outlet has room for; the
rest wait in a queue. Everything that waits is bounded (`Bounds`, in bytes):

* a node that is there is let go when more than `here` waits for it
* while more than `here` waits for a gateway, or more than `SHARE_HERE` of one node, its publishers
  wait, or that node
* of what a client that is away is owed, the oldest above `away` are dropped, and the newest of one
  node above `SHARE_AWAY`

So nobody waits for a node, and a node that floods waits alone. What is dropped, and what a client
may not publish, is counted for each client. The log says so at 1, 10, 100, 1000…, so that nobody
floods it.
"""

import logging
from collections import Counter, deque
from typing import NamedTuple, Protocol

from surco_contract import topics
from surco_contract.topics import GATEWAY
from surco_gateway.broker.access import may_publish, may_receive, may_subscribe
from surco_gateway.broker.packets import (
    REFUSED_SUBSCRIPTION,
    Publish,
    Will,
    matches,
    write_publish,
)
from surco_gateway.broker.store import Owed, Store


class Bounds(NamedTuple):
    """What one client may cost. Bytes of all that waits for it, `OVERHEAD` for each message."""

    here: int
    away: int
    subscriptions: int


OVERHEAD = 100  # bytes
OF_GATEWAY = Bounds(here=4_000_000, away=100_000_000, subscriptions=200)
OF_NODE = Bounds(here=256_000, away=64_000, subscriptions=50)
SHARE_HERE = 256_000  # bytes of one node that wait for a gateway that is there
SHARE_AWAY = 4_000_000  # and for one that is away: some 3 000 full messages
WINDOW = 1000
MOST_CACHED = 10_000

log = logging.getLogger(__name__)


class Outlet(Protocol):
    """Where the packets of a client that is there go."""

    @property
    def full(self) -> bool:
        """Whether it should be given nothing more at present."""
        ...

    def send(self, packet: bytes) -> None: ...

    def let_go(self, why: str) -> None:
        """End the connection; `Sessions.leave` is called before this returns."""
        ...


class Session:
    """One client id."""

    def __init__(self, client: str, user: str, clean: bool) -> None:
        self.client, self.user, self.clean = client, user, clean
        self.bounds = OF_GATEWAY if user == GATEWAY else OF_NODE
        self.subscriptions: dict[str, int] = {}
        self.queue: deque[Owed] = deque()
        self.unconfirmed: dict[int, Owed] = {}  # by packet identifier, oldest first
        self.again: deque[int] = deque()  # identifiers to send a second time
        self.sent_before: set[int] = set()  # ids that may have been seen: they go with DUP
        self.waiting = 0  # bytes, confirmed by nobody
        self.waiting_of: Counter[str] = Counter()  # the same, by the node in the topic
        self.outlet: Outlet | None = None
        self._mid = 0

    def has_too_much_of(self, user: str) -> bool:
        """Whether this publisher should wait."""
        if self.outlet is None or self.user != GATEWAY:
            return False
        return self.waiting > self.bounds.here or self.waiting_of[user] > SHARE_HERE

    def add(self, owed: Owed) -> None:
        self.queue.append(owed)
        self._count(owed, _cost(owed))

    def take_off(self, mid: int) -> Owed | None:
        """Take a message off the unconfirmed."""
        if owed := self.unconfirmed.pop(mid, None):
            self._count(owed, -_cost(owed))
        return owed

    def oldest(self) -> Owed | None:
        """Take off the message that has waited longest."""
        if self.unconfirmed:
            return self.take_off(next(iter(self.unconfirmed)))
        if not self.queue:
            return None
        owed = self.queue.popleft()
        self._count(owed, -_cost(owed))
        return owed

    def _count(self, owed: Owed, cost: int) -> None:
        node = topics.node_of(owed.topic)
        self.waiting += cost
        self.waiting_of[node] += cost
        if not self.waiting_of[node]:
            del self.waiting_of[node]

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
            for message in owed:
                session.add(message)
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
        session.again = deque(session.unconfirmed)
        self.pump(session)

    def leave(self, session: Session, will: Will | None) -> None:
        """A client is gone; without a DISCONNECT it leaves a will."""
        session.outlet = None
        if session.clean:
            self._forget(session.client)
        else:
            self._trim(session)
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
        return [self._subscribe(session, pattern, qos) for pattern, qos in wanted]

    def _subscribe(self, session: Session, pattern: str, qos: int) -> int:
        known = session.subscriptions.get(pattern)
        room = known is not None or len(session.subscriptions) < session.bounds.subscriptions
        if not room or not may_subscribe(session.user, pattern):
            return REFUSED_SUBSCRIPTION
        if known != qos:
            session.subscriptions[pattern] = qos
            self._targets.clear()
            if not session.clean:
                self._store.save_subscription(session.client, pattern, qos)
        return qos

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
            if session.subscriptions.pop(pattern, None) is None:
                continue
            self._targets.clear()
            if not session.clean:
                self._store.forget_subscription(session.client, pattern)

    # ------------------------------------------------------------ messages

    def publish(self, user: str, message: Publish) -> list[Session]:
        """Hand a message to all who want and may have it; return those that its publisher should wait for."""
        if not may_publish(user, message.topic):
            _count(self.denied, user, "denied user=%s count=%d: it may not publish there")
            return []
        if message.retain:
            self._keep(message)
        targets = self._targets_of(message.topic)
        for session, qos in targets:
            self._send(session, message.topic, message.payload, min(qos, message.qos), retain=False)
        return [session for session, _ in targets if session.has_too_much_of(user)]

    def confirm(self, session: Session, mid: int) -> None:
        """A client has taken a message."""
        owed = session.take_off(mid)
        if owed is None:
            return
        self._paid(session, owed)
        self.pump(session)

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
            self._send_once(session, write_publish(topic, payload, retain=retain))
            return
        if session.outlet is None and not self._keeps(session, topic):
            return
        owed = Owed(0, topic, payload, retain)
        if not session.clean:
            owed = self._store.owe(session.client, topic, payload, retain)
        session.add(owed)
        if session.outlet is None:
            self._trim(session)
            return
        self.pump(session)
        if session.user != GATEWAY and session.waiting > session.bounds.here:
            session.outlet.let_go("it does not confirm what it is sent")

    def _send_once(self, session: Session, packet: bytes) -> None:
        """Send a message of QoS 0: now or never."""
        if session.outlet is None:
            return
        if session.outlet.full:
            _count(self.dropped, session.client, "dropped client=%s count=%d: it reads too slowly")
            return
        session.outlet.send(packet)

    def _keeps(self, session: Session, topic: str) -> bool:
        """Whether a client that is away is owed one more message of this topic."""
        if session.clean:
            return False
        if session.waiting_of[topics.node_of(topic)] <= SHARE_AWAY:
            return True
        _count(self.dropped, session.client, "dropped client=%s count=%d: one node sends too much")
        return False

    def _trim(self, session: Session) -> None:
        while session.waiting > session.bounds.away and (owed := session.oldest()):
            self._paid(session, owed)
            _count(self.dropped, session.client, "dropped client=%s count=%d: it is away too long")

    def _paid(self, session: Session, owed: Owed) -> None:
        session.sent_before.discard(owed.id)
        if not session.clean:
            self._store.paid(owed)

    def pump(self, session: Session) -> None:
        """Send what waits, as far as there is room."""
        while session.outlet is not None and not session.outlet.full:
            if session.again:
                mid = session.again.popleft()
                if owed := session.unconfirmed.get(mid):
                    self._deliver(session, mid, owed, dup=True)
            elif session.queue and len(session.unconfirmed) < WINDOW:
                owed, mid = session.queue.popleft(), session.next_mid()
                session.unconfirmed[mid] = owed
                self._deliver(session, mid, owed, dup=owed.id in session.sent_before)
            else:
                return

    def _deliver(self, session: Session, mid: int, owed: Owed, *, dup: bool) -> None:
        assert session.outlet is not None
        packet = write_publish(owed.topic, owed.payload, mid=mid, retain=owed.retain, dup=dup)
        session.outlet.send(packet)


def _cost(owed: Owed) -> int:
    return OVERHEAD + len(owed.topic) + len(owed.payload)


def _count(counts: Counter[str], name: str, words: str) -> None:
    counts[name] += 1
    if str(counts[name]).rstrip("0") == "1":
        log.warning(words, name, counts[name])
