import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_service.domain.water.calibration import water_content
from tests.builders import a_calibration, raw_mv


def test_both_points_of_a_calibration_are_met() -> None:
    assert water_content(a_calibration(), 2300) == pytest.approx(0.05)
    assert water_content(a_calibration(), 900) == pytest.approx(0.45)


@pytest.mark.parametrize("mv", [2700, 500, 0, -100, 1e9])
def test_a_value_far_off_the_scale_is_not_believed(mv: float) -> None:
    assert water_content(a_calibration(), mv) is None


def test_two_points_at_the_same_voltage_say_nothing() -> None:
    assert water_content(a_calibration(wet_mv=2300), 2300) is None


@given(st.floats(0, 0.5))
def test_millivolts_and_water_content_are_the_same_thing(theta: float) -> None:
    assert water_content(a_calibration(), raw_mv(theta)) == pytest.approx(theta, abs=1e-9)
