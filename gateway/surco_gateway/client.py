"""paho's client, reading and acknowledging many messages at a time.

paho asks the socket four times for every packet, waits for it anew after each, and builds a message
with a lock and a search for its callback; under load that is most of its time. Here the socket reads
ahead, whole messages of QoS 1 that lie in its buffer go straight to `on_publish_1`, and the
acknowledgements of a batch leave as one. Everything else is paho's, and so is every message over TLS
or MQTT 5 and the one at the edge of the buffer: those come to `on_message`.

Private names of paho are used: `_create_socket`, `_sock`, `_in_packet` and `_packet_queue`.
`tests/gateway/test_client.py` notices when a release changes them.
"""

import socket
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTErrorCode

BUFFER = 65_536
AT_ONCE = 4  # packets of paho's between two looks at what wants to be written
PUBACK = 0x40
QOS_1, BUT_DUP = 0x32, 0xF7  # a PUBLISH of QoS 1, not retained, sent the first time or again


class Publish(NamedTuple):
    """A message of QoS 1 (MQTT 3.1.1, section 3.3)."""

    number: int  # the packet identifier
    topic: bytes
    payload: bytes


class BufferedSocket:
    """A socket that reads ahead. `pending` tells paho not to wait for what is here already."""

    def __init__(self, inner: socket.socket) -> None:
        self._inner = inner
        self._buffer: bytes = b""
        self._place = 0

    def recv(self, size: int) -> bytes:
        """Return up to `size` bytes; b"" at the end. Raises what the socket raises."""
        if self._place == len(self._buffer):
            self._buffer, self._place = self._inner.recv(BUFFER), 0
        start = self._place
        found = self._buffer[start : start + size]
        self._place = start + len(found)
        return found

    def pending(self) -> int:
        """Return how many bytes can be read without asking the system."""
        return len(self._buffer) - self._place

    def publishes(self) -> list[Publish]:
        """Take the whole messages of QoS 1 that come next; stop before anything else."""
        buffer, place, end = self._buffer, self._place, len(self._buffer)
        found: list[Publish] = []
        while end - place > 4 and buffer[place] & BUT_DUP == QOS_1:
            length, body = buffer[place + 1], place + 2
            if length & 0x80:  # two digits; what is longer is paho's
                length, body = (length & 0x7F) | buffer[place + 2] << 7, place + 3
            number = body + 2 + (buffer[body] << 8 | buffer[body + 1])
            after = body + length
            if after > end or number + 2 > after or (length >= 1 << 7 and buffer[body - 1] & 0x80):
                break
            found.append(
                Publish(
                    buffer[number] << 8 | buffer[number + 1],
                    buffer[body + 2 : number],
                    buffer[number + 2 : after],
                )
            )
            place = after
        self._place = place
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class Client(mqtt.Client):
    """A paho client whose acknowledgements are ours to give (`manual_ack`)."""

    on_publish_1: "Callable[[Client, Publish], None] | None" = None
    """Takes most messages of QoS 1 instead of `on_message`, in their order; must not raise."""

    def _create_socket(self) -> Any:
        sock: Any = super()._create_socket()
        return BufferedSocket(sock) if type(sock) is socket.socket else sock

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Read a packet, and those that came along with it."""
        for _ in range(AT_ONCE):
            outcome = super().loop_read(max_packets)
            sock = self._sock
            if outcome or not isinstance(sock, BufferedSocket):
                return outcome
            self._hand_over(sock)
            if not sock.pending():
                return outcome
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _hand_over(self, sock: BufferedSocket) -> None:
        inside = self._in_packet["command"]  # paho is in the middle of a packet
        if self.on_publish_1 is None or inside or self._protocol == mqtt.MQTTv5:
            return
        for publish in sock.publishes():
            self.on_publish_1(self, publish)

    def acknowledge(self, numbers: Iterable[int]) -> None:
        """Confirm messages of QoS 1 in one write (MQTT 3.1.1 and 5, section 3.4: four bytes each)."""
        packets = b"".join([b"\x40\x02" + number.to_bytes(2, "big") for number in numbers])
        if packets:
            self._packet_queue(PUBACK, packets, 0, 0)
