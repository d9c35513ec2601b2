"""The broker's sockets: time limits, size limits, back-pressure, and PUBACK after the commit.

Whatever one connection does wrong ends that connection and no other. A publisher is not read while
a subscriber that is there has too much waiting; what is confirmed is on disk before the PUBACK.
"""

import asyncio
import logging
import sqlite3
from collections import Counter
from collections.abc import Callable

from surco_gateway.broker import packets
from surco_gateway.broker.access import Access, may_publish
from surco_gateway.broker.packets import BadPacket, Publish, Stream, Will, WrongProtocol
from surco_gateway.broker.sessions import Session, Sessions
from surco_gateway.broker.store import Store

log = logging.getLogger(__name__)

LARGEST_CONNECT = 2048
LARGEST_PACKET = 65_536
CONNECT_WITHIN_S = 5.0
LINGER_S = 0.004  # messages that come within so long become durable together
STRANGERS = 50  # connections of one address that have not said who they are
CONNECTIONS = 2000
UNSENT = 4_000_000  # bytes that a client may leave unread


class Broker:
    """All connections of one process."""

    def __init__(self, store: Store, access: Access) -> None:
        self.access = access
        self.sessions = Sessions(store)
        self.strangers: Counter[str] = Counter()
        self.connections: set[Connection] = set()
        self.held: dict[Session, set[Connection]] = {}
        self._store = store
        self._after: list[Callable[[], None]] = []
        self._timer: asyncio.TimerHandle | None = None

    def after_commit(self, deed: Callable[[], None]) -> None:
        """Do something once everything up to now is on disk."""
        self._after.append(deed)
        self.commit_soon()

    def commit_soon(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LINGER_S, self._commit)

    def _commit(self) -> None:
        self._timer, deeds, self._after = None, self._after, []
        try:
            self._store.commit()
        except sqlite3.Error as error:  # a full disk: nothing is confirmed, publishers send again
            log.error("nothing can be written, so nothing is confirmed: %s", error)
            self._after = deeds + self._after
            self._timer = asyncio.get_running_loop().call_later(1.0, self._commit)
            return
        for deed in deeds:
            deed()

    def reload(self) -> None:
        """Read the password file again, and let go whoever is no longer in it."""
        try:
            self.access.reload()
        except OSError as error:
            log.error("password file not read, users stay as they were: %s", error)
            return
        for connection in list(self.connections):
            if connection.session and not self.access.known(connection.session.user):
                connection.abort("its user was removed")

    def hold(self, connection: "Connection", crowded: list[Session]) -> None:
        """Stop reading from a publisher until those it writes to have caught up."""
        connection.pause()
        for session in crowded:
            self.held.setdefault(session, set()).add(connection)

    def release(self, session: Session) -> None:
        """Read again from publishers that waited for this client."""
        if session in self.held and not session.crowded:
            for connection in self.held.pop(session):
                if not any(connection in waiting for waiting in self.held.values()):
                    connection.resume()

    def close(self) -> None:
        """Commit and let everybody go."""
        if self._timer is not None:
            self._timer.cancel()
            self._commit()
        for connection in list(self.connections):
            connection.abort("the broker stops")
        self._store.close()


class Connection(asyncio.Protocol):
    """One client's socket, from the first byte to the last."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._stream = Stream(LARGEST_CONNECT)
        self._will: Will | None = None
        self._unsent: list[bytes] = []
        self._heard = 0.0
        self._keepalive_s = 0.0
        self._held = False  # not read from: its silence is our doing
        self.session: Session | None = None

    # ------------------------------------------------------------ asyncio's calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._address = str((transport.get_extra_info("peername") or ("?",))[0])
        broker = self._broker
        broker.connections.add(self)
        broker.strangers[self._address] += 1
        self._timer = self._loop.call_later(CONNECT_WITHIN_S, self.abort, "no CONNECT in time")
        if broker.strangers[self._address] > STRANGERS or len(broker.connections) > CONNECTIONS:
            self.abort("too many connections")

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        try:
            for head, body in self._stream.feed(data):
                self._packet(head, body)
                if self._transport.is_closing():
                    return
        except WrongProtocol as error:
            self._refuse(packets.BAD_PROTOCOL, str(error))
        except BadPacket as error:
            self.abort(str(error))

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone()

    # ------------------------------------------------------------ out

    def send(self, packet: bytes) -> None:
        """Write a packet; those of one turn of the loop leave together."""
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(packet)

    def _flush(self) -> None:
        data = b"".join(self._unsent)
        self._unsent.clear()
        if self._transport.is_closing():
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > UNSENT:
            self.abort("it does not read")

    def pause(self) -> None:
        self._held = True
        self._transport.pause_reading()

    def resume(self) -> None:
        self._held, self._heard = False, self._loop.time()
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def abort(self, why: str) -> None:
        """End this connection without a word; its will is published."""
        log.info("closed client=%s address=%s why=%s", self._name, self._address, why)
        self._transport.abort()

    @property
    def _name(self) -> str:
        return self.session.client if self.session else "?"

    # ------------------------------------------------------------ in

    def _packet(self, head: int, body: bytes) -> None:
        kind, session = head >> 4, self.session
        if session is None:
            if kind != packets.CONNECT:
                raise BadPacket("the first packet must be CONNECT")
            self._connect(body)
        elif kind == packets.PUBLISH:
            self._publish(session, packets.read_publish(head, body))
        elif kind == packets.PUBACK:
            self._broker.sessions.confirm(session, packets.read_identifier(body))
            self._broker.commit_soon()
            self._broker.release(session)
        elif kind == packets.SUBSCRIBE:
            self._subscribe(session, *packets.read_subscribe(body))
        elif kind == packets.UNSUBSCRIBE:
            mid, filters = packets.read_unsubscribe(body)
            self._broker.sessions.unsubscribe(session, filters)
            self._broker.after_commit(lambda: self.send(packets.write_unsuback(mid)))
        elif kind == packets.PINGREQ:
            self.send(packets.PINGRESP_PACKET)
        elif kind == packets.DISCONNECT:
            self._will = None
            self._transport.close()
        else:
            raise BadPacket(f"a packet of kind {kind}")

    def _connect(self, body: bytes) -> None:
        asked, broker = packets.read_connect(body), self._broker
        user = asked.user
        if user is None or not broker.access.may_connect(asked.client, user, asked.password):
            return self._refuse(packets.NOT_AUTHORISED, f"client {asked.client!r} user {user!r}")
        if asked.will is not None and not may_publish(user, asked.will.topic):
            return self._refuse(packets.NOT_AUTHORISED, f"will of {user!r} on {asked.will.topic!r}")
        before = broker.sessions.find(asked.client)
        if before is not None and isinstance(before.outlet, Connection):
            before.outlet.take_over()
        self._stream.largest = LARGEST_PACKET
        self._timer.cancel()
        broker.strangers[self._address] -= 1
        self.session, present = broker.sessions.open(asked.client, user, asked.clean, self)
        self._will = asked.will
        self._keep_alive(asked.keepalive_s * 1.5)
        self.send(packets.write_connack(packets.ACCEPTED, session_present=present))
        broker.sessions.resume(self.session)
        broker.commit_soon()
        return None

    def _refuse(self, code: int, why: str) -> None:
        log.warning("refused address=%s why=%s", self._address, why)
        self._transport.write(packets.write_connack(code))
        self._transport.close()

    def _publish(self, session: Session, message: Publish) -> None:
        crowded = self._broker.sessions.publish(session.user, message)
        if message.qos:
            self._broker.after_commit(lambda: self.send(packets.write_puback(message.mid)))
        elif message.retain:
            self._broker.commit_soon()
        if crowded:
            self._broker.hold(self, crowded)

    def _subscribe(self, session: Session, mid: int, wanted: list[tuple[str, int]]) -> None:
        granted = self._broker.sessions.subscribe(session, wanted)

        def answer() -> None:
            self.send(packets.write_suback(mid, granted))
            if session.outlet is self:
                self._broker.sessions.send_retained(session, wanted)

        self._broker.after_commit(answer)

    # ------------------------------------------------------------ the end

    def take_over(self) -> None:
        """The same client has come by another connection."""
        self.abort("the same client connected again")
        self._gone()

    def _keep_alive(self, seconds: float) -> None:
        if seconds > 0:
            self._keepalive_s = seconds
            self._timer = self._loop.call_later(seconds, self._check)

    def _check(self) -> None:
        left = self._heard + self._keepalive_s - self._loop.time()
        if self._held:
            self._timer = self._loop.call_later(self._keepalive_s, self._check)
        elif left <= 0:
            self.abort("silent for too long")
        else:
            self._timer = self._loop.call_later(left, self._check)

    def _gone(self) -> None:
        broker = self._broker
        if self not in broker.connections:
            return
        broker.connections.discard(self)
        self._timer.cancel()
        for waiting in broker.held.values():
            waiting.discard(self)
        if self.session is None:
            broker.strangers[self._address] -= 1
            return
        if self.session.outlet is self:
            broker.sessions.leave(self.session, self._will)
            broker.commit_soon()
            broker.release(self.session)
