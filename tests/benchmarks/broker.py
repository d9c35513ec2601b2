"""Our small broker: every QoS 1 message delivered, under load and across kill -9, and how fast.

Publishers send again what was not confirmed (PUBACK) when the broker died; a confirmed message must
reach the persistent subscriber. Messages are counted by their content, so a repeat counts once.
"""

import socket
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from surco_gateway.broker.packets import PUBACK, PUBLISH, Stream
from tests.benchmarks.load import SUBSCRIBE, connect, packet, publish, text
from tests.benchmarks.report import Figure
from tests.gateway.broker.client import SmallBroker, Users

PUBLISHERS = tuple(f"n-{number:03d}" for number in range(8))
WINDOW = 500  # unconfirmed messages of one publisher
PATIENCE_S = 60.0


class Publisher(threading.Thread):
    """Sends numbers, and sends again what was not confirmed when the connection broke."""

    def __init__(self, name: str, port: int, numbers: range) -> None:
        super().__init__(daemon=True)
        self.user, self.port = name, port
        self.waiting = dict.fromkeys(numbers)
        self.confirmed: set[int] = set()

    def run(self) -> None:
        end = time.monotonic() + PATIENCE_S
        while self.waiting and time.monotonic() < end:
            try:
                self._visit()
            except OSError:
                time.sleep(0.05)

    def _visit(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as sock:
            sock.sendall(connect(self.user, self.user, f"pw-{self.user}"))
            assert sock.recv(4)[3] == 0
            stream, topic, sent = Stream(65_536), f"surco/v1/{self.user}/data", dict[int, int]()
            left = iter(list(self.waiting))
            while self.waiting:
                batch = []
                while len(sent) < WINDOW and (number := next(left, None)) is not None:
                    mid = number % 65_000 + 1
                    sent[mid] = number
                    batch.append(publish(topic, mid, b"%d" % number))
                sock.sendall(b"".join(batch))
                data = sock.recv(65_536)
                if not data:
                    raise ConnectionResetError
                for head, body in stream.feed(data):
                    if head >> 4 == PUBACK:
                        number = sent.pop(body[0] << 8 | body[1])
                        self.confirmed.add(number)
                        del self.waiting[number]


class Subscriber(threading.Thread):
    """A gateway with a persistent session; comes back when the broker does."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.found: set[bytes] = set()
        self.ready, self.stopping = threading.Event(), threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                self._visit()
            except OSError:
                time.sleep(0.05)

    def _visit(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port), timeout=0.5) as sock:
            sock.sendall(connect("gateway-1", "gateway", "pw-gateway", clean=False))
            wanted = text("surco/v1/+/data") + b"\1"
            sock.sendall(packet(SUBSCRIBE, b"\0\1" + wanted))
            stream = Stream(65_536)
            while not self.stopping.is_set():
                try:
                    data = sock.recv(262_144)
                except TimeoutError:
                    continue
                if not data:
                    raise ConnectionResetError
                acks = bytearray()
                for head, body in stream.feed(data):
                    if head >> 4 == PUBLISH:
                        size = 2 + (body[0] << 8 | body[1])
                        self.found.add(body[:size] + body[size + 2 :])
                        acks += b"\x40\x02" + body[size : size + 2]
                self.ready.set()
                sock.sendall(acks)


def deliver(messages: int, kills: int) -> dict[str, Any]:
    """Send messages through a broker that is killed so often; return what arrived."""
    each = messages // len(PUBLISHERS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with SmallBroker(folder / "broker", Users(folder, *PUBLISHERS)) as broker:
            subscriber = Subscriber(broker.port)
            subscriber.start()
            assert subscriber.ready.wait(5)
            publishers = [Publisher(user, broker.port, range(each)) for user in PUBLISHERS]
            began = time.perf_counter()
            for publisher in publishers:
                publisher.start()
            for _ in range(kills):
                time.sleep(0.25)
                broker.kill()
                broker.start()
            for publisher in publishers:
                publisher.join(PATIENCE_S)
            end = time.monotonic() + PATIENCE_S
            while len(subscriber.found) < each * len(PUBLISHERS) and time.monotonic() < end:
                time.sleep(0.01)
            seconds = time.perf_counter() - began
            subscriber.stopping.set()
            subscriber.join(5)
    confirmed = sum(len(publisher.confirmed) for publisher in publishers)
    return {
        "messages": each * len(PUBLISHERS), "confirmed": confirmed, "kills": kills,
        "delivered": len(subscriber.found), "seconds": round(seconds, 3),
        "messages_per_s": round(len(subscriber.found) / seconds),
    }  # fmt: skip


def run(messages: int = 60_000) -> tuple[list[Figure], dict[str, Any]]:
    """Return the figures of a run without, and one with five kills."""
    calm, stormy = deliver(messages, kills=0), deliver(messages, kills=5)
    figures = [
        Figure.least(f"broker: delivered of {calm['messages']}", calm["delivered"], "msg", calm["messages"]),
        Figure.least("broker: rate, QoS 1, on disk before PUBACK", calm["messages_per_s"], "msg/s", 5000),
        Figure.least(
            f"broker: delivered of {stormy['messages']} across 5 × kill -9",
            stormy["delivered"], "msg", stormy["messages"],
        ),
    ]  # fmt: skip
    return figures, {"calm": calm, "stormy": stormy}


if __name__ == "__main__":
    print(run())
