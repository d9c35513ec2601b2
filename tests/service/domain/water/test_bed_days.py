from dataclasses import replace
from datetime import date, timedelta

import pytest

from surco_service.domain.stewardship.garden import Bed
from surco_service.domain.water.bed_days import (
    DRY_SEASON_RAIN_MM,
    UNSEEN_RAIN_MM,
    Evidence,
    bed_etc_mm,
    day_inputs,
)
from surco_service.domain.water.belief import Day
from surco_service.domain.water.science.evapotranspiration import Et0
from surco_service.domain.water.science.weather import Site, WeatherDay

TODAY = date(2026, 5, 4)
SOWN = Bed("cama-1", "huerto", "Cama 1", 2.0, "jitomate", TODAY - timedelta(days=10))
ET0 = Et0(5.0, "given", 0.12)


def drinks(**differs: object) -> float:
    return bed_etc_mm(replace(SOWN, **differs), WeatherDay(TODAY), ET0, TODAY)


def test_a_bed_drinks_what_its_crop_takes_of_the_reference() -> None:
    assert drinks() == pytest.approx(0.6 * 5.0)  # Kc initial of a tomato


def test_straw_shade_and_a_pot_each_change_what_a_bed_drinks() -> None:
    assert drinks(mulch=True) == pytest.approx(0.6 * drinks())
    assert drinks(sun="half") == pytest.approx(0.75 * drinks())
    assert drinks(sun="shade") == pytest.approx(0.5 * drinks())
    assert drinks(container=True) == pytest.approx(1.1 * drinks())


def reached(day: date, weather: WeatherDay | None) -> Day:
    """Return what reached a bed in the day before a morning."""
    return day_inputs(SOWN, Site(), Evidence(day, weather))[0]


def test_rain_that_was_only_forecast_never_reaches_a_bed() -> None:
    yesterday = TODAY - timedelta(days=1)
    fell = WeatherDay(yesterday, rain_mm=12.0, rain_source="api")
    assert reached(TODAY, fell).rain_mm == 12.0
    assert reached(TODAY, replace(fell, forecast=True)).rain_mm == 0.0


@pytest.mark.parametrize(
    ("day", "showers"),
    [
        (date(2026, 5, 31), False),
        (date(2026, 6, 1), True),
        (date(2026, 9, 30), True),
        (date(2026, 10, 1), False),
    ],
)
def test_from_june_to_september_a_shower_may_fall_that_nobody_saw(day: date, showers: bool) -> None:
    unseen = reached(day + timedelta(days=1), None)  # the day before its morning
    assert unseen.rain_mm == 0.0
    assert unseen.rain_sd_mm == (UNSEEN_RAIN_MM if showers else DRY_SEASON_RAIN_MM)
