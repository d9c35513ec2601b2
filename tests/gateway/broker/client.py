"""A client that speaks raw MQTT packets, so that it can also misbehave; and the two brokers."""

import os
import signal
import socket
import struct
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from surco_contract.credentials import broker_hash
from surco_gateway.broker.mosquitto import prepare
from tests.servers import Server

NODES = ("n-001", "n-002", "n-003")


class Users:
    """A password file in which everybody's secret is `pw-<name>`."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.file = folder / "passwords"
        self.write("gateway", *(names or NODES))

    def write(self, *names: str) -> None:
        self.file.write_text("".join(f"{name}:{broker_hash('pw-' + name)}\n" for name in names))
        self.file.chmod(0o644)


class SmallBroker(Server):
    def __init__(self, folder: Path, users: Users) -> None:
        super().__init__(folder)
        self.users = users

    def command(self) -> list[str]:
        return [sys.executable, "-m", "surco_gateway.broker"]

    def environment(self) -> Mapping[str, str]:
        return {
            **os.environ,
            "SURCO_BROKER_PORT": str(self.port),
            "SURCO_BROKER_DATA": str(self.folder / "data"),
            "SURCO_BROKER_PASSWORD_FILE": str(self.users.file),
        }

    def reload(self) -> None:
        os.kill(self.pid, signal.SIGHUP)


class Mosquitto(SmallBroker):
    """It writes its database every second, so that no test waits for half a minute."""

    save_every_s = 1

    def command(self) -> list[str]:
        return prepare(
            self.folder / "data", self.users.file, self.port, save_every_s=self.save_every_s
        )


def text(value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack("!H", len(raw)) + raw


class Client:
    """Connects at once, unless `user` is None. Every read has a time limit."""

    def __init__(
        self, port: int, user: str | None, *, client: str | None = None, password: str | None = None,
        clean: bool = True, keepalive_s: int = 60, will: tuple[str, str, bool] | None = None,
    ) -> None:  # fmt: skip
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.present = False
        self.code: int | None = None
        if user is not None:
            self.introduce(user, client, password, clean, keepalive_s, will)
            kind, body = self.read()
            assert kind == 0x20
            self.present, self.code = bool(body[0]), body[1]

    def introduce(
        self, user: str, client: str | None = None, password: str | None = None,
        clean: bool = True, keepalive_s: int = 60, will: tuple[str, str, bool] | None = None,
    ) -> None:  # fmt: skip
        """Send CONNECT, and wait for nothing."""
        flags, payload = 0xC0 | (2 if clean else 0), text(user if client is None else client)
        if will is not None:
            topic, words, retain = will
            flags |= 4 | 8 | (32 if retain else 0)
            payload += text(topic) + text(words)
        payload += text(user) + text(f"pw-{user}" if password is None else password)
        head = text("MQTT") + bytes((4, flags)) + struct.pack("!H", keepalive_s)
        self.send(0x10, head + payload)

    def send(self, head: int, body: bytes) -> None:
        length, packet = len(body), bytearray((head,))
        while True:
            length, digit = length >> 7, length & 127
            packet.append(digit | (128 if length else 0))
            if not length:
                break
        self.sock.sendall(bytes(packet) + body)

    def read(self, seconds: float = 30) -> tuple[int, bytes]:
        """Return (first byte, body); (0, b"") when the broker closed the connection."""
        self.sock.settimeout(seconds)
        head = self._take(1)
        if not head:
            return 0, b""
        length = shift = 0
        while True:
            digit = self._take(1)[0]
            length |= (digit & 127) << shift
            shift += 7
            if digit < 128:
                return head[0], self._take(length)

    def _take(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            try:
                piece = self.sock.recv(count - len(found))
            except ConnectionError:
                return b""
            if not piece:
                return b""
            found += piece
        return found

    def publish(
        self, topic: str, words: str | bytes, *, mid: int = 1, retain: bool = False
    ) -> None:
        """Publish with QoS 1 and wait for the PUBACK; what comes in between is lost."""
        raw = words.encode() if isinstance(words, str) else words
        self.send(0x32 | retain, text(topic) + struct.pack("!H", mid) + raw)
        while True:
            kind, body = self.read()
            assert kind, "the connection was closed before the PUBACK"
            if kind == 0x40:
                assert struct.unpack("!H", body)[0] == mid
                return

    def subscribe(self, pattern: str, qos: int = 1) -> int:
        """Subscribe; return the code that was granted."""
        self.send(0x82, struct.pack("!H", 7) + text(pattern) + bytes((qos,)))
        kind, body = self.read()
        assert kind == 0x90
        return body[2]

    def message(self, *, ack: bool = True, seconds: float = 30) -> "Message | None":
        """Return the next message; None when nothing comes in time."""
        try:
            kind, body = self.read(seconds)
        except TimeoutError:
            return None
        assert kind & 0xF0 == 0x30, f"got packet {kind:#x} instead of a message"
        message = Message(kind, body)
        if ack and message.mid:
            self.ack(message.mid)
        return message

    def ack(self, mid: int) -> None:
        self.send(0x40, struct.pack("!H", mid))

    def quiet(self) -> bool:
        """Tell whether everything that was sent is answered and nothing else came."""
        self.send(0xC0, b"")
        return self.read()[0] == 0xD0

    def closed(self, seconds: float = 30) -> bool:
        """Tell whether the broker closes this connection in time."""
        try:
            return self.read(seconds)[0] == 0
        except TimeoutError:
            return False

    def leave(self) -> None:
        self.send(0xE0, b"")
        self.sock.close()

    def vanish(self) -> None:
        """End the connection as a dead node does: with a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.sock.close()


class Message:
    def __init__(self, head: int, body: bytes) -> None:
        size = 2 + struct.unpack("!H", body[:2])[0]
        self.topic, self.qos = body[2:size].decode(), head >> 1 & 3
        self.retain, self.dup = bool(head & 1), bool(head & 8)
        self.mid = struct.unpack("!H", body[size : size + 2])[0] if self.qos else 0
        self.words = body[size + (2 if self.qos else 0) :].decode(errors="replace")
