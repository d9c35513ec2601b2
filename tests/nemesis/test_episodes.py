"""One fault on a real small stack, from its beginning to the judge; and what is made of many."""

from pathlib import Path

import pytest

from tests.nemesis.__main__ import figures
from tests.nemesis.episodes import HEADING, Story, line_of
from tests.nemesis.faults import BY_NAME, SMALL, Episode
from tests.nemesis.world import World


@pytest.mark.journey
def test_a_gateway_that_is_killed_costs_nothing(tmp_path: Path) -> None:
    """P1, P3, P7: as `make nemesis` asks it, with what every machine can do."""
    with World(tmp_path, SMALL, 1, None) as world:
        record = Story(world).play(Episode(SMALL, 1, 0, BY_NAME["kill-gateway"]))
    assert record["red"] == []
    assert record["acked"] > 0
    assert record["back_s"] is not None
    assert len(line_of(record)) > len(HEADING) - len("verdict")


def record(**changes: object) -> dict[str, object]:
    good: dict[str, object] = {
        "stack": SMALL, "seed": 1, "number": 0, "kind": "kill-gateway", "acked": 8, "missing": 0,
        "doubled": 0, "strange": 0, "back_s": 1.0, "told": [], "red": [],
    }  # fmt: skip
    return good | changes


@pytest.mark.parametrize(
    ("changes", "figure"),
    [
        ({"missing": 4, "red": ["4 acked rows are gone and nobody says so"]}, "acked, gone"),
        ({"doubled": 2, "red": ["2 rows are stored twice"]}, "stored twice"),
        ({"back_s": None, "red": ["not back within 60 s"]}, "never back"),
        ({"back_s": 61.0, "red": ["not back within 60 s"]}, "the slowest"),
        ({"red": ["no words: expected one of clock"]}, "without words"),
        ({"number": -1, "red": ["4 acked rows never came back"]}, "never came back"),
    ],
)
def test_what_is_red_shows_in_its_figure(changes: dict[str, object], figure: str) -> None:
    assert all(one.holds is not False for one in figures([record()]))
    broken = [
        found.name for found in figures([record(), record(**changes)]) if found.holds is False
    ]
    assert any(figure in name for name in broken)
    assert f"{SMALL}: red" in broken
