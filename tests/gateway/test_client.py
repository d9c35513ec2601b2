"""The few private names of paho that our client builds upon, and what they must go on doing."""

import queue
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.enums import CallbackAPIVersion

from surco_gateway.client import BufferedSocket, Client
from tests.gateway.parts import Mosquitto, Peer


@given(st.binary(min_size=1, max_size=300), st.lists(st.integers(1, 40), min_size=1))
def test_a_buffered_socket_hands_out_the_same_bytes_in_any_portions(
    sent: bytes, sizes: list[int]
) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(sent)
        theirs.close()
        buffered, found, place = BufferedSocket(ours), b"", 0
        while piece := buffered.recv(sizes[place % len(sizes)]):
            found, place = found + piece, place + 1
            assert buffered.pending() == len(sent) - len(found)
    assert found == sent


MESSAGES = st.tuples(
    st.sampled_from([0x30, 0x31, 0x32, 0x33, 0x3A, 0x34, 0x40, 0xD0]),
    st.binary(max_size=40),
    st.integers(0, 65_535),
    st.sampled_from([0, 1, 80, 90, 127, 128, 200, 1400, 16_200, 16_400]),
)


@given(st.lists(MESSAGES, max_size=6), st.integers(0, 300))
def test_what_is_taken_whole_and_what_is_left_to_paho_make_up_everything(
    sent: list[tuple[int, bytes, int, int]], cut: int
) -> None:
    written = [written_as(*message) for message in sent]
    whole = b"".join(written)
    stream = whole[: max(1, len(whole) - cut)] or b"\0"
    buffered = BufferedSocket(Stream(stream))  # type: ignore[arg-type]
    assert buffered.recv(0) == b""
    found = buffered.publishes()
    first, *_ = [*(i for i, m in enumerate(sent) if m[0] not in (0x32, 0x3A)), len(sent)]
    for publish, (_, topic, number, size) in zip(found, sent[:first], strict=False):
        assert publish == (number, topic, b"x" * size)
    assert len(found) <= first
    taken = b"".join(written[: len(found)])
    left = b"".join(iter(lambda: buffered.recv(999) if buffered.pending() else b"", b""))
    assert taken + left == stream
    if len(found) < first and len(left) >= len(written[len(found)]):
        assert len(written[len(found)]) > 16_383, "only what has a longer length is left whole"


@given(st.binary(min_size=1, max_size=60).map(lambda tail: b"\x32" + tail))
def test_no_bytes_make_it_stumble(stream: bytes) -> None:
    buffered = BufferedSocket(Stream(stream))  # type: ignore[arg-type]
    buffered.recv(0)
    found = buffered.publishes()
    spent = sum(4 + len(publish.topic) + len(publish.payload) for publish in found)
    assert spent + buffered.pending() <= len(stream)


class Stream:
    """A socket whose bytes are all there."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def recv(self, size: int) -> bytes:
        return self.content


def written_as(command: int, topic: bytes, number: int, size: int) -> bytes:
    body = struct.pack("!H", len(topic)) + topic + struct.pack("!H", number) + b"x" * size
    length, head = len(body), bytearray((command,))
    while True:
        length, digit = divmod(length, 128)
        head.append(digit | (128 if length else 0))
        if not length:
            return bytes(head) + body


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "mosquitto", persistence=False) as broker:
        yield broker


@pytest.mark.mosquitto
@pytest.mark.parametrize("protocol", [mqtt.MQTTv311, mqtt.MQTTv5])
def test_it_hears_every_size_over_both_versions(broker: Mosquitto, protocol: int) -> None:
    client, heard = a_client(protocol)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    try:
        assert heard.get(timeout=10) == "subscribed"
        assert isinstance(client.socket(), BufferedSocket)
        sent = [b"%d:" % size + b"x" * size for size in (0, 100, 110, 120, 1400, 20_000)] * 10
        with Peer(broker.port) as node:
            for payload in sent:
                node.publish("surco/v1/n01/data", payload)
            found = [heard.get(timeout=10) for _ in sent]
        assert [payload for _, _, payload in found] == sent
        assert {topic for _, topic, _ in found} == {"surco/v1/n01/data"}
    finally:
        client.disconnect()
        client.loop_stop()


def a_client(protocol: int) -> tuple[Client, "queue.SimpleQueue[Any]"]:
    heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
    client = Client(
        CallbackAPIVersion.VERSION2, client_id="gateway-1", protocol=protocol, manual_ack=True
    )
    client.on_publish_1 = lambda _, found: heard.put(
        (found.number, found.topic.decode(), found.payload)
    )
    client.on_message = lambda _, __, found: heard.put((found.mid, found.topic, found.payload))
    client.on_connect = lambda *_: client.subscribe("surco/v1/+/data", 1)
    client.on_subscribe = lambda *_: heard.put("subscribed")
    return client, heard
