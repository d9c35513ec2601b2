"""What a node says of itself becomes signs, and none of its words is without one."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.update.update import LEAST_DBM
from node.wake.power import WEAK_MV
from surco_service.domain.nodes.node import NodeStatus
from surco_service.domain.nodes.signs import (
    CODES,
    LOW_BATTERY_MV,
    OTHER,
    WEAK_DBM,
    Sign,
    battery,
    complaints,
    signal,
    signs,
)
from surco_service.web.nodes.words import SENTENCES
from tests.builders import DAWN

FIRMWARE = Path(__file__).parents[4] / "firmware/node"


def a_status(**said: object) -> NodeStatus:
    return NodeStatus(DAWN, "asleep", **said)  # type: ignore[arg-type]


def test_a_node_that_is_well_has_no_signs() -> None:
    assert signs(a_status(battery_mv=3900, rssi_dbm=-60, held=0, firmware="0.2.0")) == []


def test_every_count_and_state_has_its_sign() -> None:
    said = a_status(
        lost=3, skipped=1, held=24, bad="0.3.0", firmware="0.4.0", trial=True, update="40%",
        error="no Wi-Fi: wrong password; config.json was damaged, its copy is used",
    )  # fmt: skip
    assert signs(said) == [
        Sign("lost", {"n": 3}), Sign("skipped", {"n": 1}), Sign("held", {"n": 24}),
        Sign("wifi-password"), Sign("file-damaged"), Sign("went-back", {"version": "0.3.0"}),
        Sign("on-trial", {"version": "0.4.0"}), Sign("update", {"share": "40%"}),
    ]  # fmt: skip


def test_what_was_said_twice_is_one_sign() -> None:
    assert complaints("no Wi-Fi: network not found; no Wi-Fi: no address") == ["wifi-missing"]


def test_words_that_nobody_knows_are_not_swallowed() -> None:
    assert complaints("KeyError: 'r9'") == [OTHER]
    assert complaints(None) == []


def test_words_that_the_node_had_to_cut_are_not_taken_for_others() -> None:
    whole = (
        "config.json was damaged, its copy is used; the new networks of rev 95856000 did not work"
    )
    assert complaints((whole + "; update: waits for a fuller battery, please")[:120]) == [
        "file-damaged", "networks-went-back",
    ]  # fmt: skip


def test_every_sign_has_a_sentence() -> None:
    assert SENTENCES.keys() == CODES


TELLS = ("note", "notes.append", "damaged.append")  # what makes a complaint in the firmware


def noted() -> Iterator[str]:
    """Yield the words that the firmware notes, with a 1 where it puts a value."""
    for file in FIRMWARE.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(TELLS):
                texts = [node.value for node in ast.walk(call) if isinstance(node, ast.Constant)]
                words = "".join(text for text in texts if isinstance(text, str))
                yield words.replace("%s", "1").replace("%d", "1")


def test_every_word_that_the_firmware_notes_has_a_sign_of_its_own() -> None:
    known = set(noted()) - {"", "1: 1"}  # words from elsewhere; an exception's name and words
    assert len(known) >= 9
    assert {words for words in known if complaints(words) == [OTHER]} == set()


@pytest.mark.parametrize(
    ("mv", "expected"),
    [(None, None), (4100, "full"), (3900, "full"), (3899, "half"), (3650, "half"), (3649, "low"),
     (3500, "low"), (3499, "empty"), (0, "empty")],
)  # fmt: skip
def test_a_battery_is_said_in_steps(mv: int | None, expected: str | None) -> None:
    assert battery(a_status(battery_mv=mv)) == expected


@pytest.mark.parametrize(
    ("dbm", "expected"),
    [(None, None), (-70, "good"), (-71, "fair"), (-85, "fair"), (-86, "weak")],
)
def test_a_signal_is_said_in_steps(dbm: int | None, expected: str | None) -> None:
    assert signal(a_status(rssi_dbm=dbm)) == expected


def test_the_page_calls_weak_what_the_firmware_takes_for_weak() -> None:
    assert (LOW_BATTERY_MV, WEAK_DBM) == (WEAK_MV, LEAST_DBM)
