from dataclasses import replace
from datetime import date, timedelta

import pytest

from surco_service.domain.stewardship.garden import Bed
from surco_service.domain.water.bed_days import bed_etc_mm
from surco_service.domain.water.science.evapotranspiration import Et0
from surco_service.domain.water.science.weather import WeatherDay

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
