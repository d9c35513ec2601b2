"""What only the small broker promises, and its pure parts."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surco_contract import topics
from surco_gateway.broker import packets
from surco_gateway.broker.access import Access, may_publish, may_receive, may_subscribe
from surco_gateway.broker.packets import BadPacket, Publish, Stream, matches
from surco_gateway.broker.sessions import OF_NODE, SHARE_AWAY, Sessions
from surco_gateway.broker.store import Store
from tests.gateway.broker.client import Client, SmallBroker, Users
from tests.gateway.commits import FULL, Commits

READERS = (
    packets.read_connect,
    packets.read_subscribe,
    packets.read_unsubscribe,
    packets.read_identifier,
)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[SmallBroker]:
    with SmallBroker(tmp_path / "broker", Users(tmp_path)) as broker:
        yield broker


# ---------------------------------------------------------------- packets


@given(st.binary(max_size=200), st.integers(0, 15))
def test_any_bytes_are_a_packet_or_a_bad_packet(body: bytes, flags: int) -> None:
    for read in READERS:
        with suppress(BadPacket):
            read(body)
    with suppress(BadPacket):
        packets.read_publish(0x30 | flags, body)


@given(st.lists(st.binary(max_size=300), max_size=6), st.integers(1, 50))
def test_a_stream_is_cut_the_same_way_however_it_arrives(bodies: list[bytes], size: int) -> None:
    raw = b"".join(packets.packet(packets.PUBLISH, body) for body in bodies)
    stream, found = Stream(10_000), []
    for start in range(0, len(raw), size):
        found += [body for _, body in stream.feed(raw[start : start + size])]
    assert found == bodies


def test_a_packet_that_claims_too_much_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadPacket, match="at most 100"):
        list(Stream(100).feed(b"\x30\xff\x7f"))


@pytest.mark.parametrize(
    ("pattern", "topic", "does"),
    [
        ("a/b", "a/b", True), ("a/+", "a/b", True), ("a/+", "a/b/c", False), ("a/#", "a/b/c", True),
        ("a/#", "a", True), ("#", "a", True), ("+", "a/b", False), ("#", "$SYS/x", False),
        ("+/b", "a/b", True), ("a/b", "a", False), ("a", "a/b", False),
    ],
)  # fmt: skip
def test_filters_match_as_the_standard_says(pattern: str, topic: str, does: bool) -> None:
    assert matches(pattern, topic) is does


@pytest.mark.parametrize("pattern", ["", "a#", "a/#/b", "a+/b", "#/a"])
def test_a_filter_that_is_none_is_refused(pattern: str) -> None:
    body = b"\0\1" + len(pattern).to_bytes(2, "big") + pattern.encode() + b"\1"
    with pytest.raises(BadPacket):
        packets.read_subscribe(body)


@given(st.text("abc/+#n-01", max_size=12), st.text("abc/n-01", min_size=1, max_size=12))
def test_a_granted_filter_never_opens_what_may_not_be_received(pattern: str, topic: str) -> None:
    pattern, topic = f"surco/v1/{pattern}", f"surco/v1/{topic}"
    if may_subscribe("n-1", pattern) and matches(pattern, topic) and may_receive("n-1", topic):
        assert topic.startswith(("surco/v1/n-1/", "surco/v1/bed/"))
    if may_publish("n-1", topic):
        assert topic.startswith("surco/v1/n-1/")


@pytest.mark.parametrize(
    ("user", "client", "may"),
    [
        ("n-001", "n-001", True), ("n-001", "n-0012", False), ("n-001", "n-002", False),
        ("n-001", "n-00", False), ("n-001", "", False), ("n-001", "gateway-1", False),
        ("gateway", "gateway-1", True), ("gateway", "n-001", False),
    ],
)  # fmt: skip
def test_nobody_takes_the_session_of_another(
    tmp_path: Path, user: str, client: str, may: bool
) -> None:
    access = Access(Users(tmp_path).file)
    assert access.may_connect(client, user, f"pw-{user}".encode()) is may
    assert not access.may_connect(client, user, b"another password")


# ---------------------------------------------------------------- the store


def test_a_broken_database_is_moved_aside_and_the_broker_starts(tmp_path: Path) -> None:
    file = tmp_path / "broker.db"
    file.write_bytes(b"this is no database" * 100)
    store = Store(file)
    assert list(store.sessions()) == []
    store.close()
    assert [f.name for f in tmp_path.iterdir() if "broken" in f.name]


def test_an_order_that_was_replaced_is_on_no_disk(tmp_path: Path) -> None:
    """It held the password of a network; the node has it, nobody else needs it any more."""
    store = Store(tmp_path / "broker.db")
    store.retain("surco/v1/n-001/cfg", b'{"networks":"WIFI-SECRET-123"}', 1)
    store.commit()
    assert _written(tmp_path).count(b"WIFI-SECRET") >= 1
    store.retain("surco/v1/n-001/cfg", b'{"rev":1}', 1)
    store.commit()
    assert b"WIFI-SECRET" not in _written(tmp_path)
    store.close()


def _written(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def test_what_was_not_committed_is_gone_and_what_was_is_there(tmp_path: Path) -> None:
    store = Store(tmp_path / "broker.db")
    store.save_session("gateway-1", "gateway")
    kept = store.owe("gateway-1", "a", b"1", retain=False)
    store.commit()
    store.owe("gateway-1", "a", b"2", retain=False)
    after_a_power_cut = Store(tmp_path / "broker.db")
    ((_, _, _, owed),) = after_a_power_cut.sessions()
    assert owed == [kept]
    after_a_power_cut.close()
    store.close()


class Door:
    """An outlet of no socket, as full as a test wants it."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.full = False
        self.gone: list[str] = []
        self.left = lambda: None

    def send(self, packet: bytes) -> None:
        self.packets.append(packet)

    def let_go(self, why: str) -> None:
        self.gone.append(why)
        self.left()


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    store = Store(tmp_path / "broker.db")
    yield Sessions(store)
    store.close()


def _said(node: str, words: bytes) -> Publish:
    return Publish(f"surco/v1/{node}/data", words, 1, False, 1)


def test_a_client_that_is_away_too_long_loses_the_oldest_and_the_log_says_so(
    sessions: Sessions, caplog: pytest.LogCaptureFixture
) -> None:
    session, _ = sessions.open("gateway-1", "gateway", clean=False, outlet=Door())
    sessions.subscribe(session, [("surco/v1/#", 1)])
    sessions.leave(session, None)
    session.bounds = session.bounds._replace(away=3 * 120)
    for number in range(5):
        sessions.publish("n-1", _said("n-1", b"%d" % number))
    assert [owed.payload for owed in session.queue] == [b"2", b"3", b"4"]
    assert sessions.dropped == {"gateway-1": 2}
    assert [r.getMessage() for r in caplog.records] == [
        "dropped client=gateway-1 count=1: it is away too long"
    ]


def test_what_one_node_sends_an_absent_gateway_drives_out_nothing_of_another(
    sessions: Sessions, caplog: pytest.LogCaptureFixture
) -> None:
    """P12."""
    session, _ = sessions.open("gateway-1", "gateway", clean=False, outlet=Door())
    sessions.subscribe(session, [("surco/v1/+/data", 1)])
    sessions.leave(session, None)
    sessions.publish("n-2", _said("n-2", b"of another"))
    for _ in range(SHARE_AWAY // 10_000):
        sessions.publish("n-1", _said("n-1", b"x" * 60_000))
    sessions.publish("n-2", _said("n-2", b"once more"))
    assert session.waiting < SHARE_AWAY + 70_000
    kept = [owed.payload for owed in session.queue if owed.payload[:1] == b"o"]
    assert kept == [b"of another", b"once more"]
    assert "one node sends too much" in caplog.text


@pytest.mark.parametrize("clean", [True, False])
def test_a_node_that_does_not_confirm_is_let_go_and_is_owed_little(
    sessions: Sessions, clean: bool
) -> None:
    """P12: nobody waits for it, and the order that came last is still there."""
    door = Door()
    session, _ = sessions.open("n-1", "n-1", clean=clean, outlet=door)
    door.left = lambda: sessions.leave(session, None)
    sessions.subscribe(session, [("surco/v1/n-1/+", 1)])
    for number in range(8_000):
        wait_for = sessions.publish(
            "gateway", Publish("surco/v1/n-1/time", b"%d" % number, 1, False, 1)
        )
        assert wait_for == []
    assert door.gone == ["it does not confirm what it is sent"]
    if clean:
        assert sessions.find("n-1") is None
    else:
        assert session.waiting <= OF_NODE.away
        back = Door()
        again, present = sessions.open("n-1", "n-1", clean=False, outlet=back)
        sessions.resume(again)
        assert present
        assert back.packets[-1].endswith(b"7999")


def test_no_more_leaves_than_there_is_room_for(sessions: Sessions) -> None:
    door = Door()
    session, _ = sessions.open("gateway-1", "gateway", clean=False, outlet=door)
    sessions.subscribe(session, [("surco/v1/+/data", 1)])
    sessions.publish("n-1", _said("n-1", b"one"))
    door.full = True
    sessions.publish("n-1", _said("n-1", b"two"))
    sessions.publish("n-1", Publish("surco/v1/n-1/data", b"now or never", 0, False, 0))
    assert len(door.packets) == 1
    door.full = False
    sessions.pump(session)
    assert [packet[-3:] for packet in door.packets] == [b"one", b"two"]
    assert sessions.dropped == {"gateway-1": 1}


def test_what_goes_a_second_time_waits_for_room_as_well_and_keeps_its_number(
    sessions: Sessions,
) -> None:
    """MQTT 3.1.1, 4.4: the same identifier, in the same order."""
    session, _ = sessions.open("gateway-1", "gateway", clean=False, outlet=Door())
    sessions.subscribe(session, [("surco/v1/+/data", 1)])
    for number in range(3):
        sessions.publish("n-1", _said("n-1", b"%d" % number))
    mids = list(session.unconfirmed)
    sessions.leave(session, None)
    door = Door()
    door.full = True
    again, _ = sessions.open("gateway-1", "gateway", clean=False, outlet=door)
    sessions.resume(again)
    assert door.packets == []
    sessions.confirm(again, mids[1])
    door.full = False
    sessions.pump(again)
    assert [packet[-1:] for packet in door.packets] == [b"0", b"2"]
    assert list(again.unconfirmed) == [mids[0], mids[2]]


@given(st.lists(st.tuples(st.sampled_from(["n-1", "n-2"]), st.integers(0, 400), st.booleans())))
def test_what_waits_is_counted_to_the_byte(steps: list[tuple[str, int, bool]]) -> None:
    with TemporaryDirectory() as folder:
        store = Store(Path(folder) / "broker.db")
        sessions = Sessions(store)
        session, _ = sessions.open("gateway-1", "gateway", clean=False, outlet=Door())
        sessions.subscribe(session, [("surco/v1/+/data", 1)])
        for node, size, confirm in steps:
            sessions.publish(node, _said(node, b"x" * size))
            if confirm and session.unconfirmed:
                sessions.confirm(session, next(iter(session.unconfirmed)))
        left = [*session.unconfirmed.values(), *session.queue]
        assert session.waiting == sum(100 + len(one.topic) + len(one.payload) for one in left)
        assert sum(session.waiting_of.values()) == session.waiting
        store.close()


def test_a_node_has_only_so_many_subscriptions_and_those_are_enough(sessions: Sessions) -> None:
    session, _ = sessions.open("n-1", "n-1", clean=True, outlet=Door())
    wanted = [(f"surco/v1/bed/cama-{number}/advice", 1) for number in range(1000)]
    granted = sessions.subscribe(session, wanted)
    assert granted == [1] * OF_NODE.subscriptions + [0x80] * (1000 - OF_NODE.subscriptions)
    assert sessions.subscribe(session, wanted[:1]) == [1], "what it has it may ask for again"
    assert OF_NODE.subscriptions >= 2 * len(topics.TO_NODE)


def test_who_publishes_what_it_may_not_is_counted_and_cannot_flood_the_log(
    sessions: Sessions, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(150):
        assert sessions.publish("n-1", Publish("surco/v1/n-2/data", b"", 1, False, 1)) == []
    assert sessions.denied == {"n-1": 150}
    counts = [r.getMessage().partition("count=")[2].partition(":")[0] for r in caplog.records]
    assert counts == ["1", "10", "100"]


def test_no_password_lets_a_node_in_under_a_name_of_ours(tmp_path: Path) -> None:
    """Issue: a node called gateway-1 took over the gateway's session."""
    names = ("gateway-1", "bed", "service", "admin")
    access = Access(Users(tmp_path, *names).file)
    assert not any(access.may_connect(name, name, f"pw-{name}".encode()) for name in names)
    assert access.may_connect("gateway-1", "gateway", b"pw-gateway")


def test_every_commit_of_the_store_waits_for_the_disk(
    tmp_path: Path, watched_commits: Commits
) -> None:
    """A kill cannot show it: what the kernel has is still written after one (P1)."""
    store = Store(tmp_path / "broker.db")
    store.save_session("gateway-1", "gateway")
    owed = store.owe("gateway-1", "a", b"1", retain=False)
    store.retain("a", b"1", 1)
    store.commit()
    store.paid(owed)
    store.commit()
    store.close()
    assert [(c.synchronous, c.journal) for c in watched_commits] == [(FULL, "wal")] * 2


# ---------------------------------------------------------------- the server


def test_a_publisher_that_is_faster_than_the_gateway_waits_and_loses_nothing(
    broker: SmallBroker,
) -> None:
    rows = 12_000
    with (
        Client(broker.port, "gateway", client="gateway-1", clean=False) as gateway,
        Client(broker.port, "n-001") as node,
    ):
        gateway.subscribe("surco/v1/+/data")
        topic = b"surco/v1/n-001/data"
        body = len(topic).to_bytes(2, "big") + topic
        for number in range(rows):
            node.send(0x32, body + (number % 60_000 + 1).to_bytes(2, "big") + b"%d" % number)
            if number % 100 == 0:
                node.sock.settimeout(10)
        words = [m.words for _ in range(rows) if (m := gateway.message())]
    assert words == [str(number) for number in range(rows)]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallBroker]:
    folder = tmp_path_factory.mktemp("shared")
    with SmallBroker(folder / "broker", Users(folder)) as broker:
        yield broker


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(min_size=1, max_size=400))
def test_no_bytes_stop_the_broker(shared: SmallBroker, noise: bytes) -> None:
    with socket.create_connection(("127.0.0.1", shared.port), timeout=30) as stranger:
        stranger.sendall(noise)
    with Client(shared.port, "n-001") as node:
        assert node.quiet()


def test_a_port_in_use_is_one_line_that_names_it(broker: SmallBroker, tmp_path: Path) -> None:
    other = SmallBroker(tmp_path / "other", broker.users)
    other.folder.mkdir()
    other.port = broker.port
    run = subprocess.run(
        other.command(), env=dict(other.environment()), capture_output=True, text=True, timeout=20,
        check=False,
    )  # fmt: skip
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert f"broker.port {broker.port}" in run.stderr
