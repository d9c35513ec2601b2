from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.keep import flash as node_flash
from node.keep.flash import Flash
from node.keep.outbox import INTERVALS, ROWS, Outbox
from node.keep.rows import NOTHING, SIZE, head, values
from node.keep.rtc_rows import hundredths, pack_values
from node.keep.state import State
from tests.firmware.keep.counting import Counting


class PlainState(dict):
    """A state that is not kept: what is kept has its own tests."""

    def save(self) -> None: ...


def an_outbox(folder: Path, state: PlainState, segments: int = 128) -> Outbox:
    return Outbox(Flash(str(folder)), state, segments)


def packed(**values: float | None) -> bytes:
    return pack_values([(code, hundredths(value)) for code, value in values.items()])


def fill(outbox: Outbox, rows: int) -> None:
    for number in range(rows):
        outbox.append(1_795_000_000 + number, 2, 1, packed(r1=1000 + number, st=14.46))


def test_a_row_is_read_back_as_it_was_measured(tmp_path: Path) -> None:
    outbox = an_outbox(tmp_path, PlainState())
    assert outbox.append(1_795_000_000, 2, 7, packed(r1=1805, st=14.46, rh=None)) == 0
    (row,) = outbox.rows(0, 1)
    assert head(row) == (0, 1_795_000_000, 2, 7)
    assert dict(values(row))["r1"] == 180500
    assert dict(values(row))["st"] == 1446
    assert dict(values(row))["rh"] == NOTHING


def test_q_goes_on_after_a_restart(tmp_path: Path) -> None:
    state = PlainState()
    fill(an_outbox(tmp_path, state), ROWS + 3)
    outbox = an_outbox(tmp_path, state)
    assert outbox.next_q == ROWS + 3
    assert outbox.held() == ROWS + 3


@pytest.mark.parametrize("left", [1, SIZE // 2, SIZE - 1])
def test_a_row_that_was_cut_short_was_never_there(tmp_path: Path, left: int) -> None:
    state = PlainState()
    fill(an_outbox(tmp_path, state), 3)
    segment = tmp_path / "00000000.row"
    segment.write_bytes(segment.read_bytes()[: 2 * SIZE + left])
    outbox = an_outbox(tmp_path, state)
    assert outbox.next_q == 2
    outbox.append(1, 2, 1, packed(r1=7))
    assert [head(row)[0] for row in outbox.rows(0, 9)] == [0, 1, 2]
    assert list(values(outbox.rows(2, 1)[0])) == [("r1", 700)]


def test_a_damaged_row_costs_itself_and_keeps_its_name(tmp_path: Path) -> None:
    state = PlainState()
    fill(an_outbox(tmp_path, state), 5)
    segment = tmp_path / "00000000.row"
    raw = bytearray(segment.read_bytes())
    raw[4 * SIZE + 20] ^= 0xFF
    segment.write_bytes(raw)
    outbox = an_outbox(tmp_path, state)
    assert outbox.next_q == 5, "the name of a row that was perhaps sent is never given again"
    rows = outbox.rows(0, 5)
    assert [head(row)[0] for row in rows] == [0, 1, 2, 3]
    outbox.give_up(0, 5, [head(row)[0] for row in rows])
    assert state["lost"] == 1
    assert outbox.held() == 4


def test_the_oldest_rows_go_when_the_ring_is_full_and_unacked_ones_are_counted(
    tmp_path: Path,
) -> None:
    state = PlainState()
    outbox = an_outbox(tmp_path, state, segments=2)
    fill(outbox, ROWS)
    outbox.ack(0, 10)
    fill(outbox, 2 * ROWS)
    assert outbox.oldest_q == ROWS
    assert state["lost"] == ROWS - 10
    assert outbox.held() == 2 * ROWS


def test_a_wake_opens_little_and_reads_little_at_any_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = PlainState()
    fill(an_outbox(tmp_path, state, segments=210), 10_500)
    counting = Counting()
    monkeypatch.setattr(node_flash, "open", counting, raising=False)
    outbox = Outbox(Flash(str(tmp_path)), state, 210)
    outbox.append(1, 2, 1, packed(r1=7))
    first, n = outbox.newest_before(outbox.next_q, 24)
    assert len(outbox.rows(first, n)) == 24
    assert 2 <= counting.opens <= 3
    assert 24 * SIZE <= counting.bytes_read <= 8192


def visits(outbox: Outbox) -> Iterator[tuple[int, int]]:
    cursor = outbox.next_q
    while True:
        first, n = outbox.newest_before(cursor, 24)
        if n == 0:
            return
        yield first, n
        cursor = first


@given(
    st.integers(0, 400), st.lists(st.tuples(st.integers(0, 400), st.integers(1, 60)), max_size=12)
)
def test_what_is_not_acked_is_sent_again_newest_first_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, rows: int, acks: list[tuple[int, int]]
) -> None:
    outbox = Outbox(Nowhere(), PlainState(), 128)
    outbox.next_q = rows
    for first, n in acks:
        outbox.ack(first, n)
    acked = {q for first, n in outbox._acked for q in range(first, first + n)}
    assert acked <= {q for first, n in acks for q in range(first, first + n)}
    assert len(outbox._acked) <= INTERVALS
    sent = [q for first, n in visits(outbox) for q in range(first, first + n)]
    oldest = 0 if rows else outbox.next_q
    assert set(sent) == set(range(oldest, rows)) - acked
    starts = [first for first, _ in visits(outbox)]
    assert starts == sorted(starts, reverse=True)
    assert outbox.held() == len(sent)


class Nowhere(Flash):
    """A flash without files, for the arithmetic of intervals."""

    def __init__(self) -> None: ...

    def names(self) -> list[str]:
        return ["00000000.row"]

    def size(self, name: str) -> int:
        return 0


def test_rows_that_are_asked_for_are_sent_again(tmp_path: Path) -> None:
    outbox = an_outbox(tmp_path, PlainState())
    fill(outbox, 30)
    outbox.ack(0, 30)
    outbox.unack(10, 5)
    assert list(visits(outbox)) == [(10, 5)]


@given(
    st.one_of(
        st.none(), st.floats(allow_nan=True), st.integers(), st.booleans(), st.text(max_size=3)
    )
)
def test_any_value_becomes_a_number_that_fits_or_nothing(value: object) -> None:
    assert -(2**31) <= hundredths(value) < 2**31


@pytest.mark.parametrize("noise", [b"", b"noise", b"00000000{}", bytes(4000)])
def test_a_damaged_state_loses_no_row_and_no_name(tmp_path: Path, noise: bytes) -> None:
    flash = Flash(str(tmp_path))
    first = State(flash, lambda n: b"\1" * n)
    outbox = Outbox(flash, first, 128)
    fill(outbox, 5)
    outbox.ack(0, 3)
    (tmp_path / "state").write_bytes(noise)
    second = State(flash, lambda n: b"\2" * n)
    assert second.damaged
    assert second["b"] == first["b"]
    assert second["p"] > 2**20, "the number of a clock's life is never given twice"
    assert [head(row)[0] for row in Outbox(flash, second, 128).rows(0, 9)] == [0, 1, 2, 3, 4]
    assert not State(flash, lambda n: b"\3" * n).damaged


def test_rows_outlive_even_the_name_of_their_ring(tmp_path: Path) -> None:
    flash = Flash(str(tmp_path))
    first = State(flash, lambda n: b"\1" * n)
    fill(Outbox(flash, first, 128), 5)
    for name in ("state", "life"):
        (tmp_path / name).write_bytes(b"noise")
    second = State(flash, lambda n: b"\2" * n)
    assert second["b"] != first["b"]
    assert Outbox(flash, second, 128).held() == 5


class Unreadable(Flash):
    def read(self, name: str) -> bytes:
        if name == "state":
            raise OSError(5, "EIO")
        return super().read(name)


def test_a_flash_that_cannot_be_read_just_now_loses_nothing(tmp_path: Path) -> None:
    flash = Flash(str(tmp_path))
    state = State(flash, lambda n: b"\1" * n)
    outbox = Outbox(flash, state, 128)
    fill(outbox, 5)
    (tmp_path / "00000000.row").rename(tmp_path / "aside")
    (tmp_path / "00000000.row").mkdir()  # reading it is an error that is not "not there"
    with pytest.raises(OSError, match="directory"):
        outbox.rows(0, 5)
    (tmp_path / "00000000.row").rmdir()
    (tmp_path / "aside").rename(tmp_path / "00000000.row")
    assert len(outbox.rows(0, 5)) == 5
    assert State(Unreadable(str(tmp_path)), lambda n: b"\2" * n)["b"] == state["b"]
    assert Outbox(flash, state, 128).held() == 5


class Full(Flash):
    """A flash with room for a number of bytes."""

    room = 3 * ROWS * SIZE

    def append(self, name: str, data: bytes) -> None:
        used = sum(max(0, self.size(name)) for name in self.names())
        if used + len(data) > self.room:
            super().append(name, data[:7])
            raise OSError(28, "ENOSPC")
        super().append(name, data)


def test_a_full_flash_makes_room_by_dropping_the_oldest_rows_and_counts_them(
    tmp_path: Path,
) -> None:
    flash, state = Full(str(tmp_path)), PlainState()
    outbox = Outbox(flash, state, 128)
    fill(outbox, 5 * ROWS)
    assert outbox.next_q == 5 * ROWS
    assert state["lost"] == outbox.oldest_q > 0
    kept = [head(row)[0] for row in outbox.rows(0, outbox.next_q)]
    assert kept == list(range(outbox.oldest_q, outbox.next_q))


def test_a_stray_file_is_not_taken_for_a_segment(tmp_path: Path) -> None:
    (tmp_path / "zzzzzzzz.row").touch()
    assert an_outbox(tmp_path, PlainState()).next_q == 0
