"""A small MQTT 3.1.1 client on asyncio: QoS 0 and 1, one will, one write per packet.

It never waits without a limit: every call is made under the caller's deadline. A packet that is too
large passes by unread: retained, it would otherwise end every connection. A PUBACK is only the
broker's word, so `publish` does not wait for it; what counts is the gateway's ack on its topic.
"""

import asyncio
import gc
import struct

from micropython import const

_MOST_BYTES = const(2048)  # of a packet that comes in


class MqttError(Exception):
    """The broker refused with a `code` of MQTT 3.1.1 (3.2.2.3), or spoke something else: 0."""

    code = 0


def _text(value):
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack("!H", len(raw)) + raw


def _packet(head, parts):
    """Return a packet, its parts put together once: a message is large for a small memory."""
    length, out = sum([len(part) for part in parts]), bytearray((head,))
    while True:
        digit, length = length & 127, length >> 7
        out.append(digit | (128 if length else 0))
        if not length:
            return b"".join((out,) + parts)


class Client:
    """One connection."""

    def __init__(self, reader, writer):
        self._reader, self._writer, self._mid = reader, writer, 0
        self._sending = (
            asyncio.Lock()
        )  # MicroPython's drain() loses what another task writes meanwhile

    async def connect(self, client, user, password, keepalive_s, will):
        """Say who we are; `will` is (topic, payload). Raises MqttError."""
        flags, body = 2 | 4 | 8 | 32, _text(client) + _text(will[0]) + _text(will[1])
        if user:
            flags, body = flags | 0xC0, body + _text(user) + _text(password)
        await self._send(
            0x10, _text("MQTT") + bytes((4, flags)) + struct.pack("!H", keepalive_s) + body
        )
        kind, answer = await self._read()
        if kind != 0x20 or len(answer) != 2 or answer[1]:
            error = MqttError("no answer")
            if len(answer) == 2:
                error = MqttError("refused, code %d" % answer[1])
                error.code = answer[1]
            raise error

    async def subscribe(self, topics):
        self._mid = self._mid % 65535 + 1
        wanted = b"".join(_text(topic) + b"\x01" for topic in topics)
        await self._send(0x82, struct.pack("!H", self._mid) + wanted)

    async def publish(self, topic, payload, qos=1, retain=False):
        self._mid = self._mid % 65535 + 1
        head = _text(topic) + (struct.pack("!H", self._mid) if qos else b"")
        await self._send(0x30 | qos << 1 | (1 if retain else 0), head, payload)
        return self._mid if qos else 0

    async def receive(self):
        """Return the next (topic, payload), or (None, mid) for a PUBACK; other packets pass by."""
        while True:
            kind, body = await self._read()
            if kind & 0xF0 == 0x40 and len(body) == 2:
                return None, body[0] << 8 | body[1]
            if kind & 0xF0 == 0x30:
                return await self._message(kind, body)

    async def _message(self, kind, body):
        if len(body) < 2:
            raise MqttError("a message that ends too early")
        size = 2 + (body[0] << 8 | body[1])
        topic, rest = body[2:size], body[size:]
        if kind & 6:
            await self._send(0x40, rest[:2])
            rest = rest[2:]
        try:
            return topic.decode(), rest
        except UnicodeError:
            raise MqttError("a topic that is not UTF-8")

    async def disconnect(self):
        """Say goodbye, and read until the broker closes: what is unread would reset the connection.

        A broker that meets the reset before it has read the goodbye publishes the last will.
        """
        await asyncio.sleep(0)  # whoever listened and was cancelled lets go
        await self._send(0xE0, b"")
        while await self._reader.read(64):
            pass

    async def close(self):
        """Let go of the socket; never raises."""
        try:
            self._writer.close()
            await asyncio.wait_for(self._writer.wait_closed(), 1)
        except (OSError, EOFError, asyncio.TimeoutError):
            pass  # it is being closed, whatever it says

    async def _send(self, head, *parts):
        async with self._sending:
            self._writer.write(_packet(head, parts))
            await self._writer.drain()

    async def _read(self):
        kind = (await self._reader.readexactly(1))[0]
        length = shift = 0
        while True:
            digit = (await self._reader.readexactly(1))[0]
            length |= (digit & 127) << shift
            if digit < 128:
                break
            shift += 7
            if shift > 21:
                raise MqttError("a length of more than four bytes")
        if length > _MOST_BYTES:
            return await self._skip(length)
        gc.collect()
        return kind, (await self._reader.readexactly(length) if length else b"")

    async def _skip(self, length):
        while length:
            length -= len(await self._reader.readexactly(min(length, 512)))
        return 0, b""
