"""The shape of a day: a step of a probe, and whether it stayed, as its hours show them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_service.domain.water.day_shape import LEAST_HOURS, Rise, Shape, rise_of, shape_of

Hours = list[float | None]
WATERED: Hours = [1400.0] * 10 + [1000.0, 1010.0, 1020.0] + [1030.0] * 11  # less is wetter
BEFORE_MV = 1400.0


def test_a_watering_is_a_step_within_the_hours_and_recedes_until_morning() -> None:
    rise = rise_of(BEFORE_MV, WATERED, 1030.0)
    assert rise is not None
    assert rise.before_mv == 1400.0
    assert rise.after_mv == pytest.approx(1015, abs=15)
    assert rise.morning_mv == 1030.0


def test_slow_drying_has_no_step() -> None:
    rise = rise_of(1400.0, [1400.0 + hour for hour in range(24)], 1424.0)
    assert rise is not None
    assert abs(rise.after_mv - rise.before_mv) < 6


@pytest.mark.parametrize("gone", [slice(3, 6), slice(8, 10), slice(13, 16), slice(0, 9, 2)])
def test_hours_that_are_missing_hide_no_step(gone: slice) -> None:
    hours = WATERED.copy()
    hours[gone] = [None] * len(hours[gone])
    rise = rise_of(BEFORE_MV, hours, 1030.0)
    assert rise is not None
    assert rise.before_mv == 1400.0
    assert rise.after_mv == pytest.approx(1015, abs=16)


def test_of_too_few_hours_or_of_a_silent_morning_nothing_is_said() -> None:
    known = [1400.0] * LEAST_HOURS
    assert rise_of(BEFORE_MV, [*known, *[None] * 12], 1400.0) is not None
    assert rise_of(BEFORE_MV, [*known[1:], *[None] * 13], 1400.0) is None
    assert rise_of(BEFORE_MV, WATERED, None) is None
    assert rise_of(BEFORE_MV, [], 1400.0) is None


def test_water_in_the_first_hour_is_seen_against_the_morning_before() -> None:
    rise = rise_of(1400.0, [1200.0, *[1010.0] * 23], 1010.0)
    assert rise == Rise(1400.0, 1010.0, 1010.0)
    unknown = rise_of(None, [1010.0] * 24, 1010.0)
    assert unknown == Rise(1010.0, 1010.0, 1010.0), "nobody knows what was before"


def test_a_shape_tells_how_much_of_a_step_was_gone_by_morning() -> None:
    assert shape_of(0.25, 0.40, 0.34).rise == pytest.approx(0.15)
    assert shape_of(0.25, 0.40, 0.34).receded == pytest.approx(0.4)
    assert shape_of(0.25, 0.40, 0.40).receded == 0
    assert shape_of(0.30, 0.25, 0.25) == Shape(pytest.approx(-0.05), 0.0)


@given(
    before=st.none() | st.floats(0, 3300), morning=st.none() | st.floats(0, 3300),
    hours=st.lists(st.none() | st.floats(0, 3300), max_size=24),
)  # fmt: skip
def test_a_step_lies_within_what_was_said(
    before: float | None, hours: Hours, morning: float | None
) -> None:
    rise = rise_of(before, hours, morning)
    said = [mv for mv in (before, *hours) if mv is not None]
    if rise is not None:
        assert min(said) - 0.1 <= rise.before_mv <= max(said) + 0.1
        assert min(said) - 0.1 <= rise.after_mv <= max(said) + 0.1
