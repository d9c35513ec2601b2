"""What a diary has learnt, told in litres and tenths, and only when it is worth telling."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_service.domain.water.bed_days import BedDay, Evidence, next_day
from surco_service.domain.water.belief import STAYS, THIRST, Belief
from surco_service.domain.water.learnt import Unnoted, seen_litres, unnoted, ways
from surco_service.domain.water.science.weather import Site
from tests.builders import a_bed

DAY = date(2026, 11, 23)
PAGE = next_day(a_bed(), Site(), Evidence(DAY))


def believed(thirst: float, efficiency: float, thirst_sd: float, stays_sd: float) -> Belief:
    belief = PAGE.belief
    rows = [list(row) for row in belief.covariance]
    rows[THIRST][THIRST], rows[STAYS][STAYS] = thirst_sd**2, stays_sd**2
    mean = (belief.depletion_mm, thirst, efficiency, *belief.mean[3:])
    return replace(belief, mean=mean, covariance=tuple(map(tuple, rows)))


@pytest.mark.parametrize(
    ("thirst", "sd", "code"),
    [
        (1.26, 0.05, "thirsty-bed"), (0.7, 0.05, "easy-bed"), (1.08, 0.02, ""), (0.92, 0.02, ""),
        (1.4, 0.2, ""),
    ],
)  # fmt: skip
def test_thirst_is_told_when_it_is_learnt_and_differs(thirst: float, sd: float, code: str) -> None:
    told = [way.code for way in ways(believed(thirst, 0.85, sd, 0.08))]
    assert told == ([code] if code else [])


@pytest.mark.parametrize(
    ("efficiency", "sd", "tenths"),
    [
        (0.85, 0.08, None),
        (0.82, 0.08, None),
        (0.82, 0.03, 8.0),
        (0.72, 0.08, 7.0),
        (1.0, 0.05, 10.0),
    ],
)
def test_what_stays_is_told_when_it_is_learnt_or_differs(
    efficiency: float, sd: float, tenths: float | None
) -> None:
    told = ways(believed(1.0, efficiency, 0.2, sd))
    assert [way.values["tenths"] for way in told] == ([] if tenths is None else [tenths])


def test_percent_is_said_in_steps_of_five() -> None:
    (way,) = ways(believed(1.33, 0.85, 0.05, 0.08))
    assert way.values == {"percent": 35.0}


def seen(mm: float, day: date = DAY) -> BedDay:
    return replace(PAGE, seen_mm=mm, evidence=Evidence(day))


@pytest.mark.parametrize(
    ("mm", "area_m2", "litres"),
    [(0, 2, 0), (12.75, 2, 30), (10, 0.2, 2.5), (8.5, 0.02, 0.5), (10, 0, 0), (1, float("inf"), 0)],
)
def test_litres_are_those_that_left_the_can(mm: float, area_m2: float, litres: float) -> None:
    assert seen_litres(a_bed(area_m2=area_m2), seen(mm)) == litres


def test_water_came_on_the_day_before_its_page_and_a_little_is_not_told() -> None:
    pages = [
        seen(20, DAY - timedelta(days=3)),
        seen(1.5, DAY - timedelta(days=1)),
        seen(0),
        seen(10),
    ]
    bed = a_bed(area_m2=1.7)
    assert unnoted(bed, pages) == [
        Unnoted(DAY - timedelta(days=4), 40.0),
        Unnoted(DAY - timedelta(days=1), 20.0),
    ]


@given(st.floats(0, 100), st.floats(0.05, 100))
def test_litres_are_never_far_from_what_was_seen(mm: float, area_m2: float) -> None:
    exact = mm * area_m2 / PAGE.belief.efficiency
    said = seen_litres(a_bed(area_m2=area_m2), seen(mm))
    assert abs(said - exact) <= (2.5 if exact >= 5 else 0.5) + 1e-9
