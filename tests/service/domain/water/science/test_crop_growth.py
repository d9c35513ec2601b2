import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_service.domain.water.science.crop_growth import crop_coefficient
from surco_service.domain.water.science.crops import CROPS

TOMATO = CROPS["jitomate"]


def test_straw_saves_two_fifths_while_the_ground_is_bare() -> None:
    # FAO-56 ch. 10: 5 % of the evaporation for each 10 % of cover; four fifths are covered
    assert crop_coefficient(TOMATO, 5, mulch=True) == pytest.approx(0.6 * 0.6)


def test_straw_saves_little_once_leaves_shade_the_ground() -> None:
    assert crop_coefficient(TOMATO, 90, mulch=True) == pytest.approx(1.15 - 0.02)
    assert crop_coefficient(TOMATO, None, mulch=True) == pytest.approx(1.15 - 0.02)


@pytest.mark.parametrize("crop", CROPS.values(), ids=lambda crop: crop.id)
@given(days=st.none() | st.integers(-30, 400))
def test_a_bed_under_straw_never_drinks_more_and_always_something(crop, days: int | None) -> None:
    assert 0.1 < crop_coefficient(crop, days, mulch=True) < crop_coefficient(crop, days)
