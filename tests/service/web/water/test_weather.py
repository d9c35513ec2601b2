"""Weather on a garden's page, and the facts of a garden that it needs."""

from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from surco_service.app import Parts
from surco_service.domain.water.science.weather import WeatherDay
from tests.service.web.conftest import SESSION

HERE, CREDIT = "/huerto/el-mezquite", "Open-Meteo.com (CC BY 4.0)"


@pytest.mark.parametrize(
    ("told", "source", "credited"),
    [
        ({"temp_min_c": 8.0, "temp_max_c": 24.0}, "api", True),
        ({"rain_mm": 4.0}, "api", True),
        ({"rain_mm": 4.0}, "gauge", False),
        ({"rain_mm": 4.0}, "person", False),
    ],
)
def test_the_service_is_credited_for_what_it_told_and_for_nothing_else(
    phone: TestClient, parts: Parts, told: dict[str, float], source: str, credited: bool
) -> None:
    today = parts.clock().date() - timedelta(days=1)
    parts.stores.diary.save_weather("el-mezquite", [WeatherDay(today, **told)], source)
    page = phone.get(HERE).text
    assert "Clima" in page
    assert (CREDIT in page) is credited


def test_a_garden_says_how_high_it_lies_and_keeps_it(phone: TestClient, parts: Parts) -> None:
    phone.cookies.set("surco_session", SESSION)
    form = {"id": "puerto", "name": "El Puerto", "can_litres": "8", "elevation_m": "12"}
    assert phone.post("/sensores/huerto", data=form).status_code == 200
    assert parts.stores.records.garden("puerto").elevation_m == 12.0
    del form["elevation_m"]
    assert phone.post("/sensores/huerto", data=form).status_code == 200
    assert parts.stores.records.garden("puerto").elevation_m == 12.0, "what a form leaves out stays"
    wrong = phone.post("/sensores/huerto", data=form | {"elevation_m": "9000"})
    assert wrong.status_code == 422
    assert "Ese número no puede ser. Revísalo." in wrong.text


def test_what_was_measured_of_a_bed_outlives_its_form(phone: TestClient, parts: Parts) -> None:
    phone.cookies.set("surco_session", SESSION)
    bed = parts.stores.records.bed("cama-3")
    parts.stores.records.save_bed(replace(bed, field_capacity=0.38, wilting_point=0.14))
    form = {"id": bed.id, "name": "Cama tres", "garden": bed.garden, "area_m2": "2"}
    assert phone.post("/sensores/cama", data=form).status_code == 200
    saved = parts.stores.records.bed("cama-3")
    assert (saved.name, saved.field_capacity, saved.wilting_point) == ("Cama tres", 0.38, 0.14)
