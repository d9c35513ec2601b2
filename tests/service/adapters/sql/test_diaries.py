"""One suite over the Diary's two databases: the weather of the gardens."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from surco_service.adapters.sql.diary import SqlDiary
from surco_service.domain.water.science.weather import WeatherDay
from tests.builders import a_garden, plant
from tests.service.stores import stores_on

DAY = timedelta(days=1)
MONDAY = date(2026, 11, 23)
WHOLE = WeatherDay(
    MONDAY, 8.1, 24.3, 28.0, 88.0, 1.8, 17.9, 3.4, 2.5, 0.78, rain_source="api"
)  # fmt: skip
HERE = "el-mezquite"


@pytest.fixture
def diary(engine: Engine) -> SqlDiary:
    stores = stores_on(engine)
    plant(stores)
    stores.records.save_garden(a_garden(id="otro", name="Otro"))
    return SqlDiary(engine)


def read(diary: SqlDiary, first: date = MONDAY, last: date = MONDAY) -> list[WeatherDay]:
    return diary.weather(HERE, first, last)


def test_a_day_is_read_back_whole(diary: SqlDiary) -> None:
    diary.save_weather(HERE, [WHOLE], "api")
    assert read(diary) == [WHOLE]


def test_days_come_oldest_first_and_only_those_that_were_asked_for(diary: SqlDiary) -> None:
    days = [WeatherDay(MONDAY + back * DAY, rain_mm=float(back)) for back in (2, 0, 3, 1)]
    diary.save_weather(HERE, days, "gauge")
    found = read(diary, MONDAY + DAY, MONDAY + 2 * DAY)
    assert [(day.day, day.rain_mm) for day in found] == [(MONDAY + DAY, 1), (MONDAY + 2 * DAY, 2)]


def test_a_garden_has_its_own_weather(diary: SqlDiary) -> None:
    diary.save_weather("otro", [WHOLE], "api")
    assert read(diary) == []


@pytest.mark.parametrize("order", [("person", "gauge", "api"), ("api", "gauge", "person")])
def test_rain_is_from_who_knows_best_whoever_speaks_last(
    diary: SqlDiary, order: tuple[str, ...]
) -> None:
    said = {"person": 12.5, "gauge": 9.0, "api": 2.5}
    for source in order:
        rain = WeatherDay(MONDAY, rain_mm=said[source])
        diary.save_weather(HERE, [WHOLE if source == "api" else rain], source)
    (day,) = read(diary)
    assert (day.rain_mm, day.rain_source, day.temp_max_c) == (12.5, "person", 24.3)


def test_a_gauge_wins_over_the_service(diary: SqlDiary) -> None:
    diary.save_weather(HERE, [WeatherDay(MONDAY, rain_mm=0.0)], "gauge")
    diary.save_weather(HERE, [WHOLE], "api")
    (day,) = read(diary)
    assert (day.rain_mm, day.rain_source) == (0.0, "gauge")


def test_what_nobody_knows_hides_nothing_that_somebody_does(diary: SqlDiary) -> None:
    diary.save_weather(HERE, [WHOLE], "api")
    diary.save_weather(HERE, [WeatherDay(MONDAY)], "person")
    assert read(diary) == [WHOLE]


def test_what_happened_replaces_a_forecast_and_never_the_other_way(diary: SqlDiary) -> None:
    forecast = WeatherDay(MONDAY, 9.0, 25.0, rain_mm=30.0, rain_chance=0.9, forecast=True)
    diary.save_weather(HERE, [forecast], "api")
    (before,) = read(diary)
    assert before.forecast
    diary.save_weather(HERE, [WHOLE], "api")
    diary.save_weather(HERE, [forecast], "api")
    assert read(diary) == [WHOLE]


def test_a_later_forecast_replaces_an_earlier_one(diary: SqlDiary) -> None:
    for rain in (30.0, 5.0):
        diary.save_weather(HERE, [WeatherDay(MONDAY, rain_mm=rain, forecast=True)], "api")
    assert [(day.rain_mm, day.forecast) for day in read(diary)] == [(5.0, True)]
