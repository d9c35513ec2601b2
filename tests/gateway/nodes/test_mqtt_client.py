"""The few private names of paho that our client builds upon, and what they must go on doing."""

import ast
import inspect
import queue
import re
import socket
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.enums import CallbackAPIVersion

from surco_gateway.nodes.mqtt_client import BufferedSocket, MqttClient
from tests.gateway.parts import Mosquitto, Peer

ROOT = Path(__file__).parents[3]
BUILT_UPON = {  # paho's methods that ours override or call → their parameters
    "_create_socket": ["self"],
    "_handle_publish": ["self"],
    "_packet_queue": ["self", "command", "packet", "mid", "qos", "info"],
    "loop_read": ["self", "max_packets"],
}


@pytest.mark.parametrize("name", BUILT_UPON)
def test_paho_still_has_what_our_client_is_built_upon(name: str) -> None:
    """A release that changes one of these must fail here, and not in a garden."""
    theirs = inspect.signature(getattr(mqtt.Client, name)).parameters
    assert list(theirs)[: len(BUILT_UPON[name])] == BUILT_UPON[name]
    assert all(p.default is not p.empty for p in list(theirs.values())[len(BUILT_UPON[name]) :])
    if name in vars(MqttClient):
        ours = inspect.signature(getattr(MqttClient, name)).parameters
        assert list(ours) == list(theirs)


def test_every_private_name_that_our_client_uses_is_one_of_these() -> None:
    (code,) = ast.parse(inspect.getsource(MqttClient)).body
    used = {node.attr for node in ast.walk(code) if isinstance(node, ast.Attribute)}
    used |= {node.name for node in ast.walk(code) if isinstance(node, ast.FunctionDef)}
    private = {name for name in used if name.startswith("_")}
    assert private == {"_in_packet", *(name for name in BUILT_UPON if name.startswith("_"))}


def test_what_paho_keeps_of_a_packet_and_of_a_message_is_what_we_read() -> None:
    client, _ = a_client(mqtt.MQTTv311)
    found = client._in_packet
    assert (found["command"], type(found["packet"])) == (0, bytearray)
    assert mqtt.MQTTMessage(1, b"\xff")._topic == b"\xff", "`topic` raises on what is not UTF-8"


def test_pahos_loop_asks_our_socket_what_is_pending_and_for_no_more_than_a_socket_has() -> None:
    client, _ = a_client(mqtt.MQTTv311)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        client._sock = BufferedSocket(ours)  # type: ignore[assignment]
        theirs.sendall(b"\xd0\0" * 3)  # PINGRESP
        assert client.loop_read() == mqtt.MQTT_ERR_SUCCESS
        assert client.socket().pending() == 0, "what came along was read too"
        assert "self._sock.pending()" in inspect.getsource(mqtt.Client._loop)
        client._sock = None


def test_the_bound_in_pyproject_ends_with_the_release_that_is_tested_here() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    (bound,) = [found for found in extras["gateway"] if found.startswith("paho-mqtt")]
    low, high = re.fullmatch(r"paho-mqtt>=(\d+\.\d+),<(\d+\.\d+)", bound).groups()  # type: ignore[union-attr]
    here = tuple(map(int, version("paho-mqtt").split(".")[:2]))
    assert tuple(map(int, low.split("."))) <= here < tuple(map(int, high.split(".")))


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


def test_a_packet_cut_short_closes_the_connection_and_raises_nothing() -> None:
    client, heard = a_client(mqtt.MQTTv311)
    for packet in (b"\0", b"\0\5ab", b"\0\2ab\0"):
        client._in_packet = {"command": 0x32, "packet": bytearray(packet)}  # type: ignore[assignment]
        assert client._handle_publish() == mqtt.MQTT_ERR_PROTOCOL
    assert heard.empty()


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
        assert heard.get(timeout=30) == "subscribed"
        sock = client.socket()
        assert isinstance(sock, BufferedSocket)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), "an ack must not wait"
        sent = [b"%d:" % size + b"x" * size for size in (0, 100, 110, 120, 1400, 20_000)] * 10
        with Peer(broker.port) as node:
            for payload in sent:
                node.publish("surco/v1/n01/data", payload)
            found = [heard.get(timeout=30) for _ in sent]
        assert [payload for _, _, payload in found] == sent
        assert {topic for _, topic, _ in found} == {"surco/v1/n01/data"}
    finally:
        client.disconnect()
        client.loop_stop()


def a_client(protocol: int) -> tuple[MqttClient, "queue.SimpleQueue[Any]"]:
    heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
    client = MqttClient(
        CallbackAPIVersion.VERSION2, client_id="gateway-1", protocol=protocol, manual_ack=True
    )
    client.on_publish_1 = lambda _, number, topic, payload: heard.put(
        (number, topic.decode(), payload)
    )
    client.on_message = lambda _, __, found: heard.put((found.mid, found.topic, found.payload))
    client.on_connect = lambda *_: client.subscribe("surco/v1/+/data", 1)
    client.on_subscribe = lambda *_: heard.put("subscribed")
    return client, heard
