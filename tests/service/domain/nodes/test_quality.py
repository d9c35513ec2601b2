"""Flat lines by hand; test_oracles.py compares random ones with ioos_qc."""

import pytest

from surco_service.domain.nodes.quality import FAIL, GOOD, MISSING, SUSPECT, flat_line

G, S, F, M = GOOD, SUSPECT, FAIL, MISSING


@pytest.mark.parametrize(
    ("minutes", "values", "flags"),
    [
        # 100 and 200 minutes of half-hours are 3 and 6 steps, not 4 and 7
        (range(0, 240, 30), [1.0] * 8, [G, G, G, S, S, S, F, F]),
        # of forty minutes: 2 and 5 steps
        (range(0, 280, 40), [1.0] * 7, [G, G, S, S, S, F, F]),
        # a gap is one step long; the usual step is the median
        ([0, 30, 60, 300, 330, 360], [1.0] * 6, [G, G, G, S, S, S]),
        # what is missing takes its place in the span, and does not end it
        (range(0, 150, 30), [1.0, None, None, 1.0, 1.0], [G, M, M, S, S]),
        # 0.004 keeps within the tolerance, 0.006 does not
        (range(0, 150, 30), [1.0, 1.004, 1.0, 1.0, 1.006], [G, G, G, S, G]),
        # too few, and clocks that stood still
        ([0, 100], [1.0, 1.0], [G, G]),
        ([5, 5, 5, 5], [1.0] * 4, [G] * 4),
        ([], [], []),
    ],
)
def test_a_flat_line_is_flagged_from_its_last_whole_step_on(minutes, values, flags) -> None:
    seconds = [60.0 * minute for minute in minutes]
    assert flat_line(values, seconds, 6000, 12_000, 0.005) == flags


def test_a_step_longer_than_the_span_makes_every_value_flat_as_in_ioos_qc() -> None:
    assert flat_line([1.0, 2.0, 3.0], [0, 7200, 14_400], 6000, 12_000, 0.005) == [S, S, S]
