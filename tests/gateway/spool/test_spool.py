"""The spool keeps order, loses nothing, holds to its cap, and comes back from a damaged file."""

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surco_gateway.errors import SpoolBroken, SpoolFull
from surco_gateway.spool.replay import replay
from surco_gateway.spool.salvage import PAGE, carve
from surco_gateway.spool.spool import FILE, HELD_PER_NODE, Refusal, Row, Spool, open_spool

BIG = 1_000_000_000


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with open_spool(tmp_path, keep_bytes=BIG, keep_days=30) as spool:
        yield spool


def rows(count: int, first: int = 0, *, at: float = 1000.0, size: int = 0) -> list[Row]:
    return [
        ("surco/v1/n01/data", b"%d" % n + b"x" * size, at + n, True, None)
        for n in range(first, first + count)
    ]


def drain(spool: Spool, now: float = 0.0, limit: int = 2000) -> list[bytes]:
    found: list[bytes] = []
    while messages := spool.waiting(now, limit, BIG):
        found += [message.payload for message in messages]
        spool.delivered(messages)
    return found


def payloads(count: int, first: int = 0) -> list[bytes]:
    return [b"%d" % n for n in range(first, first + count)]


@settings(max_examples=30, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["put", "deliver", "deliver some", "reopen"]), st.integers(1, 30)
        ),
        max_size=25,
    )
)
def test_whatever_happens_in_between_everything_comes_out_once_and_in_order(
    steps: list[tuple[str, int]],
) -> None:
    with TemporaryDirectory() as folder:
        out: list[bytes] = []
        put = 0
        spool = Spool(Path(folder), keep_bytes=BIG, keep_days=30)
        try:
            for what, count in steps:
                if what == "put":
                    spool.put(rows(count, put))
                    put += count
                elif what == "reopen":
                    spool.close()
                    spool = Spool(Path(folder), keep_bytes=BIG, keep_days=30)
                elif messages := spool.waiting(0, count, BIG):
                    messages = messages if what == "deliver" else messages[: count // 2]
                    spool.delivered(messages)
                    out += [message.payload for message in messages]
            assert out + drain(spool) == payloads(put)
        finally:
            spool.close()


@given(payload=st.binary(max_size=6000), topic=st.text(max_size=40), at=st.floats(0, 4e9))
@settings(max_examples=40, deadline=None)
def test_any_bytes_come_out_as_they_went_in(payload: bytes, topic: str, at: float) -> None:
    topic = topic.encode("utf-8", "replace").decode().replace("\0", "?")
    with (
        TemporaryDirectory() as folder,
        open_spool(Path(folder), keep_bytes=BIG, keep_days=1) as spool,
    ):
        spool.put([(topic, payload, at, False, Refusal("not-json", "“no”"))])
        (found,) = spool.waiting(0, 10, BIG)
        assert (found.topic, found.payload, found.clock_ok) == (topic, payload, False)
        assert found.received_at == pytest.approx(at, abs=1e-4)
        assert found.refusal == Refusal("not-json", "“no”")


def test_a_batch_has_at_most_so_many_bytes_but_never_none(spool: Spool) -> None:
    spool.put(rows(3, size=1000))
    assert len(spool.waiting(0, 10, 1)) == 1
    assert len(spool.waiting(0, 10, 2100)) == 2


def test_what_is_not_delivered_never_goes_at_the_cap(tmp_path: Path) -> None:
    with open_spool(tmp_path, keep_bytes=1_000_000, keep_days=30) as spool:
        count = 0
        with suppress(SpoolFull):
            while count < 5000:
                spool.put(rows(20, count, size=1000))
                count += 20
        with pytest.raises(SpoolFull):
            spool.put(rows(20, count, size=1000))
        assert count > 500
        found = drain(spool)
        assert [int(payload.rstrip(b"x")) for payload in found] == list(range(count))
        spool.put(rows(20, count, size=1000))  # what was delivered gives way


def test_at_the_cap_the_oldest_delivered_messages_go_first(tmp_path: Path) -> None:
    with open_spool(tmp_path, keep_bytes=4_000_000, keep_days=30) as spool:
        for first in range(0, 10_000, 100):
            spool.put(rows(100, first, size=1000))
            drain(spool)
        assert spool.state().bytes <= 4_000_000
        spool.replay(0, 1e12)
        kept = [int(payload.rstrip(b"x")) for payload in drain(spool)]
        assert kept == list(range(kept[0], 10_000))
        assert kept[0] > 5000


DAY_S = 86_400.0


def test_delivered_messages_stay_for_their_days(spool: Spool) -> None:
    spool.put(rows(5))
    spool.grow_older(3600.0)
    assert spool.grow_older(31 * DAY_S) == 0, "not delivered"
    drain(spool)
    assert spool.grow_older(60.0) == 5
    spool.put(rows(3, 5))
    spool.grow_older(3600.0)
    drain(spool)
    assert spool.grow_older(29 * DAY_S) == 0
    assert spool.grow_older(2 * DAY_S) == 3
    assert spool.state().undelivered == 0


@settings(max_examples=25, deadline=None)
@given(
    clocks=st.lists(st.floats(0, 4e9), min_size=1, max_size=20),
    steps_s=st.lists(st.floats(0, 3 * DAY_S), min_size=1, max_size=30),
    reopen=st.booleans(),
)
def test_whatever_the_clock_reads_a_message_stays_until_the_gateway_ran_for_its_days(
    clocks: list[float], steps_s: list[float], reopen: bool
) -> None:
    """18.4: a clock a year ahead empties nothing; neither does one that is set back."""
    with TemporaryDirectory() as folder:
        came: list[float] = []
        now_s, gone = 0.0, 0
        spool = Spool(Path(folder), keep_bytes=BIG, keep_days=30)
        for number, step_s in enumerate(steps_s):
            at = clocks[number % len(clocks)]
            spool.put(rows(1, number, at=at))
            came.append(now_s)
            drain(spool)
            gone += spool.grow_older(step_s)
            now_s += step_s
            assert gone <= sum(now_s - then >= 30 * DAY_S for then in came)
            if reopen:
                spool.close()
                spool = Spool(Path(folder), keep_bytes=BIG, keep_days=30)
        spool.close()


def test_a_million_messages_go_in_parts(spool: Spool) -> None:
    spool.put(rows(5000))
    drain(spool)
    spool.grow_older(60.0)
    counts = [spool.grow_older(31 * DAY_S), spool.grow_older(5.0), spool.grow_older(5.0)]
    assert counts == [2000, 2000, 1000]


def test_a_refused_message_lets_the_others_pass_and_comes_again_with_its_refusal(
    spool: Spool,
) -> None:
    spool.put(rows(3))
    first, *_ = spool.waiting(0, 10, BIG)
    spool.set_aside(first, Refusal("refused-by-service", "422"), again_at=100)
    assert drain(spool, now=99) == payloads(2, 1)
    assert spool.state().undelivered == 1
    (again,) = spool.waiting(100, 10, BIG) or spool.waiting(100, 10, BIG)
    assert (again.payload, again.refusal) == (b"0", Refusal("refused-by-service", "422"))
    spool.delivered([again])
    assert spool.state().undelivered == 0


def test_a_refused_message_stays_past_its_days_until_it_is_delivered(spool: Spool) -> None:
    spool.put(rows(3, at=0.0))
    first, *_ = spool.waiting(0, 10, BIG)
    spool.set_aside(first, Refusal("refused-by-service", "422"), again_at=1e9)
    drain(spool)
    spool.grow_older(60.0)
    assert spool.grow_older(31 * DAY_S) == 2
    (again,) = spool.waiting(1e9, 10, BIG) or spool.waiting(1e9, 10, BIG)
    assert again.payload == b"0"
    spool.delivered([again])
    assert spool.grow_older(60.0) == 1


def test_a_refused_message_does_not_give_way_at_the_cap(tmp_path: Path) -> None:
    with open_spool(tmp_path, keep_bytes=1_000_000, keep_days=30) as spool:
        spool.put(rows(1, size=1000))
        (first,) = spool.waiting(0, 10, BIG)
        spool.set_aside(first, Refusal("refused-by-service", "422"), again_at=1e9)
        for number in range(1, 3000, 100):
            spool.put(rows(100, number, size=1000))  # the oldest delivered ones give way
            drain(spool)
        assert drain(spool, now=1e9) == [first.payload]


def test_a_replay_sends_the_kept_messages_of_its_time_while_the_gateway_runs(
    spool: Spool, tmp_path: Path
) -> None:
    spool.put(rows(10, at=1000))
    drain(spool)
    spool.put(rows(1, 10, at=1000))
    since, until = (datetime.fromtimestamp(t, UTC) for t in (1003, 1007))
    assert replay(tmp_path, since, until) == 4  # through a connection of its own
    assert sorted(drain(spool), key=int) == [b"3", b"4", b"5", b"6", b"10"]
    assert drain(spool) == []


def test_a_replay_without_a_spool_says_so(tmp_path: Path) -> None:
    with pytest.raises(SpoolBroken, match=r"no spool in .*gateway\.data"):
        replay(tmp_path, datetime.now(UTC))


def test_what_waits_for_a_sleeping_node_is_kept_once_and_given_once(spool: Spool) -> None:
    for payload in (b"a", b"b", b"a"):
        spool.hold("n01", payload)
    assert spool.take_held("n02") == []
    assert spool.take_held("n01") == [b"b", b"a"]
    assert spool.take_held("n01") == []


def test_a_hello_gets_the_newest_of_what_waits_and_not_too_much(spool: Spool) -> None:
    """18.6: the time of a node's radio is short."""
    for number in range(9):
        spool.hold("n01", b"%d" % number)
    assert spool.take_held("n01") == [b"5", b"6", b"7", b"8"]
    assert spool.take_held("n01") == [b"1", b"2", b"3", b"4"]
    assert spool.take_held("n01") == [b"0"]


def test_only_so_much_waits_for_a_node_that_never_comes(spool: Spool) -> None:
    for number in range(HELD_PER_NODE + 10):
        spool.hold("n01", b"%d" % number)
    spool.hold("n02", b"another's")
    assert HELD_PER_NODE == 64
    found = [held for _ in range(HELD_PER_NODE) for held in spool.take_held("n01")]
    assert sorted(found) == sorted(b"%d" % number for number in range(10, HELD_PER_NODE + 10))
    assert spool.take_held("n02") == [b"another's"]


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_moved_aside_and_what_is_intact_in_it_is_taken_over(
    data: st.DataObject,
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        with open_spool(folder, keep_bytes=BIG, keep_days=30) as spool:
            spool.put(rows(2000, size=100))
        file = folder / FILE
        content = bytearray(file.read_bytes())
        hurt = data.draw(st.lists(st.integers(0, len(content) // PAGE - 1), min_size=1, max_size=3))
        for page in hurt:  # a torn page: the second half is something else
            content[page * PAGE + PAGE // 2 : (page + 1) * PAGE] = bytes(PAGE // 2)
            content[page * PAGE : page * PAGE + 8] = b"\xff" * 8
        file.write_bytes(content)
        with open_spool(folder, keep_bytes=BIG, keep_days=30) as spool:
            assert "damaged" in spool.state().told["damage"]
            found = drain(spool)
            assert len(set(found)) == len(found)
            assert len(found) >= 2000 - 40 * len(set(hurt)), (
                "only what lay on the hurt pages is lost"
            )
            spool.put(rows(1, 9000))
            assert drain(spool) == [b"9000"]
        assert (folder / "spool.damaged.db").exists()


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 500, bytes(100_000)])
def test_a_file_that_is_no_database_is_no_reason_not_to_start(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / FILE).write_bytes(content)
    with open_spool(tmp_path, keep_bytes=BIG, keep_days=30) as spool:
        spool.put(rows(1))
        assert drain(spool) == payloads(1)


def test_the_numbers_of_lost_messages_are_not_taken_for_delivered_ones(tmp_path: Path) -> None:
    with open_spool(tmp_path, keep_bytes=BIG, keep_days=30) as spool:
        spool.put(rows(2000, size=100))
        drain(spool)
    content = bytearray((tmp_path / FILE).read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    (tmp_path / FILE).write_bytes(content)
    with open_spool(tmp_path, keep_bytes=BIG, keep_days=30) as spool:
        drain(spool)
        spool.put(rows(5, 9000))
        assert drain(spool) == payloads(5, 9000)


def test_a_flipped_bit_in_a_message_is_found_by_its_crc(tmp_path: Path) -> None:
    with open_spool(tmp_path, keep_bytes=BIG, keep_days=30) as spool:
        spool.put([("surco/v1/n01/data", b"A" * 50, 0.0, True, None)])
    content = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(content.replace(b"A" * 50, b"A" * 49 + b"C"))
    with open_spool(tmp_path, keep_bytes=BIG, keep_days=30) as spool:
        (found,) = spool.waiting(0, 10, BIG)
        assert found.refusal is not None
        assert found.refusal.code == "damaged-on-disk"


def test_a_file_that_breaks_while_it_is_used_can_be_repaired(tmp_path: Path) -> None:
    with open_spool(tmp_path, keep_bytes=BIG, keep_days=30) as spool:
        spool.put(rows(500, size=100))
        spool.close()  # as if the disk had gone
        with pytest.raises(SpoolBroken):
            spool.put(rows(1))
        spool.repair()
        spool.put(rows(1, 500))
        assert len(drain(spool)) == 501


def test_carving_reads_exactly_what_sqlite_wrote(tmp_path: Path) -> None:
    file = tmp_path / FILE
    with open_spool(tmp_path, keep_bytes=BIG, keep_days=30) as spool:
        spool.put(rows(300, size=50))
        in_the_log = {row[0] for row in carve(file)}
        assert in_the_log == set(range(1, 301)), "also what is still in the write-ahead log"
    connection = sqlite3.connect(file)
    wanted = connection.execute("SELECT * FROM message ORDER BY id").fetchall()
    connection.close()
    assert sorted(set(carve(file))) == wanted


def test_a_message_that_the_disk_changed_is_not_taken_over(tmp_path: Path) -> None:
    with open_spool(tmp_path, keep_bytes=BIG, keep_days=30) as spool:
        spool.put([("surco/v1/n01/data", letter * 50, 0.0, True, None) for letter in (b"A", b"B")])
    content = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(content.replace(b"A" * 50, b"A" * 49 + b"C"))
    assert {row[2] for row in carve(tmp_path / FILE)} == {b"B" * 50}


def test_at_the_cap_there_is_still_room_for_the_book_keeping(tmp_path: Path) -> None:
    """Else a service that refuses messages could never get the spool out of being full."""
    with open_spool(tmp_path, keep_bytes=1_000_000, keep_days=30) as spool:
        with suppress(SpoolFull):
            for number in range(0, 5000, 20):
                spool.put(rows(20, number, size=1000))
        with pytest.raises(SpoolFull):
            spool.put(rows(20, size=1000))
        for _ in range(100):
            (message,) = spool.waiting(0, 1, BIG)
            spool.set_aside(message, Refusal("refused-by-service", "x" * 400), again_at=1e9)
        assert spool.state().aside == 100


def test_a_full_disk_uses_the_ballast_for_what_goes_out_and_takes_nothing_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_spool(tmp_path, keep_bytes=1_000_000, keep_days=30) as spool:
        spool.put(rows(5))
        ballast = tmp_path / "spool.ballast"
        assert ballast.exists()
        ballast.unlink()
        monkeypatch.setattr("shutil.disk_usage", lambda _: type("Disk", (), {"free": 0}))
        with pytest.raises(SpoolFull):
            spool.put(rows(1, 5))
        assert drain(spool) == payloads(5)
        monkeypatch.undo()
        spool.put(rows(1, 5))
        assert ballast.exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("needs the right to mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_is_really_full_loses_nothing_and_recovers_without_help(
    small_disk: Path,
) -> None:
    kept = 0
    with open_spool(small_disk, keep_bytes=BIG, keep_days=30) as spool:
        with suppress(SpoolFull, SpoolBroken):
            while kept < 60_000:
                spool.put(rows(500, kept, size=1000))
                kept += 500
        with pytest.raises(SpoolFull):
            spool.put(rows(1, kept))
    with open_spool(small_disk, keep_bytes=BIG, keep_days=30) as spool:
        assert len(drain(spool)) == kept, "what waits still goes out"
        subprocess.run(["mount", "-o", "remount,size=120m", str(small_disk)], check=True)
        spool.put(rows(1, kept))
        assert drain(spool) == payloads(1, kept)


# ---------------------------------------------------------------- 18.5: somebody takes the file away


def take_away(folder: Path, how: str) -> None:
    file = folder / FILE
    names = {
        "file": [FILE],
        "all": [p.name for p in folder.glob("spool.*")],
        "log": [FILE + "-wal"],
    }
    if how == "replaced":
        file.replace(folder / "mine.db")
        file.write_bytes((folder / "older.db").read_bytes())
        return
    for name in names[how]:
        (folder / name).unlink()


@pytest.mark.parametrize("how", ["file", "all", "log", "replaced"])
def test_a_file_that_is_taken_away_is_noticed_and_nothing_of_it_is_lost(
    tmp_path: Path, how: str
) -> None:
    with open_spool(tmp_path, keep_bytes=BIG, keep_days=30) as spool:
        spool.put(rows(10))
    (tmp_path / "older.db").write_bytes((tmp_path / FILE).read_bytes())
    with open_spool(tmp_path, keep_bytes=BIG, keep_days=30) as spool:
        spool.put(rows(10, 10))
        assert drain(spool, limit=5)[:5] == payloads(5)
        spool.put(rows(10, 20))
        spool.hold("n01", b"wanted")
        spool.remember("commands_after", 7)
        take_away(tmp_path, how)
        with pytest.raises(SpoolBroken, match="removed or replaced"):
            spool.put(rows(1, 30))
        spool.repair()
        spool.put(rows(1, 30))
    with open_spool(tmp_path, keep_bytes=BIG, keep_days=30) as spool:
        assert "removed or replaced" in spool.state().told["spool-removed"]
        assert drain(spool) == payloads(11, 20)
        assert spool.replay(0, 1e12) == 31
        assert sorted(drain(spool), key=int) == payloads(31)
        assert (spool.take_held("n01"), spool.number("commands_after")) == ([b"wanted"], 7)


def test_as_long_as_no_new_file_can_be_begun_the_lost_one_stays_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_spool(tmp_path, keep_bytes=BIG, keep_days=30) as spool:
        spool.put(rows(10))
        take_away(tmp_path, "all")
        with monkeypatch.context() as patch:
            patch.setattr("surco_gateway.spool.database._in_chunks", _no_room)
            for _ in range(2):
                with pytest.raises(SpoolFull):
                    spool.repair()
                with pytest.raises(SpoolBroken):
                    spool.put(rows(1, 10))
        spool.repair()
        assert drain(spool) == payloads(10)


def _no_room(*_: object) -> None:
    raise SpoolFull("the disk is full")


def test_what_is_told_of_the_file_stays_until_it_is_confirmed(tmp_path: Path) -> None:
    with open_spool(tmp_path, keep_bytes=BIG, keep_days=30) as spool:
        spool.put(rows(2000, size=100))
    content = bytearray((tmp_path / FILE).read_bytes())
    content[-PAGE:] = b"\xff" * PAGE
    (tmp_path / FILE).write_bytes(content)
    for _ in range(2):
        with open_spool(tmp_path, keep_bytes=BIG, keep_days=30) as spool:
            assert set(spool.state().told) == {"damage"}
    with open_spool(tmp_path, keep_bytes=BIG, keep_days=30) as spool:
        assert spool.confirm() == 1
    with open_spool(tmp_path, keep_bytes=BIG, keep_days=30) as spool:
        assert spool.state().told == {}


def test_a_file_that_was_gone_at_the_start_is_told(tmp_path: Path) -> None:
    with open_spool(tmp_path, keep_bytes=BIG, keep_days=30) as spool:
        assert spool.state().told == {}, "a first start misses nothing"
        spool.put(rows(5))
    (tmp_path / FILE).unlink()
    for _ in range(2):
        with open_spool(tmp_path, keep_bytes=BIG, keep_days=30) as spool:
            assert "was gone when the gateway started" in spool.state().told["spool-gone"]
