"""The judge of the nemesis (P1, P3, P7, P8): each thing that must not happen, happens here."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.nemesis.judge import Kept, Row, Seen, Verdict, judge, judge_end
from tests.nemesis.nodes import value_of

A, B = ("nem-0", "0a0b0c0d"), ("nem-1", "01020304")
MEASURED = {"nem-0": 8, "nem-1": 8}


def rows(*numbers: int, life: tuple[str, str] = A) -> frozenset[Row]:
    return frozenset((*life, q) for q in numbers)


def stored(*of: Row) -> Counter[tuple[Row, int]]:
    return Counter((row, value_of(row[0], row[2])) for row in of)


def seen(**changes: object) -> Seen:
    """Return an episode in which nothing is wrong: three rows acked, three kept."""
    good = Seen(rows(0, 1, 2), Kept(stored(*rows(0, 1, 2))), frozenset(), (), None, 1.0)
    return replace(good, **changes)  # type: ignore[arg-type]


def verdict(**changes: object) -> Verdict:
    return judge(seen(**changes), value_of, MEASURED)


def test_nothing_is_red_when_every_acked_row_is_kept_once() -> None:
    assert verdict() == Verdict()


def test_a_row_that_was_acked_and_is_gone_is_red() -> None:
    found = verdict(kept=Kept(stored(*rows(0, 2))))
    assert found.missing == rows(1)
    assert found.red == ("1 acked rows are gone and nobody says so",)


def test_a_row_that_is_gone_is_not_red_when_the_doctor_says_that_rows_are() -> None:
    assert verdict(kept=Kept(stored(*rows(0, 2))), told=frozenset({"rows-missing"})).red == ()


def test_words_of_another_kind_do_not_excuse_a_row_that_is_gone() -> None:
    assert verdict(kept=Kept(stored(*rows(0, 2))), told=frozenset({"service", "disk-low"})).red


@pytest.mark.parametrize("place", ["quarantined", "shelved"])
def test_quarantine_and_shelf_keep_rows_too(place: str) -> None:
    assert verdict(kept=Kept(stored(*rows(0, 2)), **{place: rows(1)})) == Verdict()


def test_a_row_that_was_gone_before_is_not_blamed_on_this_fault() -> None:
    found = verdict(kept=Kept(stored(*rows(0, 2))), missing_before=rows(1))
    assert (found.missing, found.red) == (rows(1), ())


def test_a_row_that_is_stored_twice_is_red() -> None:
    twice = stored(*rows(0, 1, 2)) + stored(*rows(1))
    found = verdict(kept=Kept(twice))
    assert (found.doubled, found.red) == (rows(1), ("1 rows are stored twice",))


def test_a_row_that_is_stored_with_two_values_is_stored_twice() -> None:
    both = stored(*rows(0, 1, 2))
    both[((*A, 1), 7)] = 1
    assert verdict(kept=Kept(both)).doubled == rows(1)


def test_a_value_that_nobody_measured_is_red() -> None:
    other = stored(*rows(0, 2))
    other[((*A, 1), 7)] = 1
    assert verdict(kept=Kept(other)).red == ("1 rows were never measured so",)


def test_a_row_that_nobody_measured_is_red() -> None:
    assert verdict(kept=Kept(stored(*rows(0, 1, 2, 8)))).strange == rows(8)


def test_a_store_that_cannot_be_read_is_red() -> None:
    assert verdict(kept=None).red == ("the store cannot be read",)


@pytest.mark.parametrize("back_s", [None, 60.1])
def test_who_is_not_back_within_sixty_seconds_is_red(back_s: float | None) -> None:
    assert verdict(back_s=back_s).red == ("not back within 60 s",)


def test_a_fault_without_its_words_is_red() -> None:
    told = frozenset({"broker"})
    expected = ("service", "slow-link")
    assert verdict(expected=expected, told=told).red == (
        "no words: expected one of service, slow-link",
    )
    assert verdict(expected=expected, told=told | {"slow-link"}).red == ()
    assert verdict(expected=expected, healed=True).red == ()


def test_words_that_come_when_a_fault_is_over_are_too_late() -> None:
    told = frozenset({"broker"})
    late = verdict(expected=("broker",), told=told, told_in_force=frozenset[str]())
    assert late.red == ("no words: expected one of broker",)
    assert verdict(expected=("broker",), told=told, told_in_force=told).red == ()


def test_a_memory_for_a_replay_that_shrinks_is_red() -> None:
    assert verdict(remembered=(267, 0)).red
    assert verdict(remembered=(267, 270)).red == ()


def test_no_acks_while_broker_and_gateway_are_whole_is_red() -> None:
    assert verdict(acks=0).red
    assert verdict(acks=12).red == ()


def test_a_surco_that_ended_is_red() -> None:
    assert verdict(ended="2: the database does not answer").red


def test_rows_that_never_come_back_are_red_at_the_end_of_a_run() -> None:
    assert judge_end(rows(1)) == ("1 acked rows never came back",)
    assert judge_end(()) == ()


@given(
    acked=st.sets(st.integers(0, 7)), kept=st.sets(st.integers(0, 7)), aside=st.sets(st.integers(0, 7))
)  # fmt: skip
def test_silence_is_green_exactly_when_acked_is_within_what_is_kept(
    acked: set[int], kept: set[int], aside: set[int]
) -> None:
    found = verdict(acked=rows(*acked), kept=Kept(stored(*rows(*kept)), rows(*aside)))
    assert (not found.red) == (acked <= kept | aside)


def test_two_nodes_may_have_the_same_numbers() -> None:
    both = rows(0, 1, 2) | rows(0, 1, 2, life=B)
    assert verdict(acked=both, kept=Kept(stored(*both))) == Verdict()
    assert verdict(acked=both).missing == rows(0, 1, 2, life=B)
