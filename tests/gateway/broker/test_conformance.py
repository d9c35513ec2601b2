"""One suite over the small broker and the real Mosquitto, both configured by Surco.

Where the two may differ, the test says which answers are allowed.
"""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic

import pytest

from surco_contract import topics
from tests.gateway.broker.client import Client, Mosquitto, SmallBroker, Users, text
from tests.servers import wait_until

DATA, STATUS, ACK = "surco/v1/n-001/data", "surco/v1/n-001/status", "surco/v1/n-001/ack"
ALL_DATA = "surco/v1/+/data"


@pytest.fixture(params=["small", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallBroker]:
    kind = SmallBroker if request.param == "small" else Mosquitto
    with kind(tmp_path / "broker", Users(tmp_path)) as broker:
        yield broker


@pytest.fixture
def is_ours(request: pytest.FixtureRequest) -> bool:
    return "small" in request.node.callspec.id


def gateway(broker: SmallBroker) -> Client:
    client = Client(broker.port, "gateway", client="gateway-1", clean=False)
    if not client.present:
        client.subscribe(ALL_DATA)
    return client


# ---------------------------------------------------------------- who may enter


@pytest.mark.parametrize(
    ("user", "password"), [("n-001", "wrong"), ("n-001", ""), ("stranger", "pw-stranger")]
)
def test_a_wrong_secret_is_refused(broker: SmallBroker, user: str, password: str) -> None:
    with Client(broker.port, user, password=password) as client:
        assert client.code == 5


def test_a_stranger_cannot_disturb_the_gateways_session(broker: SmallBroker) -> None:
    with gateway(broker) as listener:
        with Client(broker.port, "n-001", client="gateway-1", password="wrong") as stranger:
            assert stranger.code == 5
        assert listener.quiet()


def test_a_node_cannot_take_the_gateways_session(broker: SmallBroker, is_ours: bool) -> None:
    with gateway(broker) as listener, Client(broker.port, "n-001", client="gateway-1") as thief:
        assert thief.code == (5 if is_ours else 0)  # Mosquitto calls it n-001, whatever it says
        with Client(broker.port, "n-002") as node:
            node.publish("surco/v1/n-002/data", "for the gateway")
        message = listener.message()
        assert message is not None
        assert message.words == "for the gateway"


def test_mqtt_5_is_answered_politely_or_spoken(broker: SmallBroker, is_ours: bool) -> None:
    with Client(broker.port, None) as client:
        head = text("MQTT") + bytes((5, 0xC2)) + struct.pack("!H", 60) + b"\0"
        client.send(0x10, head + text("n-001") + text("n-001") + text("pw-n-001"))
        _, body = client.read()
        assert body[1] == (1 if is_ours else 0)


def test_who_was_removed_is_kept_out_after_a_reload(broker: SmallBroker, is_ours: bool) -> None:
    with Client(broker.port, "n-001") as client:
        assert client.code == 0
        broker.users.write("gateway", "n-002", "n-009")
        broker.reload()
        if is_ours:
            assert client.closed()

    def refused() -> bool:
        with Client(broker.port, "n-001") as again:
            return again.code == 5

    wait_until(refused, "the removed node is refused")
    with Client(broker.port, "n-009") as new:
        assert new.code == 0


# ---------------------------------------------------------------- who may say and hear what


@pytest.mark.parametrize("pattern", ["surco/v1/n-002/cfg", "#", "surco/v1/#", "surco/v1/+/data"])
def test_a_node_hears_nothing_that_is_not_its_own(broker: SmallBroker, pattern: str) -> None:
    with (
        Client(broker.port, "n-001") as nosy,
        Client(broker.port, "gateway", client="gateway-1") as gw,
    ):
        nosy.subscribe(pattern)  # granted or refused: what counts is what arrives
        gw.publish("surco/v1/n-002/cfg", "secret", retain=True)
        assert nosy.quiet()
        nosy.subscribe(pattern)
        assert nosy.quiet()


@pytest.mark.parametrize(
    "topic", ["surco/v1/n-002/data", "surco/v1/n-001/ack", "surco/v1/bed/x/advice", "elsewhere"]
)
def test_what_a_node_may_not_say_reaches_nobody(broker: SmallBroker, topic: str) -> None:
    with (
        Client(broker.port, "gateway", client="gateway-1") as gw,
        Client(broker.port, "n-001") as node,
    ):
        gw.subscribe("surco/v1/#")
        node.publish(topic, "a lie")  # MQTT 3.1.1 has no way to say no: it is confirmed and dropped
        node.publish(DATA, "the truth", mid=2)
        message = gw.message()
        assert message is not None
        assert (message.topic, message.words) == (DATA, "the truth")


def test_a_will_cannot_command_another_node(broker: SmallBroker) -> None:
    with Client(broker.port, "n-002") as victim:
        victim.subscribe("surco/v1/n-002/cfg")
        wicked = Client(broker.port, "n-001", will=("surco/v1/n-002/cfg", "do this", False))
        wicked.vanish()
        assert victim.message(seconds=0.5) is None


def test_a_stranger_to_a_topic_gets_no_retained_message(broker: SmallBroker) -> None:
    with Client(broker.port, "n-002") as node:
        node.publish("surco/v1/n-002/status", "asleep", retain=True)
    with Client(broker.port, "n-001") as other:
        assert other.quiet()


def test_any_node_may_hear_the_advice_for_a_bed(broker: SmallBroker) -> None:
    with Client(broker.port, "gateway", client="gateway-1") as gw:
        gw.publish("surco/v1/bed/cama-3/advice", "water", retain=True)
    with Client(broker.port, "n-001") as lamp:
        assert lamp.subscribe("surco/v1/bed/cama-3/advice") == 1
        message = lamp.message()
        assert message is not None
        assert (message.words, message.retain) == ("water", True)


# ---------------------------------------------------------------- nothing is lost


def test_messages_wait_for_a_gateway_that_is_away(broker: SmallBroker) -> None:
    gateway(broker).leave()
    with Client(broker.port, "n-001") as node:
        for mid in range(1, 6):
            node.publish(DATA, f"row {mid}", mid=mid)
    with gateway(broker) as listener:
        assert listener.present
        messages = [listener.message() for _ in range(5)]
    assert [m.words for m in messages if m] == [f"row {mid}" for mid in range(1, 6)]
    assert not any(m.retain for m in messages if m)


def test_a_claim_for_a_gateway_that_is_away_is_on_no_disk(broker: SmallBroker) -> None:
    """It carries the node's new password and key; what waits for a gateway is written down."""
    with Client(broker.port, "gateway", client="gateway-1", clean=False) as client:
        for pattern, qos in topics.subscriptions():
            client.subscribe(pattern, qos)
        client.vanish()
    with Client(broker.port, "n-001") as node:
        node.publish("surco/v1/n-001/claim", b"a secret")
        node.publish(DATA, b"a reading")
    broker.stop()
    written = b"".join(file.read_bytes() for file in broker.folder.rglob("*") if file.is_file())
    assert b"a reading" in written
    assert b"a secret" not in written


def test_what_was_not_confirmed_comes_again_and_says_so(broker: SmallBroker) -> None:
    listener = gateway(broker)
    with Client(broker.port, "n-001") as node:
        for mid in (1, 2, 3):
            node.publish(DATA, f"row {mid}", mid=mid)
    first = [listener.message(ack=False) for _ in range(3)]
    listener.ack(first[1].mid)  # type: ignore[union-attr]
    assert listener.quiet()
    listener.vanish()
    with gateway(broker) as again:
        messages = [again.message(), again.message()]
        assert [(m.words, m.dup) for m in messages if m] == [("row 1", True), ("row 3", True)]
        assert again.quiet()


def test_a_confirmation_that_comes_late_still_counts(broker: SmallBroker) -> None:
    with gateway(broker) as listener, Client(broker.port, "n-001") as node:
        node.publish(DATA, "row")
        message = listener.message(ack=False)
        assert message is not None
        assert listener.quiet()
        listener.ack(message.mid)
        assert listener.quiet()


def test_sessions_queues_and_retained_messages_outlive_kill_9(
    broker: SmallBroker, is_ours: bool
) -> None:
    gateway(broker).leave()
    with Client(broker.port, "n-001") as node:
        for mid in range(1, 51):
            node.publish(DATA, f"row {mid}", mid=mid)
        node.publish(STATUS, "asleep", mid=60, retain=True)
    if not is_ours:  # Mosquitto confirms first and saves a moment later
        saved = broker.folder / "data" / "mosquitto.db"
        wait_until(lambda: _holds(saved, b"row 50", b"asleep"), "Mosquitto has saved it")
    broker.kill()
    broker.start()
    with gateway(broker) as listener:
        assert listener.present
        words = [m.words for _ in range(50) if (m := listener.message())]
        assert words == [f"row {mid}" for mid in range(1, 51)]
        listener.subscribe("surco/v1/+/status")
        kept = listener.message()
        assert kept is not None
        assert kept.words == "asleep"


def test_what_waits_for_a_gateway_outlives_a_broker_that_is_stopped(broker: SmallBroker) -> None:
    """An hour's outage of a garden: 600 messages."""
    gateway(broker).leave()
    with Client(broker.port, "n-001") as node:
        for mid in range(1, 601):
            node.publish(DATA, f"row {mid}", mid=mid)
    broker.stop()
    broker.start()
    with gateway(broker) as listener:
        assert listener.present
        words = [m.words for _ in range(600) if (m := listener.message())]
    assert words == [f"row {mid}" for mid in range(1, 601)]


def _holds(file: Path, *words: bytes) -> bool:
    return file.exists() and all(word in file.read_bytes() for word in words)


def test_a_session_that_is_begun_anew_forgets_the_old_one(broker: SmallBroker) -> None:
    gateway(broker).leave()
    with Client(broker.port, "n-001") as node:
        node.publish(DATA, "old")
    with Client(broker.port, "gateway", client="gateway-1", clean=True) as fresh:
        assert not fresh.present
        assert fresh.quiet()


def test_an_empty_retained_message_forgets_the_kept_one(broker: SmallBroker) -> None:
    with Client(broker.port, "gateway", client="gateway-1") as gw:
        gw.publish("surco/v1/n-001/cfg", "old", retain=True)
        gw.publish("surco/v1/n-001/cfg", "", mid=2, retain=True)
    with Client(broker.port, "n-001") as node:
        node.subscribe("surco/v1/n-001/cfg")
        assert node.quiet()


# ---------------------------------------------------------------- wills and silence


def test_a_node_that_vanishes_leaves_its_will_and_one_that_says_goodbye_does_not(
    broker: SmallBroker,
) -> None:
    with Client(broker.port, "gateway", client="gateway-1") as gw:
        gw.subscribe("surco/v1/+/status")
        will = (STATUS, "lost", True)
        Client(broker.port, "n-001", will=will).leave()
        assert gw.message(seconds=0.3) is None
        Client(broker.port, "n-001", will=will).vanish()
        message = gw.message()
        assert message is not None
        assert message.words == "lost"


def test_a_silent_client_is_let_go_after_its_keepalive(broker: SmallBroker) -> None:
    with Client(broker.port, "n-001", keepalive_s=1) as silent:
        assert silent.closed(30)


def test_the_same_client_takes_its_own_place(broker: SmallBroker) -> None:
    with Client(broker.port, "n-001") as old, Client(broker.port, "n-001") as new:
        assert old.closed()
        assert new.quiet()


# ---------------------------------------------------------------- bad bytes


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x10\xff\xff\xff\xff\xff",
        b"\x30\x05\x00\x03a/b",
        b"\x10\x04\x00\x04MQ",
        b"\xff" * 300,
    ],
    ids=["http", "endless-length", "publish-first", "short-connect", "noise"],
)
def test_bad_bytes_end_that_connection_and_no_other(broker: SmallBroker, raw: bytes) -> None:
    with gateway(broker) as listener, Client(broker.port, None) as bad:
        bad.sock.sendall(raw)
        with suppress(OSError):  # the broker was faster and has closed it already
            bad.sock.shutdown(socket.SHUT_WR)
        assert bad.closed()
        with Client(broker.port, "n-001") as node:
            node.publish(DATA, "row")
        message = listener.message()
        assert message is not None
        assert message.words == "row"


def test_a_payload_that_is_too_large_goes_nowhere(broker: SmallBroker) -> None:
    with gateway(broker) as listener, Client(broker.port, "n-001") as node:
        node.send(0x32, text(DATA) + b"\0\1" + b"x" * 100_000)
        node.closed(1)  # or confirmed and dropped
        assert listener.quiet()


def test_qos_0_arrives_as_qos_0(broker: SmallBroker) -> None:
    with (
        Client(broker.port, "gateway", client="gateway-1") as gw,
        Client(broker.port, "n-001") as node,
    ):
        gw.subscribe("surco/v1/+/log")
        node.send(0x30, text("surco/v1/n-001/log") + b"hello")
        message = gw.message()
        assert message is not None
        assert (message.qos, message.words) == (0, "hello")


def test_who_unsubscribes_hears_no_more(broker: SmallBroker) -> None:
    with (
        Client(broker.port, "gateway", client="gateway-1") as gw,
        Client(broker.port, "n-001") as node,
    ):
        gw.subscribe(ALL_DATA)
        gw.send(0xA2, b"\0\x09" + text(ALL_DATA))
        assert gw.read()[0] == 0xB0
        node.publish(DATA, "row")
        assert gw.quiet()


# ---------------------------------------------------------------- one costs nobody else anything (P12)


def _answered(gateway: Client, node: Client, name: str) -> None:
    """Go once from a node to the gateway and back, as a row and its acknowledgement do."""
    started = monotonic()
    node.publish(f"surco/v1/{name}/data", "row")
    while (message := gateway.message(seconds=1)) and message.topic != f"surco/v1/{name}/data":
        pass
    assert message is not None, "the gateway hears nothing of it"
    gateway.publish(f"surco/v1/{name}/ack", "acked", mid=60_001)
    answer = node.message(seconds=1)
    assert answer is not None, "the node hears no answer"
    assert answer.words == "acked"
    assert monotonic() - started < 1.0


@contextmanager
def _garden(broker: SmallBroker) -> Iterator[tuple[Client, Client]]:
    """Give the gateway, and n-002, which has done nothing wrong."""
    with gateway(broker) as gw, Client(broker.port, "n-002") as node:
        node.subscribe("surco/v1/n-002/ack")
        _answered(gw, node, "n-002")
        yield gw, node


@pytest.mark.parametrize("clean", [True, False], ids=["clean", "persistent"])
def test_a_node_that_confirms_nothing_costs_another_no_time(
    broker: SmallBroker, clean: bool
) -> None:
    with _garden(broker) as (gw, node), Client(broker.port, "n-001", clean=clean) as hostile:
        hostile.subscribe("surco/v1/n-001/time")
        for number in range(8_000):
            body = text("surco/v1/n-001/time") + struct.pack("!H", number % 60_000 + 1)
            gw.send(0x32, body + b'{"t":1795364100}')
        confirmed = 0
        while confirmed < 8_000:
            confirmed += gw.read(2)[0] == 0x40
        _answered(gw, node, "n-002")


def test_a_node_that_reads_nothing_costs_another_no_time(broker: SmallBroker) -> None:
    with _garden(broker) as (gw, node), Client(broker.port, "n-001") as hostile:
        hostile.subscribe("surco/v1/n-001/part")
        for number in range(1_000):  # 20 MB: more than the system keeps for it
            body = text("surco/v1/n-001/part") + struct.pack("!H", number + 1)
            gw.send(0x32, body + b"x" * 20_000)
            if number % 50 == 49:
                for _ in range(50):
                    assert gw.read(2)[0] == 0x40
        _answered(gw, node, "n-002")


def test_a_node_that_floods_is_held_and_another_is_not(broker: SmallBroker, is_ours: bool) -> None:
    with _garden(broker) as (gw, node), Client(broker.port, "n-001") as hostile:
        packet = text(DATA) + b"\0\1" + b"x" * 100
        flood = (bytes((0x32, len(packet))) + packet) * 30_000
        hostile.sock.setblocking(False)
        sent, place, patience = 0, 0, monotonic() + 0.5
        while place < len(flood) and monotonic() < patience:
            with suppress(BlockingIOError):
                sent = hostile.sock.send(flood[place : place + 100_000])
                place += sent
        node.publish("surco/v1/n-002/data", "row")
        before = 0
        while (message := gw.message(seconds=2)) and message.topic != "surco/v1/n-002/data":
            before += 1
        assert message is not None
        if is_ours:  # Mosquitto queues all of it, and then drops what is more than its limit
            assert before < 3_000


def test_a_hundred_thousand_subscriptions_of_one_node_cost_another_no_time(
    broker: SmallBroker,
) -> None:
    with _garden(broker) as (gw, node), Client(broker.port, "n-001") as hostile:
        for block in range(40):
            filters = (f"surco/v1/bed/b{block}-{number}/advice" for number in range(2_000))
            hostile.send(0x82, b"\0\7" + b"".join(text(one) + b"\1" for one in filters)[:65_000])
            if not hostile.read()[0]:
                break  # it may be thrown out for it
        _answered(gw, node, "n-002")
