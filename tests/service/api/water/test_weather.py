"""Programs note rain, and read what a garden and its beds are like."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from surco_service.domain.stewardship.garden import Bed, Garden
from tests.service.deliveries import Inlet

RAIN = "/api/v1/gardens/jardin/rain"


@pytest.fixture(autouse=True)
def garden(inlet: Inlet) -> None:
    inlet.stores.records.save_garden(
        Garden("jardin", "El Jardín", elevation_m=1900, water_days="mon,thu", cistern_litres=1100)
    )
    inlet.stores.records.save_bed(
        Bed("cama-1", "jardin", "Cama 1", 2.4, sun="half", container=True, mulch=True)
    )


def test_rain_is_noted_and_noting_it_again_changes_nothing(
    anybody: TestClient, inlet: Inlet
) -> None:
    day = inlet.now.date() - timedelta(days=1)
    for mm in (3.0, 12.5, 12.5):
        answer = anybody.post(RAIN, json={"day": day.isoformat(), "rain_mm": mm})
        assert (answer.status_code, answer.content) == (204, b"")
    (found,) = inlet.stores.diary.weather("jardin", day, day)
    assert (found.rain_mm, found.rain_source) == (12.5, "person")


@pytest.mark.parametrize(
    ("rain_mm", "days_ago", "field", "code"),
    [
        (-1, 1, "rain_mm", "not-a-number"),
        (301, 1, "rain_mm", "too-much"),
        (1, -1, "day", "in-the-future"),
        (1, 15, "day", "too-long-ago"),
    ],
)
def test_rain_that_cannot_be_is_refused_by_its_field(
    anybody: TestClient, inlet: Inlet, rain_mm: float, days_ago: int, field: str, code: str
) -> None:
    day = (inlet.now - timedelta(days=days_ago)).date().isoformat()
    answer = anybody.post(RAIN, json={"day": day, "rain_mm": rain_mm})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": field, "detail": code}]


def test_rain_in_a_garden_that_is_not_there_is_not_found(anybody: TestClient, inlet: Inlet) -> None:
    noted = {"day": inlet.now.date().isoformat(), "rain_mm": 1}
    assert anybody.post("/api/v1/gardens/nada/rain", json=noted).status_code == 404


def test_a_garden_and_its_beds_say_what_they_are_like(anybody: TestClient) -> None:
    garden = anybody.get("/api/v1/gardens/jardin").json()
    assert (garden["elevation_m"], garden["water_days"]) == (1900.0, ["mon", "thu"])
    assert (garden["cistern_litres"], garden["roof_m2"]) == (1100.0, None)
    (bed,) = garden["beds"]
    assert (bed["sun"], bed["container"], bed["mulch"]) == ("half", True, True)


def test_a_garden_where_water_always_comes_has_no_water_days(
    anybody: TestClient, inlet: Inlet
) -> None:
    inlet.stores.records.save_garden(Garden("jardin", "El Jardín"))
    assert anybody.get("/api/v1/gardens/jardin").json()["water_days"] == []
