"""18.6: rows that never came are asked for until they come or are known to be lost."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surco_service.adapters.sql.engine import open_engine
from surco_service.adapters.sql.ranges import merge
from surco_service.domain.nodes.node import Node, NodeStatus
from surco_service.ports.intake import Hole, Wanted
from surco_service.usecases.intake import missing
from surco_service.usecases.intake.missing import ATTEMPTS, MOST_PIECES, MOST_ROWS, plan
from tests.service.deliveries import NOON, B, Inlet, a_message, a_payload

SOON, LATER = timedelta(minutes=9), timedelta(minutes=11)
HOUR = timedelta(minutes=61)


@pytest.fixture
def inlet(tmp_path: Path) -> Iterator[Inlet]:
    with closing(Inlet(tmp_path)) as inlet:
        inlet.stores.gateways.add("gateway-1", "hash")
        yield inlet


def deliver(inlet: Inlet, *numbers: int) -> None:
    """Deliver rows, one message for those that follow each other."""
    for _, run in groupby(enumerate(sorted(numbers)), lambda pair: pair[1] - pair[0]):
        numbers_of_run = [q for _, q in run]
        for start in range(0, len(numbers_of_run), 24):
            part = numbers_of_run[start : start + 24]
            rows = [[place, 1805, 3912] for place in range(len(part))]
            inlet.deliver(a_message(a_payload(*rows, q=part[0], t0=1_795_000_000)))


def asked(inlet: Inlet) -> list[tuple[object, object]]:
    return [(c.body["q"], c.body["n"]) for c in inlet.stores.gateways.commands("gateway-1", 0)]


def troubles(inlet: Inlet) -> dict[tuple[str, str], object]:
    return {(one.code, one.about): one.facts["count"] for one in inlet.stores.troubles.all()}


def hear(inlet: Inlet, at: datetime) -> None:
    """Let the node speak."""
    known = {node.id for node in inlet.stores.registry.nodes()}
    if "n-1" not in known:
        inlet.stores.registry.save_node(Node("n-1", "", at))
    inlet.stores.registry.set_status("n-1", NodeStatus(at=at, state="asleep"))


@pytest.mark.parametrize("deliveries", [
    [range(24), range(100, 124), range(124, 148)],
    [range(124, 148), range(24), range(100, 124)],
])  # fmt: skip
def test_a_hole_is_seen_whatever_came_in_between(inlet: Inlet, deliveries: list[range]) -> None:
    for numbers in deliveries:
        deliver(inlet, *numbers)
    assert missing.ask(inlet.stores, NOON) == 0
    assert missing.ask(inlet.stores, NOON + SOON) == 0
    assert missing.ask(inlet.stores, NOON + LATER) == 1
    assert asked(inlet) == [(24, 76)]


def test_a_hole_that_closed_by_itself_is_not_asked_for(inlet: Inlet) -> None:
    deliver(inlet, 0, 2)
    missing.ask(inlet.stores, NOON)
    deliver(inlet, 1)
    assert missing.ask(inlet.stores, NOON + LATER) == 0
    assert inlet.stores.ledger.wanted() == []


def test_another_service_goes_on_where_the_one_before_stopped(inlet: Inlet, tmp_path: Path) -> None:
    deliver(inlet, 0, 2)
    missing.ask(inlet.stores, NOON)
    engine = open_engine(f"sqlite:///{tmp_path}/notebook.db")
    with closing(Inlet(tmp_path, engine)) as again:
        assert missing.ask(again.stores, NOON + LATER) == 1
        assert troubles(again) == {("rows-missing", "n-1"): 1}


def test_what_is_missing_is_said_until_it_came(inlet: Inlet) -> None:
    deliver(inlet, 0, 5, 6, 9)
    missing.ask(inlet.stores, NOON)
    assert troubles(inlet) == {}, "a node may send its newest rows first"
    missing.ask(inlet.stores, NOON + LATER)
    assert troubles(inlet) == {("rows-missing", "n-1"): 6}
    deliver(inlet, 2, 3)
    missing.ask(inlet.stores, NOON + LATER)
    assert troubles(inlet) == {("rows-missing", "n-1"): 4}
    deliver(inlet, 1, 4, 7, 8)
    missing.ask(inlet.stores, NOON + LATER)
    assert troubles(inlet) == {}


def test_what_a_node_does_not_hold_is_lost_and_said_for_a_month(inlet: Inlet) -> None:
    deliver(inlet, 0, 5)
    now, orders = NOON, 0
    for _ in range(9):
        orders += missing.ask(inlet.stores, now)
        now += HOUR
        hear(inlet, now)
    assert orders == ATTEMPTS
    assert troubles(inlet) == {("rows-lost", "n-1"): 4}
    missing.ask(inlet.stores, now + timedelta(days=31))
    assert troubles(inlet) == {}
    deliver(inlet, 1, 2)  # a phone brought some of them after all
    missing.ask(inlet.stores, now)
    assert troubles(inlet) == {("rows-lost", "n-1"): 2}


def test_a_node_that_does_not_speak_has_not_been_asked_in_vain(inlet: Inlet) -> None:
    deliver(inlet, 0, 5)
    hear(inlet, NOON)
    missing.ask(inlet.stores, NOON)
    assert [missing.ask(inlet.stores, NOON + n * HOUR) for n in range(1, 9)] == [1, *[0] * 7]
    assert troubles(inlet) == {("rows-missing", "n-1"): 4}


def test_rows_from_before_the_first_that_came_are_asked_for_but_called_lost_by_nobody(
    inlet: Inlet,
) -> None:
    deliver(inlet, *range(5000, 5010))
    now = NOON
    seen: set[object] = set()
    for _ in range(9):
        missing.ask(inlet.stores, now)
        now += HOUR
        hear(inlet, now)
        seen |= set(asked(inlet))
    assert (4760, 240) in seen
    assert len(seen) == MOST_PIECES, "where the newest are not held, the older are not either"
    assert troubles(inlet) == {}


def test_a_clock_that_was_set_back_stops_nothing(inlet: Inlet) -> None:
    deliver(inlet, 0, 5)
    missing.ask(inlet.stores, NOON + timedelta(days=365))
    assert missing.ask(inlet.stores, NOON) == 1


# ---------------------------------------------------------------- the law


def holes_of(came: Iterable[int]) -> list[Hole]:
    ranges = merge([], came)
    between = [Hole("n-1", B, a[1], b[0]) for a, b in pairwise(ranges)]
    leading = [Hole("n-1", B, 0, ranges[0][0], leading=True)] if ranges[0][0] > 0 else []
    return [*leading, *between][::-1]


@settings(max_examples=150, deadline=None)
@given(
    came=st.sets(st.integers(0, 3000), min_size=2, max_size=40),
    held_from=st.integers(0, 3000),
    spoilt=st.sets(st.integers(0, 3000), max_size=20),
    cut=st.integers(20, 400),
)
def test_what_a_node_holds_comes_back_and_what_it_does_not_is_lost(
    came: set[int], held_from: int, spoilt: set[int], cut: int
) -> None:
    """Whatever the holes are: each row is received or known to be lost in the end."""
    received, wanted, now = set(came), list[Wanted](), NOON
    to_send = set[int]()
    for _ in range(1500):
        made = plan(holes_of(received), wanted, now, now)
        wanted, now = made.wanted, now + HOUR
        assert len(made.ask) <= MOST_PIECES
        assert all(0 < one.end - one.first <= MOST_ROWS for one in made.ask)
        to_send |= {q for one in made.ask for q in range(one.first, one.end)
                    if q >= held_from and q not in spoilt}  # fmt: skip
        sent = sorted(to_send)[-cut:]  # a visit may be too short for all of it
        received |= set(sent)
        to_send -= set(sent)
        open_holes = {q for hole in holes_of(received) for q in range(hole.first, hole.end)}
        lost = {q for one in wanted if one.lost_at for q in range(one.first, one.end)}
        if open_holes <= lost:
            break
    assert open_holes <= lost
    held = {q for q in range(max(came)) if q >= held_from and q not in spoilt}
    internal = {q for q in held if q > min(came)}
    assert internal <= received, "nothing that the node holds is given up"
