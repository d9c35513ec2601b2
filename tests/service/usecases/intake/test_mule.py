"""What a phone carries is stored once, whoever carries it; what its node did not sign is not."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_service.usecases.intake import mule
from surco_service.usecases.intake.mule import NotTaken, Taken
from tests.service.deliveries import B, Inlet, T, a_message
from tests.service.mule import KEY, a_queue, receipt_of, rows, signed


@pytest.fixture
def inlet(tmp_path: Path) -> Iterator[Inlet]:
    with closing(Inlet(tmp_path)) as inlet:
        inlet.stores.keys.label("n-1", "hash", inlet.now)
        inlet.stores.keys.give("n-1", "hash", KEY, inlet.now)
        yield inlet


def take(inlet: Inlet, file: bytes) -> Taken:
    return mule.take(inlet.stores, file, inlet.now)


def refused(inlet: Inlet, file: bytes) -> str:
    with pytest.raises(NotTaken) as refusal:
        take(inlet, file)
    return refusal.value.code


def acks(inlet: Inlet, q0: int = 10, q1: int = 13, node: str = "n-1") -> list[list[int]]:
    rows = mule.asked(node, B, q0, q1)
    said = receipt_of(mule.receipt(inlet.stores, rows))
    assert (said["surco"], said["kind"], said["node"], said["b"]) == (1, "acks", node, B)
    return said["acks"]


def numbers(inlet: Inlet) -> list[int]:
    return sorted(reading.q for reading in inlet.stored())


def test_a_file_is_stored_and_its_receipt_names_the_rows(inlet: Inlet) -> None:
    taken = take(inlet, a_queue())
    assert (taken.stored, taken.duplicate, taken.waiting, taken.quarantined) == (4, 0, 0, 0)
    assert numbers(inlet) == [10, 11, 12, 13]
    assert acks(inlet) == [[10, 4]]


def test_a_file_that_is_brought_twice_changes_nothing(inlet: Inlet) -> None:
    take(inlet, a_queue())
    before = mule.receipt(inlet.stores, mule.asked("n-1", B, 10, 13))
    again = take(inlet, a_queue())
    assert (again.stored, again.duplicate) == (0, 4)
    assert numbers(inlet) == [10, 11, 12, 13]
    assert mule.receipt(inlet.stores, mule.asked("n-1", B, 10, 13)) == before


def test_two_phones_that_took_the_queue_at_two_times_bring_each_row_once(inlet: Inlet) -> None:
    early = a_queue(rows(10), rows(12), q0=10, q1=13)
    late = a_queue(rows(10), rows(12), rows(14), q0=10, q1=15, taken=T + 300)
    inlet.now += timedelta(hours=1)
    assert take(inlet, late).stored == 6
    assert take(inlet, early).duplicate == 4
    assert numbers(inlet) == [10, 11, 12, 13, 14, 15]
    assert acks(inlet, 10, 15) == [[10, 6]]


def test_rows_that_came_by_radio_too_are_in_the_receipt(inlet: Inlet) -> None:
    inlet.deliver(a_message(rows(8)), a_message(rows(14)))
    take(inlet, a_queue(q0=8, q1=15))
    assert acks(inlet, 8, 15) == [[8, 8]]
    assert acks(inlet, 9, 12) == [[9, 4]]  # never more than was asked about
    assert acks(inlet, 20, 30) == []


def test_a_receipt_names_at_most_eight_intervals_the_longest(inlet: Inlet) -> None:
    messages = [rows(q, n) for q, n in zip(range(0, 200, 20), range(1, 11), strict=True)]
    take(inlet, a_queue(*messages, q0=0, q1=200))
    assert acks(inlet, 0, 200) == [[20 * i, i + 1] for i in range(2, 10)]


@given(st.sets(st.integers(0, 300)))
def test_intervals_hold_nothing_but_the_numbers(held: set[int]) -> None:
    found = mule.intervals(held)
    named = [q for first, n in found for q in range(first, first + n)]
    assert len(found) <= 8
    assert sorted(set(named)) == named
    assert set(named) <= held
    if len(found) < 8:
        assert set(named) == held


# ---------------------------------------------------------------- time


def undated(q: int, u: int = 500) -> bytes:
    return rows(q).replace(b'"tq":2', b'"tq":0,"p":3,"u":%d' % u).replace(
        b'"t0":%d' % (T - 36_000), b'"t0":400'
    )  # fmt: skip


def test_a_phone_with_a_clock_dates_what_the_node_could_not(inlet: Inlet) -> None:
    inlet.now += timedelta(days=2)
    assert take(inlet, a_queue(undated(10), q1=11, taken=T)).stored == 2
    assert [reading.t for reading in inlet.stored()] == [T - 100, T + 800]


@pytest.mark.parametrize("taken", [0, 1_000_000, T + 601, 2**40, "x", None, 1.5, True])
def test_a_phone_without_a_clock_dates_nothing_and_the_rows_wait(inlet: Inlet, taken) -> None:
    result = take(inlet, a_queue(undated(10), q1=11, taken=taken))
    assert (result.stored, result.waiting) == (0, 2)
    assert inlet.stored() == []
    assert acks(inlet, 10, 11) == [[10, 2]]  # on the shelf is held


# ---------------------------------------------------------------- what is wrong inside


def test_what_cannot_be_understood_goes_to_quarantine_and_is_held(inlet: Inlet) -> None:
    bad = rows(12).replace(b"1805", b'"dry"')
    taken = take(inlet, a_queue(rows(10), bad, b"{not json"))
    assert (taken.stored, taken.quarantined) == (3, 2)
    assert sorted(inlet.reasons()) == ["bad-value", "not-json"]
    assert acks(inlet) == [[10, 4]]


def test_every_byte_that_changes_is_noticed_and_nothing_is_stored(inlet: Inlet) -> None:
    file = a_queue(rows(10, 1), q1=10)
    codes = set()
    for place in range(len(file)):
        for change in (0x01, 0x20, 0x80):
            broken = bytearray(file)
            broken[place] ^= change
            codes.add(refused(inlet, bytes(broken)))
    assert codes <= {"not-ours", "stranger", "cut-short", "wrong-signature"}
    assert inlet.stored() == []
    assert inlet.reasons() == []
    assert take(inlet, file).stored == 1


def test_a_file_that_ends_anywhere_else_is_refused(inlet: Inlet) -> None:
    file = a_queue(rows(10, 1), q1=10)
    for end in range(len(file) - 1):  # without its last newline it is whole
        assert refused(inlet, file[:end]) in ("not-ours", "cut-short")
    assert take(inlet, file[:-1]).stored == 1


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (b"", "not-ours"),
        (b"\xff\xd8\xff\xe0 a picture" * 50, "not-ours"),
        (b"[" * 100_000, "not-ours"),
        (a_queue().replace(b'"surco":1', b'"surco":2'), "not-ours"),
        (signed(b'{"surco":1,"kind":"queue"}\n'), "not-ours"),
        (signed(b'{"surco":1,"kind":"acks","node":"n-1","b":"9f3a01c7","acks":[]}\n'), "a-receipt"),
        (a_queue(node="n-2"), "stranger"),
        (a_queue(node="n-3"), "stranger"),
        (a_queue(key="00" * 32), "wrong-signature"),
        (a_queue() + a_queue(), "wrong-signature"),
        (a_queue().replace(b"\n", b"\r\n"), "cut-short"),
        (a_queue(b="9F3A01C7"), "not-ours"),
        (a_queue(q0=14), "not-ours"),
        (a_queue(q0=-1), "not-ours"),
        (a_queue(q1=2**32), "not-ours"),
        (a_queue(q0=0, q1=1_000_000), "not-ours"),
        (a_queue(q0=True), "not-ours"),
        (a_queue()[:-80] + b'x{"mac":"%s"}\n' % (b"0" * 64), "cut-short"),
    ],
)
def test_what_is_not_a_node_s_file_is_refused_whole(inlet: Inlet, file: bytes, code: str) -> None:
    from surco_service.domain.nodes.node import Node

    inlet.stores.registry.save_node(Node("n-3"))  # known, but it never had a key
    assert refused(inlet, file) == code
    assert inlet.stored() == []
    assert inlet.reasons() == []


def test_a_label_makes_the_old_key_worthless(inlet: Inlet) -> None:
    inlet.stores.keys.label("n-1", "hash", inlet.now)
    assert refused(inlet, a_queue()) == "stranger"
    inlet.stores.keys.give("n-1", "hash", "77" * 32, inlet.now)
    assert refused(inlet, a_queue()) == "wrong-signature"


def test_a_receipt_for_a_node_without_a_key_is_not_written(inlet: Inlet) -> None:
    with pytest.raises(NotTaken):
        mule.receipt(inlet.stores, mule.asked("n-2", B, 0, 1))


def test_a_long_file_is_taken_in_parts(inlet: Inlet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mule, "AT_ONCE", 3)
    taken = take(inlet, a_queue(*(rows(2 * i) for i in range(10)), q0=0, q1=19))
    assert (taken.stored, len(taken.receipts)) == (20, 4)
    assert acks(inlet, 0, 19) == [[0, 20]]
