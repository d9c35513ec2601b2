"""The tables of the nemesis, and that a seed draws the same faults for ever."""

import pytest

from tests.nemesis.__main__ import seeds_of
from tests.nemesis.deeds import DEEDS
from tests.nemesis.faults import (
    BY_NAME,
    KINDS,
    SHORT,
    STACKS,
    TELL_OF_A_LOSS,
    WORDS,
    Kind,
    codes_in,
    drawn,
    named,
    possible,
)
from tests.nemesis.world import wrong

CAN = ("mount", "cc", "toxiproxy")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_can_be_done_and_its_words_be_found(kind: Kind) -> None:
    assert kind.deed in DEEDS
    assert set(kind.codes) <= WORDS.keys()
    assert kind.holds_s[0] <= kind.holds_s[1]
    assert kind.needs in ("", *CAN)
    assert not kind.acks or kind.holds_s[0] >= 4, "a node needs time to be acknowledged"


def test_names_are_given_once() -> None:
    assert len(BY_NAME) == len(KINDS)
    assert set(TELL_OF_A_LOSS) <= WORDS.keys()


@pytest.mark.parametrize("stack", STACKS)
def test_seeds_that_follow_one_another_draw_every_kind(stack: str) -> None:
    episodes = [one for seed in range(1, 11) for one in drawn(stack, seed, 10)]
    assert len(episodes) == 100
    assert {one.kind for one in episodes} == set(possible(stack, (), CAN))
    assert len({(one.seed, one.number) for one in episodes}) == 100


@pytest.mark.parametrize("stack", STACKS)
def test_a_seed_draws_the_same_faults_and_details_again(stack: str) -> None:
    first, again = drawn(stack, 7, 10), drawn(stack, 7, 10)
    assert first == again
    assert [one.chance().random() for one in first] == [one.chance().random() for one in again]
    assert [one.kind for one in first] != [one.kind for one in drawn(stack, 8, 10)]


def test_what_the_machine_does_not_allow_is_not_drawn() -> None:
    assert not [one for one in drawn("small", 1, 200, can=()) if one.kind.needs]


def test_only_kinds_that_are_named_are_drawn() -> None:
    assert {one.kind.name for one in drawn("small", 1, 5, ("kill-broker",))} == {"kill-broker"}


@pytest.mark.parametrize("stack", STACKS)
def test_the_short_form_is_made_of_kinds_that_its_stack_has(stack: str) -> None:
    assert [one.kind.name for one in named(stack, SHORT[stack], CAN)] == list(SHORT[stack])


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("gateway reports: the service does not answer (…); everything is kept and sent later", "service"),
        ("service: readings=unavailable notebook=ok mirror=none; look at logs/service.log", "readings-away"),
        ("gateway reports: the spool was damaged and is now spool.damaged.db; 12 messages", "damage"),
        ("Disk: 0.02 GB are left; free at least 1 GB", "disk-low"),
        ("service: nobody answers on 127.0.0.1:8000; is “surco up” running?", "service-silent"),
        ("rows-missing nem-1", "rows-missing"),
    ],
)  # fmt: skip
def test_what_the_doctor_says_has_a_code(line: str, code: str) -> None:
    assert code in codes_in([line])


def test_a_finding_of_the_doctor_may_have_several_lines() -> None:
    said = (
        "✓ Clock: good\n✗ A memory was damaged. (box)\n  Nothing is lost.\n  1. Leave it on.\n"
        "  (the machine says: 12 pages)\n✗ Readings are missing.\n  - nem-1\nTo be mended: 2.\n"
    )
    assert wrong(said) == [
        "A memory was damaged. (box) (the machine says: 12 pages)",
        "Readings are missing. - nem-1",
    ]


def test_that_nothing_is_lost_is_no_news_of_a_loss() -> None:
    said = "✗ The box cannot hand its readings over.\n  Nothing is lost: it keeps the rows.\n"
    assert codes_in(wrong(said)) == {"service"}


def test_a_code_is_not_found_within_another_word() -> None:
    assert codes_in(["gateway reports: my-rows-missing-not", "service: well"]) == frozenset()


def test_seeds_are_read_as_people_write_them() -> None:
    assert seeds_of("7") == [7]
    assert seeds_of("1-3") == [1, 2, 3]
    assert seeds_of("3,5-6") == [3, 5, 6]
