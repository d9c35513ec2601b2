"""A load of many nodes, written straight to sockets, so that it costs less than what it measures.

Every node has its own connection, name and password. Its packets are encoded before the clock
starts; then all of them are written as fast as the broker takes them (QoS 1, MQTT 3.1.1). Nodes
listen to their `ack` topic as real ones do, and the rows that were acknowledged are counted.
"""

import asyncio
import selectors
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from surco_contract import topics

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE = 0x10, 0x20, 0x30, 0x40, 0x82
T0 = 1_795_000_000


def text(value: str) -> bytes:
    return struct.pack("!H", len(value)) + value.encode()


def packet(kind: int, body: bytes) -> bytes:
    length, head = len(body), bytearray((kind,))
    while True:
        length, digit = divmod(length, 128)
        head.append(digit | (128 if length else 0))
        if not length:
            return bytes(head) + body


def connect(client: str, user: str, password: str, *, clean: bool = True) -> bytes:
    flags = 0xC0 | (2 if clean else 0)
    head = text("MQTT") + bytes((4, flags)) + struct.pack("!H", 600)
    return packet(CONNECT, head + text(client) + text(user) + text(password))


def publish(topic: str, mid: int, payload: bytes) -> bytes:
    return packet(PUBLISH | 2, text(topic) + struct.pack("!H", mid) + payload)


async def read_packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Read one packet: its first byte, and all behind its length."""
    head = (await reader.readexactly(1))[0]
    length = shift = 0
    while True:
        digit = (await reader.readexactly(1))[0]
        length |= (digit & 127) << shift
        shift += 7
        if digit < 128:
            return head, await reader.readexactly(length)


def columnar(node: int, q: int) -> bytes:
    """One row of four values in our message, about 130 bytes."""
    return (
        b'{"v":1,"b":"%08x","q":%d,"t0":%d,"tq":2,"f":["dt","r1","st","bv","rs"],'
        b'"d":[[0,%d,%d.%02d,%d,-%d]]}'
    ) % (node, q, T0 + q, 1200 + q % 900, 12 + q % 9, q % 100, 3700 + q % 400, 50 + q % 40)


def flat(node: int, q: int) -> bytes:
    """Give the same values as a flat object that Telegraf's json parser reads, no longer than ours."""
    return (b'{"node":"n%05d","b":"%08x","q":%d,"t":%d,"r1":%d,"st":%d.%02d,"bv":%d,"rs":-%d}') % (
        node,
        node,
        q,
        T0 + q,
        1200 + q % 900,
        12 + q % 9,
        q % 100,
        3700 + q % 400,
        50 + q % 40,
    )


@dataclass
class _Node:
    name: str
    sock: socket.socket
    out: memoryview
    buffer: bytearray = field(default_factory=bytearray)
    pubacks: int = 0


@dataclass
class Load:
    """`rows` messages of `nodes` nodes. `rows_acked` counts what application acks named."""

    port: int
    passwords: dict[str, str]  # node → password
    rows: int
    encode: Callable[[int, int], bytes] = columnar
    listen: bool = True
    pubacks: int = 0
    rows_acked: int = 0
    acked: dict[str, set[int]] = field(default_factory=dict)

    def prepare(self) -> None:
        """Connect every node and encode its packets."""
        names, each = list(self.passwords), self.rows // len(self.passwords)
        assert each * len(names) == self.rows, "rows must be a multiple of the number of nodes"
        self._nodes = [self._node(index, name, each) for index, name in enumerate(names)]

    def _node(self, index: int, name: str, each: int) -> _Node:
        sock = socket.create_connection(("127.0.0.1", self.port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(connect(name, name, self.passwords[name]))
        assert sock.recv(4)[3] == 0, f"{name} was refused"
        if self.listen:
            ack = topics.topic(name, "ack")
            sock.sendall(packet(SUBSCRIBE, struct.pack("!H", 1) + text(ack) + b"\0"))
            assert sock.recv(5)[4] != 0x80
        topic = topics.topic(name, "data")
        packets = (publish(topic, q % 65_000 + 1, self.encode(index, q)) for q in range(each))
        sock.setblocking(False)
        return _Node(name, sock, memoryview(b"".join(packets)))

    def run(self, *, until: Callable[[], bool] | None = None, seconds: float = 120) -> float:
        """Send everything, wait for all PUBACKs (and `until`); return the seconds that it took."""
        start = time.perf_counter()
        with selectors.DefaultSelector() as selector:
            for node in self._nodes:
                selector.register(node.sock, selectors.EVENT_READ | selectors.EVENT_WRITE, node)
            while self.pubacks < self.rows or (until is not None and not until()):
                if time.perf_counter() - start > seconds:
                    break
                for key, events in selector.select(0.05):
                    node: _Node = key.data
                    if events & selectors.EVENT_WRITE:
                        self._write(selector, node)
                    if events & selectors.EVENT_READ:
                        self._read(node)
        return time.perf_counter() - start

    def close(self) -> None:
        for node in self._nodes:
            node.sock.close()

    def _write(self, selector: selectors.BaseSelector, node: _Node) -> None:
        try:
            sent = node.sock.send(node.out[:65_536])
        except BlockingIOError:
            return
        node.out = node.out[sent:]
        if not node.out:
            selector.modify(node.sock, selectors.EVENT_READ, node)

    def _read(self, node: _Node) -> None:
        try:
            data = node.sock.recv(262_144)
        except BlockingIOError:
            return
        if not data:
            raise ConnectionError(f"the broker closed the connection of {node.name}")
        node.buffer += data
        self._count(node)

    def _count(self, node: _Node) -> None:
        buffer, place, end = node.buffer, 0, len(node.buffer)
        while end - place >= 2:
            kind, length = buffer[place] & 0xF0, buffer[place + 1]
            size = 2
            if length & 128:
                if end - place < 3:
                    break
                length, size = (length & 127) | buffer[place + 2] << 7, 3
            if end - place < size + length:
                break
            if kind == PUBACK:
                self.pubacks += 1
            elif kind == PUBLISH:
                self._ack(node.name, bytes(buffer[place + size : place + size + length]))
            place += size + length
        del buffer[:place]

    def _ack(self, name: str, body: bytes) -> None:
        _, _, rest = body.partition(b'"q":')
        first, _, count = rest.partition(b',"n":')
        q, n = int(first), int(count.rstrip(b"}"))
        self.acked.setdefault(name, set()).update(range(q, q + n))
        self.rows_acked += n


def receive(port: int, user: str, password: str, expected: int, seconds: float = 60) -> float:
    """Receive-only ceiling: a raw subscriber that acks in batches. Return messages per second."""
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(connect("gateway-ceiling", user, password))
        assert sock.recv(4)[3] == 0
        sock.sendall(packet(SUBSCRIBE, struct.pack("!H", 1) + text("surco/v1/+/data") + b"\1"))
        assert sock.recv(5)[4] == 1
        print("ready", flush=True)
        sock.settimeout(seconds)
        buffer, found, started = bytearray(), 0, 0.0
        while found < expected:
            data = sock.recv(262_144)
            if not data:
                raise ConnectionError("the broker closed the connection")
            started = started or time.perf_counter()
            buffer += data
            acks = bytearray()
            place, end = 0, len(buffer)
            while end - place >= 3:
                low = buffer[place + 1]
                length, size = (low, 2) if low < 128 else ((low & 127) | buffer[place + 2] << 7, 3)
                after = place + size + length
                if after > end:
                    break
                mid = place + size + 2 + (buffer[place + size] << 8 | buffer[place + size + 1])
                acks += b"\x40\x02" + buffer[mid : mid + 2]
                place = after
            found += len(acks) // 4
            del buffer[:place]
            sock.sendall(acks)
        return found / (time.perf_counter() - started)
