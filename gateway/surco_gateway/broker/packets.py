"""MQTT 3.1.1 on the wire (OASIS standard, 2014): bytes to packets and back. Pure.

Every function that reads raises `BadPacket` for bytes that are not MQTT, and nothing else.
"""

from collections.abc import Generator
from dataclasses import dataclass

CONNECT, CONNACK, PUBLISH, PUBACK = 1, 2, 3, 4
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK = 8, 9, 10, 11
PINGREQ, PINGRESP, DISCONNECT = 12, 13, 14

ACCEPTED, BAD_PROTOCOL, BAD_CLIENT_ID, NOT_AUTHORISED = 0, 1, 2, 5
REFUSED_SUBSCRIPTION = 0x80


class BadPacket(Exception):
    """These bytes are not MQTT 3.1.1 as this broker speaks it; the connection is closed."""


class WrongProtocol(BadPacket):
    """A CONNECT of another version of MQTT."""


@dataclass(frozen=True, slots=True)
class Will:
    topic: str
    payload: bytes
    qos: int
    retain: bool


@dataclass(frozen=True, slots=True)
class Connect:
    client: str
    clean: bool
    keepalive_s: int
    will: Will | None
    user: str | None
    password: bytes


@dataclass(frozen=True, slots=True)
class Publish:
    topic: str
    payload: bytes
    qos: int
    retain: bool
    mid: int  # 0 with QoS 0


class Stream:
    """Cuts a stream of bytes into packets: (first byte, body)."""

    def __init__(self, largest: int) -> None:
        self.largest = largest
        self._buffer = bytearray()

    def feed(self, data: bytes = b"") -> Generator[tuple[int, bytes]]:
        """Yield every packet that is complete. Raises `BadPacket` when one is too large.

        Whoever stops in the middle gets the rest from the next call.
        """
        self._buffer += data
        buffer, start = self._buffer, 0
        try:
            while len(buffer) - start >= 2:
                length, place = _length(buffer, start + 1)
                if length > self.largest:
                    raise BadPacket(f"a packet of {length} bytes; at most {self.largest}")
                if place == 0 or len(buffer) - place < length:
                    return
                start, head = place + length, buffer[start]
                yield head, bytes(buffer[place:start])
        finally:
            del buffer[:start]


def _length(buffer: bytearray, place: int) -> tuple[int, int]:
    """Read a remaining length; return it and the place behind it, which is 0 when incomplete."""
    length = 0
    for shift in (0, 7, 14, 21):
        if place >= len(buffer):
            return 0, 0
        digit = buffer[place]
        length |= (digit & 127) << shift
        place += 1
        if digit < 128:
            return length, place
    raise BadPacket("a length of more than four bytes")


class _Body:
    """Reads the fields of one packet in turn."""

    def __init__(self, body: bytes) -> None:
        self._body, self._place = body, 0

    def take(self, count: int) -> bytes:
        piece = self._body[self._place : self._place + count]
        if len(piece) != count:
            raise BadPacket("a packet that ends too early")
        self._place += count
        return piece

    def number(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def binary(self) -> bytes:
        return self.take(self.number())

    def text(self) -> str:
        try:
            text = self.binary().decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadPacket("a text that is not UTF-8") from error
        if "\0" in text:
            raise BadPacket("a text with a NUL")
        return text

    def rest(self) -> bytes:
        return self._body[self._place :]

    def more(self) -> bool:
        return self._place < len(self._body)


def read_connect(body: bytes) -> Connect:
    """Read a CONNECT. Raises `WrongProtocol` for other versions of MQTT."""
    fields = _Body(body)
    name, level, flags = fields.text(), fields.take(1)[0], fields.take(1)[0]
    if name not in ("MQTT", "MQIsdp"):
        raise BadPacket("not MQTT")
    if level != 4:
        raise WrongProtocol(f"protocol level {level}; this broker speaks 4 (MQTT 3.1.1)")
    if flags & 1:
        raise BadPacket("a reserved flag is set")
    keepalive_s, client, will = fields.number(), fields.text(), None
    if flags & 4:
        qos = flags >> 3 & 3
        if qos > 1:
            raise BadPacket("a will with QoS 2")
        will = Will(_topic(fields.text()), fields.binary(), qos, bool(flags & 32))
    elif flags & 0x38:
        raise BadPacket("flags of a will, but no will")
    user = fields.text() if flags & 128 else None
    password = fields.binary() if flags & 64 else b""
    return Connect(client, bool(flags & 2), keepalive_s, will, user, password)


def read_publish(head: int, body: bytes) -> Publish:
    """Read a PUBLISH; `head` is its first byte."""
    qos, fields = head >> 1 & 3, _Body(body)
    if qos > 1:
        raise BadPacket("QoS 2 is not spoken here")
    topic, mid = _topic(fields.text()), 0
    if qos:
        mid = fields.number()
        if mid == 0:
            raise BadPacket("a packet identifier of 0")
    return Publish(topic, fields.rest(), qos, bool(head & 1), mid)


def read_identifier(body: bytes) -> int:
    """Read the packet identifier that a PUBACK names."""
    return _Body(body).number()


def read_subscribe(body: bytes) -> tuple[int, list[tuple[str, int]]]:
    """Read a SUBSCRIBE: its identifier and [(filter, QoS)]."""
    fields = _Body(body)
    mid, wanted = fields.number(), list[tuple[str, int]]()
    while fields.more():
        wanted.append((_filter(fields.text()), min(fields.take(1)[0] & 3, 1)))
    if not wanted:
        raise BadPacket("a SUBSCRIBE without a filter")
    return mid, wanted


def read_unsubscribe(body: bytes) -> tuple[int, list[str]]:
    """Read an UNSUBSCRIBE: its identifier and the filters."""
    fields = _Body(body)
    mid, filters = fields.number(), list[str]()
    while fields.more():
        filters.append(fields.text())
    return mid, filters


def _topic(topic: str) -> str:
    if not topic or "+" in topic or "#" in topic:
        raise BadPacket("a topic that is empty or has a wildcard")
    return topic


def _filter(pattern: str) -> str:
    levels = pattern.split("/")
    lone = all(level in ("+", "#") or not set("+#") & set(level) for level in levels)
    if not pattern or not lone or "#" in levels[:-1]:
        raise BadPacket("not a topic filter")
    return pattern


def matches(pattern: str, topic: str) -> bool:
    """Tell whether a topic matches a filter (MQTT 3.1.1, 4.7)."""
    wanted, levels = pattern.split("/"), topic.split("/")
    if wanted[0] in ("+", "#") and topic.startswith("$"):
        return False
    for place, level in enumerate(wanted):
        if level == "#":
            return True
        if place >= len(levels) or level not in ("+", levels[place]):
            return False
    return len(wanted) == len(levels)


def packet(kind: int, body: bytes, flags: int = 0) -> bytes:
    """Write any packet."""
    length, head = len(body), bytearray((kind << 4 | flags,))
    while True:
        length, digit = length >> 7, length & 127
        head.append(digit | (128 if length else 0))
        if not length:
            return bytes(head) + body


def write_connack(code: int, *, session_present: bool = False) -> bytes:
    return bytes((CONNACK << 4, 2, session_present and code == ACCEPTED, code))


def write_publish(
    topic: str, payload: bytes, *, mid: int = 0, retain: bool = False, dup: bool = False
) -> bytes:
    """Write a PUBLISH: QoS 1 with a packet identifier, else QoS 0."""
    name = topic.encode()
    head = len(name).to_bytes(2, "big") + name + (mid.to_bytes(2, "big") if mid else b"")
    return packet(PUBLISH, head + payload, dup << 3 | (2 if mid else 0) | retain)


def write_puback(mid: int) -> bytes:
    return b"\x40\x02" + mid.to_bytes(2, "big")


def write_suback(mid: int, granted: list[int]) -> bytes:
    return packet(SUBACK, mid.to_bytes(2, "big") + bytes(granted))


def write_unsuback(mid: int) -> bytes:
    return packet(UNSUBACK, mid.to_bytes(2, "big"))


PINGRESP_PACKET = bytes((PINGRESP << 4, 0))
