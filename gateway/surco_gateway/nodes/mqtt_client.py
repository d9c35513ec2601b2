"""paho's client, reading and acknowledging many messages at a time.

paho asks the socket four times for every packet and waits for it anew after each. It builds a message
with a lock and a search for its callback. Under load that is most of its time. Here:

* the socket reads ahead into a buffer (over TLS it does so by itself and stays as it is)
* a message of QoS 1 goes straight to `on_publish_1`
* the acknowledgements of a batch leave as one write

Private names of paho are used: `_create_socket`, `_handle_publish`, `_in_packet` and `_packet_queue`
(and, in `listen.py`, a message's `_topic`).
`tests/gateway/nodes/test_mqtt_client.py` notices when a release changes them, and `pyproject.toml` has an
upper bound for it.
"""

import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTErrorCode

BUFFER = 65_536
AT_ONCE = 200  # packets between two looks at what wants to be written
PUBACK = 0x40


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

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class MqttClient(mqtt.Client):
    """A paho client whose acknowledgements are ours to give (`manual_ack`)."""

    heard_at = float("-inf")  # when there was last something to read, by time.monotonic

    on_publish_1: "Callable[[MqttClient, int, bytes, bytes], None] | None" = None
    """Takes client, packet identifier, topic and payload of a fresh message of QoS 1 over MQTT 3.1.1
    instead of `on_message`; must not raise. Everything else still comes to `on_message`."""

    def _handle_publish(self) -> MQTTErrorCode:
        found: dict[str, Any] = self._in_packet  # type: ignore[assignment]
        # MQTT 3.1.1 section 3.3: QoS 1, not retained; sent a first time or again
        if (
            self.on_publish_1 is None
            or found["command"] & 0b0111 != 0b0010
            or self.protocol == mqtt.MQTTv5
        ):
            return super()._handle_publish()  # type: ignore[no-untyped-call]
        packet = bytes(found["packet"])
        end = 2 + int.from_bytes(packet[:2], "big")
        if len(packet) < end + 2:
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        number = int.from_bytes(packet[end : end + 2], "big")
        self.on_publish_1(self, number, packet[2:end], packet[end + 2 :])
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _create_socket(self) -> Any:
        sock: Any = super()._create_socket()  # type: ignore[no-untyped-call]  # paho: untyped
        # else a node waits for the broker's delayed TCP acknowledgement before it hears ours (40 ms)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return BufferedSocket(sock) if type(sock) is socket.socket else sock

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Read a packet, and those that came along with it."""
        self.heard_at = time.monotonic()
        for _ in range(AT_ONCE):
            outcome = super().loop_read(max_packets)
            sock = self.socket()
            if outcome or not isinstance(sock, BufferedSocket) or not sock.pending():
                return outcome
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def acknowledge(self, numbers: Iterable[int]) -> None:
        """Confirm messages of QoS 1 in one write (MQTT 3.1.1 and 5, section 3.4: four bytes each)."""
        packets = b"".join(b"\x40\x02" + number.to_bytes(2, "big") for number in numbers)
        if packets:
            self._packet_queue(PUBACK, packets, 0, 0)
