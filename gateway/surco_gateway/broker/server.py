"""The broker's sockets: time limits, size limits, back-pressure, and PUBACK after the commit.

Whatever one connection does wrong ends that connection and no other. Nobody waits for a node: one that
does not confirm, or does not read, is let go. A node is not read while the gateway has too much of it
waiting, or while it does not read itself. What is confirmed is on disk before the PUBACK.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing

from surco_contract.topics import GATEWAY
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
STRANGERS = 50  # connections of one address that have not said who they are; then the oldest goes
ALL_STRANGERS = 200
CONNECTIONS = 2000  # of nodes
ROOM = 262_144  # bytes that a client may leave unread before it is given nothing more
READ_WITHIN_S = 60.0  # and how long it may leave them
LONGEST_KEEPALIVE_S = 3600  # also of who wants none
AT_ONCE = 100  # packets of one connection, before the others have their turn


class Broker:
    """All connections of one process."""

    def __init__(self, store: Store, access: Access, most_nodes: int = CONNECTIONS) -> None:
        self.access = access
        self.most_nodes = most_nodes
        self.sessions = Sessions(store)
        self.strangers: dict[Connection, None] = {}  # oldest first
        self.connections: set[Connection] = set()
        self.held: dict[Session, set[Connection]] = {}
        self._store = store
        self._after: list[Callable[[], None]] = []
        self._timer: asyncio.TimerHandle | None = None

    def meet(self, stranger: "Connection") -> None:
        """Take in a connection that has not said who it is; let the oldest go when there are many.

        So the gateway finds a place among a thousand that say nothing.
        """
        self.connections.add(stranger)
        self.strangers[stranger] = None
        neighbours = [one for one in self.strangers if one.address == stranger.address]
        for many, most in ((neighbours, STRANGERS), (list(self.strangers), ALL_STRANGERS)):
            if len(many) > most:
                many[0].let_go("too many connections that do not say who they are")

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
                connection.let_go("its user was removed")

    def hold(self, connection: "Connection", behind: list[Session]) -> None:
        """Stop reading from a node until the gateways that it writes to have caught up with it."""
        connection.pause()
        for session in behind:
            self.held.setdefault(session, set()).add(connection)

    def release(self, session: Session) -> None:
        """Read again from nodes that waited for this client."""
        waiting = self.held.get(session, set())
        for connection in [one for one in waiting if not session.has_too_much_of(one.user)]:
            waiting.discard(connection)
            if not any(connection in others for others in self.held.values()):
                connection.resume()
        if not waiting:
            self.held.pop(session, None)

    def close(self) -> None:
        """Commit and let everybody go."""
        if self._timer is not None:
            self._timer.cancel()
            self._commit()
        for connection in list(self.connections):
            connection.let_go("the broker stops")
        self._store.close()


class Connection(asyncio.Protocol):
    """One client's socket, from the first byte to the last."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._stream = Stream(LARGEST_CONNECT)
        self._will: Will | None = None
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0
        self._heard = 0.0
        self._keepalive_s = 0.0
        self._held = False  # not read from: its silence is our doing
        self._deaf: asyncio.TimerHandle | None = None  # it does not read, for so long already
        self._turn: asyncio.Handle | None = None  # when what it said is worked on further
        self.address = "?"
        self.session: Session | None = None

    # ------------------------------------------------------------ asyncio's calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self.address = str((transport.get_extra_info("peername") or ("?",))[0])
        transport.set_write_buffer_limits(ROOM)
        self._timer = self._loop.call_later(CONNECT_WITHIN_S, self.let_go, "no CONNECT in time")
        self._broker.meet(self)

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        self._work(data)

    def _work(self, data: bytes = b"") -> None:
        """Do what it asks, so much at a time that nobody else waits long."""
        self._turn, left, session = None, AT_ONCE, self.session
        try:
            with closing(self._stream.feed(data)) as found:
                for head, body in found:
                    self._packet(head, body)
                    if self._transport.is_closing():
                        return
                    left -= 1
                    if not left or not self._may_read:
                        break
        except WrongProtocol as error:
            self._refuse(packets.BAD_PROTOCOL, str(error))
        except BadPacket as error:
            self.let_go(str(error))
        if session is not None:
            self._broker.release(session)
        if not left:
            self._turn = self._loop.call_soon(self._work)
        self._read_or_not()

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone()

    def pause_writing(self) -> None:
        self._deaf = self._loop.call_later(READ_WITHIN_S, self.let_go, "it does not read")
        self._read_or_not()

    def resume_writing(self) -> None:
        if self._deaf is not None:
            self._deaf.cancel()
            self._deaf = None
        if self.session is not None and self.session.outlet is self:
            self._broker.sessions.pump(self.session)
        self._go_on()

    # ------------------------------------------------------------ out

    @property
    def full(self) -> bool:
        return self._deaf is not None or self._unsent_bytes > ROOM

    def send(self, packet: bytes) -> None:
        """Write a packet; those of one turn of the loop leave together."""
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(packet)
        self._unsent_bytes += len(packet)

    def _flush(self) -> None:
        data, was_full = b"".join(self._unsent), self.full
        self._unsent.clear()
        self._unsent_bytes = 0
        if self._transport.is_closing():
            return
        self._transport.write(data)  # may call `pause_writing`
        if was_full and not self.full and self.session is not None:
            self._broker.sessions.pump(self.session)

    # ------------------------------------------------------------ reading, or not

    @property
    def _may_read(self) -> bool:
        """The gateway is read whatever it does: all nodes wait for what it says."""
        return not self._held and (self._deaf is None or self.user == GATEWAY)

    def _read_or_not(self) -> None:
        if self._transport.is_closing():
            return
        if self._may_read and self._turn is None:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def _go_on(self) -> None:
        self._heard = self._loop.time()
        if self._may_read and self._turn is None and not self._transport.is_closing():
            self._turn = self._loop.call_soon(self._work)

    def pause(self) -> None:
        self._held = True

    def resume(self) -> None:
        self._held = False
        self._go_on()

    def let_go(self, why: str) -> None:
        """End this connection without a word; its will is published."""
        log.info("closed client=%s address=%s why=%s", self._name, self.address, why)
        self._transport.abort()
        self._gone()

    @property
    def user(self) -> str:
        return self.session.user if self.session else "?"

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
        if user != GATEWAY and len(broker.connections) - len(broker.strangers) >= broker.most_nodes:
            return self.let_go("too many nodes")
        before = broker.sessions.find(asked.client)
        if before is not None and isinstance(before.outlet, Connection):
            before.outlet.take_over()
        self._stream.largest = LARGEST_PACKET
        self._timer.cancel()
        broker.strangers.pop(self, None)
        self.session, present = broker.sessions.open(asked.client, user, asked.clean, self)
        self._will = asked.will
        self._keep_alive(1.5 * min(asked.keepalive_s or LONGEST_KEEPALIVE_S, LONGEST_KEEPALIVE_S))
        self.send(packets.write_connack(packets.ACCEPTED, session_present=present))
        broker.sessions.resume(self.session)
        broker.commit_soon()
        return None

    def _refuse(self, code: int, why: str) -> None:
        log.warning("refused address=%s why=%s", self.address, why)
        self._transport.write(packets.write_connack(code))
        self._transport.close()

    def _publish(self, session: Session, message: Publish) -> None:
        behind = self._broker.sessions.publish(session.user, message)
        if message.qos:
            self._broker.after_commit(lambda: self.send(packets.write_puback(message.mid)))
        elif message.retain:
            self._broker.commit_soon()
        if behind and session.user != GATEWAY:
            self._broker.hold(self, behind)

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
        self.let_go("the same client connected again")

    def _keep_alive(self, seconds: float) -> None:
        self._keepalive_s = seconds
        self._timer = self._loop.call_later(seconds, self._check)

    def _check(self) -> None:
        left = self._heard + self._keepalive_s - self._loop.time()
        if not self._may_read:
            self._timer = self._loop.call_later(self._keepalive_s, self._check)
        elif left <= 0:
            self.let_go("silent for too long")
        else:
            self._timer = self._loop.call_later(left, self._check)

    def _gone(self) -> None:
        broker = self._broker
        if self not in broker.connections:
            return
        broker.connections.discard(self)
        broker.strangers.pop(self, None)
        for waiting in (self._timer, self._deaf, self._turn):
            if waiting is not None:
                waiting.cancel()
        for others in broker.held.values():
            others.discard(self)
        if self.session is not None and self.session.outlet is self:
            broker.sessions.leave(self.session, self._will)
            broker.commit_soon()
            broker.release(self.session)
