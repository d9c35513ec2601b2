from datetime import timedelta

import pytest

from tests.builders import DAWN, LONG_AGO, a_placement

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        (LONG_AGO - SECOND, False),
        (LONG_AGO, True),
        (DAWN - SECOND, True),
        (DAWN, False),
        (DAWN + SECOND, False),
    ],
)
def test_a_placement_holds_from_its_beginning_until_just_before_its_end(at, holds: bool) -> None:
    assert a_placement(until=DAWN).holds(at) is holds


def test_a_placement_without_an_end_holds_for_ever() -> None:
    assert a_placement().holds(DAWN + timedelta(days=36_500))
