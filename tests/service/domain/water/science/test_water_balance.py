import math
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_service.domain.water.science import (
    evapotranspiration,
    rain_harvest,
    soil_water,
    water_balance,
)
from surco_service.domain.water.science.crop_growth import crop_coefficient, root_depth_m
from surco_service.domain.water.science.crops import CROPS
from surco_service.domain.water.science.evapotranspiration import (
    QUERETARO_ET0_MM,
    monthly,
    reference_et,
)
from surco_service.domain.water.science.weather import Site, WeatherDay
from tests.service.domain.water.science.reference.fao56 import end_of_day
from tests.service.domain.water.science.reference.saxton_rawls import from_texture

MM = st.floats(0, 100)
ANYTHING = st.floats(allow_nan=True, allow_infinity=True) | st.none()
DAYS = st.lists(st.tuples(st.floats(0, 12), st.floats(0, 80), st.floats(0, 40)), max_size=60)


@given(start=MM, days=DAYS, raw=st.floats(0, 100))
def test_no_water_is_lost_or_made(
    start: float, days: list[tuple[float, float, float]], raw: float
) -> None:
    depletion, came, went, begin = start, 0.0, 0.0, start
    for etc, rain, irrigation in days:
        day = water_balance.step(
            depletion, taw_mm=100, raw_mm=raw, etc_mm=etc, et0_mm=etc, rain_mm=rain,
            irrigation_mm=irrigation,
        )  # fmt: skip
        came += rain + irrigation
        went += day.transpired_mm + day.percolation_mm + day.runoff_mm + day.lost_rain_mm
        depletion = day.depletion_mm
        assert 0 <= depletion <= 100
    assert begin - depletion == pytest.approx(came - went, abs=1e-9)


@given(start=MM, etc=st.floats(0, 12), rain=st.floats(0, 80), more=st.floats(0, 40), irrigation=MM)
def test_more_water_never_leaves_a_bed_drier(
    start: float, etc: float, rain: float, more: float, irrigation: float
) -> None:
    def end(**water: float) -> float:
        given = {"rain_mm": rain, "irrigation_mm": irrigation} | water
        return water_balance.step(start, taw_mm=100, raw_mm=40, etc_mm=etc, **given).depletion_mm

    assert end(irrigation_mm=irrigation + more) <= end() + 1e-9
    assert end(rain_mm=rain + more) <= end() + 1e-9


def test_early_water_drains_before_the_plants_drink_and_late_rain_after() -> None:
    # FAO-56 Ex. 38: a bed that is watered early ends its day one ETc below full
    watered = water_balance.step(10, taw_mm=100, raw_mm=50, etc_mm=5, irrigation_mm=30)
    rained = water_balance.step(10, taw_mm=100, raw_mm=50, etc_mm=5, rain_mm=30)
    assert (watered.depletion_mm, watered.percolation_mm) == (5, 20)
    assert (rained.depletion_mm, rained.percolation_mm) == (0, 15)
    assert end_of_day(10, taw_mm=100, etc_mm=5, irrigation_mm=30) == (0, 15)


def test_stress_is_that_of_the_bed_after_its_morning_watering() -> None:
    def stress(**water: float) -> float:
        return water_balance.step(70, taw_mm=100, raw_mm=40, etc_mm=5, **water).stress

    assert stress() == pytest.approx(0.5)  # as Ex. 37: from the depletion the day began with
    assert stress(irrigation_mm=30) == 1
    assert stress(rain_mm=30) == pytest.approx(0.5), "the rain comes when the plants have drunk"


def test_a_cloudburst_runs_off() -> None:
    day = water_balance.step(80, taw_mm=100, raw_mm=50, etc_mm=0, rain_mm=90)
    assert (day.rain_mm, day.runoff_mm, day.depletion_mm) == (60, 30, 20)


def test_roots_that_grow_find_what_the_soil_below_lacks() -> None:
    assert water_balance.deepened_mm(10, 0.3, 0.25, 0.1) == pytest.approx(15)


@given(
    low=ANYTHING, high=ANYTHING, rh_min=ANYTHING, rh_max=ANYTHING, wind=ANYTHING, sun=ANYTHING,
    latitude=st.floats(-90, 90), elevation=st.floats(-400, 5000),
    day=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
)  # fmt: skip
def test_any_weather_gives_a_finite_et0(
    low: float | None, high: float | None, rh_min: float | None, rh_max: float | None,
    wind: float | None, sun: float | None, latitude: float, elevation: float, day: date,
) -> None:  # fmt: skip
    weather = WeatherDay(day, low, high, rh_min, rh_max, wind, sun)
    found = reference_et(weather, Site(latitude, elevation))
    assert 0 <= found.mm < 40
    assert found.method in evapotranspiration.SIGMA


@pytest.mark.parametrize(
    ("known", "method"),
    [
        ({}, "monthly"),
        ({"temp_min_c": 10.0}, "monthly"),
        ({"temp_min_c": 30.0, "temp_max_c": 10.0}, "monthly"),
        ({"temp_min_c": 10.0, "temp_max_c": 28.0}, "temperature"),
        ({"temp_min_c": 10.0, "temp_max_c": 28.0, "rh_max": 80.0}, "temperature"),
        ({"temp_min_c": 10.0, "temp_max_c": 28.0, "radiation_mj_m2": 22.0}, "penman"),
    ],
)
def test_the_less_is_known_the_simpler_the_method(known: dict[str, float], method: str) -> None:
    found = reference_et(WeatherDay(date(2026, 5, 4), **known), Site())
    assert found.method == method
    assert 3 < found.mm < 8, "a day of May in Querétaro"


def test_the_table_of_months_meets_its_values_in_mid_month_and_never_jumps() -> None:
    assert monthly(date(2026, 5, 16)) == pytest.approx(QUERETARO_ET0_MM[4], abs=0.03)
    year = [monthly(date.fromordinal(date(2026, 1, 1).toordinal() + i)) for i in range(366)]
    assert max(abs(a - b) for a, b in pairwise(year)) < 0.06


def test_a_season_goes_from_bare_soil_to_a_standing_crop() -> None:
    tomato = CROPS["jitomate"]
    assert [crop_coefficient(tomato, d) for d in (-5, 0, 90, 135, 400)] == [
        0.6, 0.6, 1.15, 0.8, 0.8,
    ]  # fmt: skip
    assert [root_depth_m(tomato, d) for d in (-5, 0, 70, 400)] == [0.15, 0.15, 0.4, 0.4]
    assert root_depth_m(tomato, 35) == pytest.approx(0.275), "half of the way to mid season"
    assert (crop_coefficient(tomato, None), root_depth_m(tomato, None)) == (1.15, 0.4)


@pytest.mark.parametrize("crop", CROPS.values(), ids=lambda crop: crop.id)
@given(days=st.none() | st.integers(-1000, 10_000))
def test_every_crop_has_a_sensible_coefficient_on_every_day(crop, days: int | None) -> None:
    assert 0.1 <= crop_coefficient(crop, days) <= 1.4
    assert 0 < root_depth_m(crop, days) <= crop.root_depth_m


@given(theta=st.floats(0, 0.6), depth=st.floats(0.05, 2))
def test_depletion_and_water_content_turn_into_one_another(theta: float, depth: float) -> None:
    depletion = soil_water.depletion_mm(0.3, theta, depth)
    assert soil_water.theta(0.3, depletion, depth) == pytest.approx(theta, abs=1e-12)


@pytest.mark.parametrize(
    "shares", [(-0.1, 0.2, 2), (0.8, 0.4, 2), (0.4, 0.2, -1), (math.nan, 0, 0)]
)
def test_a_soil_that_cannot_be_is_refused(shares: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="shares"):
        from_texture(*shares)


@given(stored=MM, capacity=st.floats(0, 200), inflow=MM, wanted=MM)
def test_a_cistern_loses_no_litre(
    stored: float, capacity: float, inflow: float, wanted: float
) -> None:
    begin = min(stored, capacity)
    day = rain_harvest.fill(stored, capacity, inflow, wanted)
    assert 0 <= day.stored <= capacity
    assert begin + inflow == pytest.approx(day.stored + day.used + day.spilt, abs=1e-9)


def test_the_first_millimetre_washes_the_roof() -> None:
    assert rain_harvest.roof_litres(11, 40, 0.8) == pytest.approx(320)
    assert rain_harvest.roof_litres(0.5, 40) == 0
