"""Rows that never came are asked for: not at once, not often, not for ever."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from surco_service.usecases.intake.gateways import Gaps, Presence
from tests.service.deliveries import NOON, B, Inlet, a_message, a_payload

SOON, LATER, MUCH_LATER = timedelta(minutes=9), timedelta(minutes=11), timedelta(minutes=72)


@pytest.fixture
def inlet(tmp_path: Path) -> Iterator[Inlet]:
    with closing(Inlet(tmp_path)) as inlet:
        inlet.stores.gateways.add("gateway-1", "hash")
        yield inlet


def gaps_after(inlet: Inlet, *numbers: int) -> Gaps:
    gaps = Gaps()
    receipt = inlet.deliver(*(a_message(a_payload(q=q)) for q in numbers))
    gaps.seen(receipt.gaps, NOON)
    return gaps


def asked(inlet: Inlet) -> list[dict[str, object]]:
    return [dict(command.body) for command in inlet.stores.gateways.commands("gateway-1", 0)]


def test_a_gap_that_stays_is_asked_for(inlet: Inlet) -> None:
    gaps = gaps_after(inlet, 1, 2, 5)
    assert gaps.ask(inlet.stores, NOON + SOON) == 0
    assert gaps.ask(inlet.stores, NOON + LATER) == 1
    assert asked(inlet) == [{"b": B, "q": 3, "n": 2}]


def test_a_gap_that_closed_by_itself_is_not(inlet: Inlet) -> None:
    gaps = gaps_after(inlet, 1, 3)
    inlet.deliver(a_message(a_payload(q=2)))
    assert gaps.ask(inlet.stores, NOON + LATER) == 0


def test_it_is_asked_for_once_an_hour_and_three_times_in_all(inlet: Inlet) -> None:
    gaps = gaps_after(inlet, 1, 3)
    times = [NOON + LATER + minutes * timedelta(minutes=20) for minutes in range(24)]
    assert sum(gaps.ask(inlet.stores, now) for now in times) == 3


def test_many_gaps_are_asked_for_a_few_at_a_time_newest_first(inlet: Inlet) -> None:
    gaps = gaps_after(inlet, *range(0, 30, 2))
    assert gaps.ask(inlet.stores, NOON + LATER) == 4
    assert [body["q"] for body in asked(inlet)] == [21, 23, 25, 27]


def test_a_huge_gap_is_asked_for_in_part(inlet: Inlet) -> None:
    gaps = gaps_after(inlet, 0, 100_000)
    gaps.ask(inlet.stores, NOON + MUCH_LATER)
    assert asked(inlet) == [{"b": B, "q": 1, "n": 240}]


def test_presence_is_written_down_now_and_then(inlet: Inlet) -> None:
    presence = Presence()
    for seconds in (0, 10, 29, 31):
        presence.seen(inlet.stores, "gateway-1", NOON + timedelta(seconds=seconds))
    assert inlet.stores.gateways.all() == {"gateway-1": NOON + timedelta(seconds=31)}
