"""A broker and a gateway in one thread: raw MQTT 3.1.1 bytes, and acks as a test wants them."""

import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

Answer = Callable[[dict[str, Any]], list[tuple[str, bytes]]]


def ack(data: dict[str, Any]) -> list[tuple[str, bytes]]:
    """Say that all rows of a message are safe."""
    return [("ack", json.dumps({"b": data["b"], "q": data["q"], "n": len(data["d"])}).encode())]


class FakeGateway:
    """Answers PUBACK to everything, and to a data message whatever `answer` returns.

    `first` is sent right after SUBACK, as a broker sends what is retained; `parts` are files of
    firmware by SHA-256.
    """

    def __init__(
        self,
        answer: Answer = ack,
        first: tuple[tuple[str, bytes], ...] = (),
        parts: Mapping[str, bytes] | None = None,
        port: int = 0,
    ) -> None:
        self.answer, self.first, self.parts = answer, first, dict(parts or {})
        self._data: list[dict[str, Any]] = []
        self._said: list[tuple[str, dict[str, Any]]] = []
        self._idle = threading.Event()
        self._idle.set()
        self.will = b""
        self.tells_time = False
        self.goodbyes = 0
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._thread.join(10)
        self._listener.close()

    def _run(self) -> None:
        self._listener.settimeout(0.05)
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                client, _ = self._listener.accept()
                self._idle.clear()
                with client, client.makefile("rb") as stream, suppress(OSError, EOFError):
                    client.settimeout(20)
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    while self._packet(client, stream):
                        pass
                self._idle.set()

    def _packet(self, client: socket.socket, stream: Any) -> bool:
        head = stream.read(1)
        if not head or head[0] == 0xE0:
            self.goodbyes += bool(head)
            return False
        length = shift = 0
        while True:
            digit = stream.read(1)[0]
            length |= (digit & 127) << shift
            shift += 7
            if digit < 128:
                break
        body = stream.read(length)
        if head[0] == 0x10:
            self.will = body
            client.sendall(b"\x20\x02\x00\x00")
        elif head[0] == 0x82:
            client.sendall(b"\x90" + bytes([2 + 6]) + body[:2] + b"\x01" * 6)
            for kind, payload in self.first:
                self._tell(client, kind, payload)
        elif head[0] & 0xF0 == 0x30:
            self._published(client, head[0], body)
        return True

    def _published(self, client: socket.socket, head: int, body: bytes) -> None:
        size = 2 + int.from_bytes(body[:2], "big")
        self.node, kind = body[2:size].decode().split("/")[2:]
        if head & 6:
            client.sendall(b"\x40\x02" + body[size : size + 2])
            size += 2
        said = json.loads(body[size:])
        self._said.append((kind, said))
        if kind == "data":
            self._data.append(said)
            for answer, payload in self.answer(said):
                self._tell(client, answer, payload)

        elif kind == "hello" and self.tells_time:
            self._tell(client, "time", b'{"t":%d}' % int(time.time()))
        elif kind == "get" and said["sha"] in self.parts:
            data = self.parts[said["sha"]][said["at"] : said["at"] + said["n"]]
            head = said["at"].to_bytes(4, "big") + bytes.fromhex(said["sha"][:16])
            self._tell(client, "part", head + data)

    @property
    def data(self) -> list[dict[str, Any]]:
        """Return the data messages, once the node that speaks now has gone."""
        self._idle.wait(5)
        return self._data

    @property
    def said(self) -> list[tuple[str, dict[str, Any]]]:
        """Return (kind, message) of everything, once the node that speaks now has gone."""
        self._idle.wait(5)
        return self._said

    def status(self) -> dict[str, Any]:
        """Return what the node last said of itself."""
        return [said for kind, said in self.said if kind == "status"][-1]

    def _tell(self, client: socket.socket, kind: str, payload: bytes) -> None:
        topic = f"surco/v1/n-001/{kind}".encode()
        body = len(topic).to_bytes(2, "big") + topic + payload
        length, out = len(body), b"\x30"
        while True:
            digit, length = length & 127, length >> 7
            out += bytes([digit | (128 if length else 0)])
            if not length:
                break
        client.sendall(out + body)
