"""What only the small broker promises, and its pure parts."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surco_gateway.broker import packets
from surco_gateway.broker.access import Access, may_publish, may_receive, may_subscribe
from surco_gateway.broker.packets import BadPacket, Publish, Stream, matches
from surco_gateway.broker.sessions import MOST_OWED, Sessions
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


def test_a_client_that_is_away_too_long_loses_the_oldest_and_the_log_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("surco_gateway.broker.sessions.MOST_OWED", 3)
    assert MOST_OWED > 3
    store = Store(tmp_path / "broker.db")
    sessions = Sessions(store)

    class Nowhere:
        def send(self, packet: bytes) -> None: ...

    session, _ = sessions.open("gateway-1", "gateway", clean=False, outlet=Nowhere())
    sessions.subscribe(session, [("surco/v1/#", 1)])
    sessions.leave(session, None)
    for number in range(5):
        sessions.publish("n-1", Publish("surco/v1/n-1/data", b"%d" % number, 1, False, 1))
    assert [owed.payload for owed in session.queue] == [b"2", b"3", b"4"]
    assert sessions.dropped == {"gateway-1": 2}
    assert [r.getMessage() for r in caplog.records] == [
        "dropped client=gateway-1 count=1: it is away too long"
    ]
    store.close()


def test_who_publishes_what_it_may_not_is_counted_and_cannot_flood_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(tmp_path / "broker.db")
    sessions = Sessions(store)
    for _ in range(150):
        assert sessions.publish("n-1", Publish("surco/v1/n-2/data", b"", 1, False, 1)) == []
    assert sessions.denied == {"n-1": 150}
    counts = [r.getMessage().partition("count=")[2].partition(":")[0] for r in caplog.records]
    assert counts == ["1", "10", "100"]
    store.close()


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
