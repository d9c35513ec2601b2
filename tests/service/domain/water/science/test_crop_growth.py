from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_service.domain.water.science.crop_growth import (
    BARE_KC,
    crop_coefficient,
    root_depth_m,
    stage,
)
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


# ---------------------------------------------------------------- trees

TREES = [crop for crop in CROPS.values() if crop.kind == "tree"]
YEAR = [date(2028, 1, 1) + timedelta(days=i) for i in range(366)]  # a leap year


@pytest.mark.parametrize("tree", TREES, ids=lambda crop: crop.id)
@given(days=st.none() | st.integers(0, 20_000), on=st.dates(date(2020, 1, 1), date(2040, 12, 31)))
def test_a_tree_goes_by_the_date_however_long_ago_it_was_planted(tree, days, on: date) -> None:
    assert crop_coefficient(tree, days, on=on) == crop_coefficient(tree, 1, on=on)
    assert crop_coefficient(tree, days) == tree.kc[1], "without a date it is mid season"


@given(days=st.none() | st.integers(-30, 400), on=st.dates())
def test_an_annual_does_not_look_at_the_date(days: int | None, on: date) -> None:
    assert crop_coefficient(TOMATO, days, on=on) == crop_coefficient(TOMATO, days)


def test_a_peach_is_bare_in_january_buds_in_february_and_is_full_in_summer() -> None:
    peach = CROPS["durazno"]
    found = [
        crop_coefficient(peach, None, on=date(2026, month, day))
        for month, day in [(1, 10), (2, 14), (2, 15), (5, 20), (9, 1), (11, 12), (11, 27), (12, 31)]
    ]
    assert found == pytest.approx([0.2, 0.2, 0.55, 0.9, 0.9, 0.65, 0.425, 0.2])
    assert found[0] == BARE_KC


def test_a_citrus_drinks_least_in_summer_as_table_12_has_it() -> None:
    citrus = CROPS["citricos"]
    found = [crop_coefficient(citrus, 4000, on=date(2026, month, 15)) for month in (1, 8, 12)]
    assert found == pytest.approx([0.65, 0.60, 0.643], abs=5e-3)


@pytest.mark.parametrize("tree", TREES, ids=lambda crop: crop.id)
def test_a_tree_changes_slowly_but_for_the_day_its_buds_break(tree) -> None:
    year = [(day, crop_coefficient(tree, None, on=day)) for day in [*YEAR, date(2029, 1, 1)]]
    jumps = [after for (_, a), (after, b) in pairwise(year) if abs(a - b) > 0.02]
    assert jumps == ([date(2028, *tree.spring)] if tree.sheds else [])


@pytest.mark.parametrize("tree", TREES, ids=lambda crop: crop.id)
def test_straw_saves_under_a_tree_on_every_day_of_the_year(tree) -> None:
    for day in YEAR:
        under = crop_coefficient(tree, None, on=day, mulch=True)
        assert 0.1 < under < crop_coefficient(tree, None, on=day)


def test_the_roots_of_a_tree_grow_for_three_years() -> None:
    citrus = CROPS["citricos"]
    found = [root_depth_m(citrus, days) for days in (-5, 0, 548, 1095, 9000, None)]
    assert found == pytest.approx([0.3, 0.3, 0.45, 0.6, 0.6, 0.6], abs=1e-3)


# ---------------------------------------------------------------- stages


@pytest.mark.parametrize(
    ("crop", "days", "expected"),
    [
        ("rabano", -1, "unsown"),
        ("rabano", 0, "sown"),
        ("rabano", 9, "sown"),  # its first stage is ten days
        ("rabano", 10, "growing"),
        ("zanahoria", 11, "sown"),
        ("zanahoria", 12, "growing"),
        ("zanahoria", 50, "growing"),
        ("zanahoria", 51, "full"),
        ("zanahoria", 80, "full"),
        ("zanahoria", 81, "late"),
        ("zanahoria", 100, "late"),
        ("zanahoria", 101, "past"),
        ("jitomate", 0, "growing"),  # set out, never sown in its bed
        ("jitomate", 136, "past"),
        ("ajo", 145, "late"),
        ("ajo", 146, "curing"),
        ("ajo", 165, "curing"),
        ("ajo", 166, "past"),
        ("milpa", 5, "sown"),
        ("milpa", 121, "curing"),
        ("pasto", 3, "sown"),
        ("pasto", 4000, "full"),
        ("fresa", 3, "full"),
        ("durazno", -3, "unsown"),
        ("durazno", 4000, "full"),
        ("ajo", None, "full"),
    ],
)
def test_how_far_a_crop_is(crop: str, days: int | None, expected: str) -> None:
    assert stage(CROPS[crop], days) == expected


ORDER = ("unsown", "sown", "growing", "full", "late", "curing", "past")


@pytest.mark.parametrize("crop", CROPS.values(), ids=lambda crop: crop.id)
def test_a_crop_never_goes_back(crop) -> None:
    way = [ORDER.index(stage(crop, days)) for days in range(-3, 500)]
    assert way == sorted(way)
    assert (ORDER[way[-1]] == "past") == (crop.kind == "annual")
    assert ("curing" in {ORDER[i] for i in way}) == (crop.cures_d > 0)
    assert ("sown" in {ORDER[i] for i in way}) == (not crop.transplanted)
