"""A network that fails on purpose: a TCP proxy in a thread, with one fault at a time."""

import random
import selectors
import socket
import struct
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

FAULTS = ("none", "refuse", "reset-later", "silent", "swallow-answers", "slow", "cut-answers")


class FaultyNetwork:
    """Forwards to a port; `fault` is read for every new connection."""

    def __init__(self, target: int, chance: random.Random) -> None:
        self._target, self._chance = target, chance
        self.fault = "none"
        self._listener = socket.create_server(("127.0.0.1", 0))
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
            with suppress(TimeoutError, ConnectionError):
                client, _ = self._listener.accept()
                self._serve(client, self.fault)

    def _serve(self, client: socket.socket, fault: str) -> None:
        """One connection at a time: a node has no more."""
        if fault == "refuse":
            _reset(client)
            return
        with (
            socket.create_connection(("127.0.0.1", self._target)) as server,
            client,
            selectors.DefaultSelector() as selector,
        ):
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            self._forward(selector, client, fault)

    def _forward(self, selector: selectors.BaseSelector, client: socket.socket, fault: str) -> None:
        answers = (
            self._chance.randint(1, 60) if fault in ("swallow-answers", "cut-answers") else None
        )
        words = self._chance.randint(20, 400) if fault == "reset-later" else None
        while not self._stopping.is_set():
            for key, _ in selector.select(0.05):
                source = key.fileobj
                assert isinstance(source, socket.socket)
                try:
                    data = source.recv(4096)
                except ConnectionError:
                    return
                if not data:
                    return
                if fault == "silent":
                    continue
                if fault == "slow":
                    self._stopping.wait(0.05)
                if source is client and words is not None:
                    words -= len(data)
                    if words < 0:
                        _reset(client)
                        return
                if source is not client and answers is not None:
                    data, answers = data[:answers], max(0, answers - len(data))
                    if fault == "cut-answers" and not answers:
                        return
                with suppress(OSError):
                    key.data.sendall(data)


def _reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
