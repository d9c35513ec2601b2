"""The ledger's promises, on SQLite and on PostgreSQL."""

import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from surco_contract.reasons import REASONS
from surco_service.adapters.sql.holes import RING_ROWS
from surco_service.adapters.sql.ledger import SqlLedger
from surco_service.adapters.sql.ranges import duplicates, merge
from surco_service.ports.intake import Hole, Refused, Waiting
from tests.databases import empty

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
RING = ("n-1", "9f3a01c7")


def a_refusal(payload: bytes = b"{", *, code: str = "not-json", q: int | None = None) -> Refused:
    return Refused("surco/v1/n-1/data", payload, NOON, "gateway-1", code, REASONS[code], q)


def a_waiting_row(q: int = 1, p: int | None = 3) -> Waiting:
    return Waiting(*RING, q, p, 50 + q, 0, {"r1": 1800.0})


def rows(*numbers: int) -> list[tuple[str, str, int]]:
    return [(*RING, q) for q in numbers]


@pytest.fixture
def ledger(engine: Engine, tmp_path: Path) -> SqlLedger:
    return SqlLedger(engine, tmp_path / "quarantine.jsonl", cap=5)


# ---------------------------------------------------------------- received


def test_rows_are_known_once_they_are_settled(ledger: SqlLedger) -> None:
    assert ledger.settle(rows(1, 2, 5)).duplicate == 0
    assert ledger.settle(rows(2, 3, 3)).duplicate == 2
    assert ledger.known(*RING, 0, 10) == {1, 2, 3, 5}
    assert ledger.known("n-1", "00000000", 0, 10) == set()


def test_a_gap_lies_between_what_was_received(ledger: SqlLedger) -> None:
    ledger.settle(rows(10, 11))
    assert ledger.holes() == [Hole(*RING, 0, 10, leading=True)]
    ledger.settle(rows(20, 15))
    assert ledger.holes()[:2] == [Hole(*RING, 16, 20), Hole(*RING, 12, 15)]
    ledger.settle(rows(*range(20)))
    assert ledger.holes() == []


def test_before_the_oldest_row_it_misses_no_more_than_a_node_can_hold(ledger: SqlLedger) -> None:
    ledger.settle(rows(RING_ROWS))
    assert ledger.holes() == [Hole(*RING, 0, RING_ROWS, leading=True)]
    ledger.settle([("n-2", "9f3a01c7", RING_ROWS + 1)])
    assert [hole.node for hole in ledger.holes()] == ["n-1"]


def test_a_row_that_waits_on_the_shelf_is_not_missing(ledger: SqlLedger) -> None:
    ledger.settle(rows(0, 1, 4), waiting=[a_waiting_row(2)])
    assert ledger.holes() == [Hole(*RING, 3, 4)]


def test_a_row_in_quarantine_is_no_gap_and_no_duplicate(ledger: SqlLedger) -> None:
    settled = ledger.settle(rows(0, 1, 3), refused=[a_refusal(q=2)], aside=rows(2))
    assert (settled.duplicate, ledger.holes()) == (0, [])


def test_the_largest_row_numbers_are_kept(ledger: SqlLedger) -> None:
    ledger.settle(rows(2**32 - 1))
    assert ledger.known(*RING, 2**32 - 2, 2**32) == {2**32 - 1}


def test_a_thousand_rings_are_settled_at_once(ledger: SqlLedger) -> None:
    many = [(f"n-{n}", "9f3a01c7", n) for n in range(1000)]
    assert ledger.settle(many).duplicate == 0
    assert ledger.settle(many).duplicate == 1000


@given(st.lists(st.lists(st.integers(0, 40), max_size=12), max_size=8))
def test_ranges_hold_what_a_set_holds(batches: list[list[int]]) -> None:
    ranges: list[tuple[int, int]] = []
    held: set[int] = set()
    for batch in batches:
        fresh = len(set(batch) - held)
        assert duplicates(ranges, batch) == len(batch) - fresh
        ranges = merge(ranges, batch)
        held |= set(batch)
        assert {q for first, end in ranges for q in range(first, end)} == held
        assert all(a[1] < b[0] for a, b in itertools.pairwise(ranges))


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(["n-1", "n-2"]), st.integers(0, 30)), max_size=10),
        max_size=6,
    )
)
def test_the_ledger_holds_what_a_set_holds(
    engine: Engine, tmp_path: Path, batches: list[list[tuple[str, int]]]
) -> None:
    empty(engine)
    ledger = SqlLedger(engine, tmp_path / "quarantine.jsonl")
    held: set[tuple[str, int]] = set()
    for batch in batches:
        settled = ledger.settle([(node, "9f3a01c7", q) for node, q in batch])
        assert settled.duplicate == len(batch) - len(set(batch) - held)
        held |= set(batch)
    for node in ("n-1", "n-2"):
        mine = {q for name, q in held if name == node}
        assert ledger.known(node, "9f3a01c7", 0, 40) == mine
        missing = {
            q for hole in ledger.holes() if hole.node == node for q in range(hole.first, hole.end)
        }
        assert missing == set(range(max(mine, default=-1))) - mine


# ---------------------------------------------------------------- clocks and shelf


def test_the_first_offset_of_a_clock_stays_for_ever(ledger: SqlLedger) -> None:
    life = (*RING, 3)
    assert ledger.keep_offsets({life: 1000}) == {life: 1000}
    assert ledger.keep_offsets({life: 2000}) == {life: 1000}
    assert ledger.offset(*life) == 1000
    assert ledger.offset(*RING, 4) is None


def test_a_row_waits_once_and_leaves_the_shelf_when_it_is_received(ledger: SqlLedger) -> None:
    ledger.settle([], waiting=[a_waiting_row(1), a_waiting_row(2, None)])
    ledger.settle([], waiting=[a_waiting_row(1)])
    assert ledger.shelf() == [a_waiting_row(1), a_waiting_row(2, None)]
    assert ledger.shelf("n-2") == []
    ledger.settle(rows(1))
    assert ledger.shelf("n-1") == [a_waiting_row(2, None)]
    assert ledger.shelf_count() == 1


# ---------------------------------------------------------------- quarantine


def test_the_same_refusal_is_kept_once(ledger: SqlLedger) -> None:
    later = replace(a_refusal(), received_at=NOON.replace(hour=13), gateway="gateway-2")
    ledger.settle([], refused=[a_refusal(), a_refusal(), later])
    ledger.settle([], refused=[a_refusal(), a_refusal(q=4)])
    assert ledger.quarantine_count() == 2


def test_a_refusal_comes_back_as_it_went_in_newest_first(ledger: SqlLedger) -> None:
    raw = bytes(range(256))
    ledger.settle([], refused=[a_refusal(), a_refusal(raw, code="not-utf8")])
    newest, oldest = ledger.quarantine()
    assert (newest.payload, newest.code, newest.received_at) == (raw, "not-utf8", NOON)
    assert ledger.quarantined(oldest.id) == oldest
    assert ledger.quarantine(before=newest.id) == [oldest]


def test_words_that_no_database_holds_do_not_stop_a_delivery(ledger: SqlLedger) -> None:
    refused = Refused("surco/\0/\ud800", b"\0", NOON, "gateway-1", "bad-topic", "row 1, \0\udfff")
    ledger.settle([], refused=[refused])
    assert ledger.quarantine()[0].payload == b"\0"


def test_what_is_discarded_is_gone(ledger: SqlLedger) -> None:
    ledger.settle([], refused=[a_refusal()])
    number = ledger.quarantine()[0].id
    assert ledger.discard(number)
    assert not ledger.discard(number)
    assert ledger.quarantined(number) is None


def test_at_its_cap_the_oldest_go_to_a_file_and_are_counted(
    ledger: SqlLedger, tmp_path: Path
) -> None:
    ledger.settle([], refused=[a_refusal(b"%d" % n) for n in range(8)])
    assert [r.payload for r in ledger.quarantine()] == [b"7", b"6", b"5", b"4", b"3"]
    assert ledger.quarantine_moved() == 3
    lines = (tmp_path / "quarantine.jsonl").read_text().splitlines()
    assert [json.loads(line)["payload_b64"] for line in lines] == ["MA==", "MQ==", "Mg=="]


def test_a_restarted_service_still_knows_how_many_went_to_the_file(
    engine: Engine, tmp_path: Path
) -> None:
    first = SqlLedger(engine, tmp_path / "quarantine.jsonl", cap=1)
    first.settle([], refused=[a_refusal(b"%d" % n) for n in range(3)])
    assert SqlLedger(engine, tmp_path / "quarantine.jsonl", cap=1).quarantine_moved() == 2
