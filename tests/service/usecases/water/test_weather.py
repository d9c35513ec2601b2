import logging
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_service.domain.stewardship.garden import Garden as Place
from surco_service.domain.water.science.weather import WeatherDay
from surco_service.errors import Invalid, StoreUnavailable, WeatherUnavailable
from surco_service.usecases.water.weather import (
    EVERY,
    JITTER,
    Forecaster,
    cistern_litres,
    note_rain,
    read_gauges,
    weather_lines,
)
from tests.builders import DAWN, a_bed, a_garden, a_placement, a_reading, a_watering
from tests.service.garden import Garden

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
TODAY = DAWN.date()


class Source:
    def __init__(self, fails: WeatherUnavailable | None = None) -> None:
        self.fails, self.asked = fails, 0

    def days(self, garden: Place, now: datetime) -> list[WeatherDay]:
        self.asked += 1
        if self.fails is not None:
            raise self.fails
        return [WeatherDay(TODAY - DAY, 8.0, 24.0, rain_mm=2.0, rain_source="api")]


HERE = a_garden(latitude=20.6, longitude=-100.4)


def weather(garden: Garden, day: date = TODAY - DAY) -> WeatherDay:
    (found,) = garden.stores.diary.weather("el-mezquite", day, day)
    return found


def test_a_garden_is_asked_for_every_three_hours(garden: Garden) -> None:
    source = Source()
    forecaster = Forecaster(source)
    for minutes in (0, 1, 179, 181):
        forecaster.refresh(garden.stores.diary, [HERE], DAWN + timedelta(minutes=minutes))
    assert source.asked == 2
    assert weather(garden).temp_max_c == 24.0


def test_a_garden_without_coordinates_has_no_weather_and_nobody_is_asked(garden: Garden) -> None:
    source = Source()
    assert Forecaster(source).refresh(garden.stores.diary, [a_garden()], DAWN) == []
    assert source.asked == 0


def test_absent_weather_is_asked_for_again_later_and_breaks_nothing(garden: Garden) -> None:
    source = Source(WeatherUnavailable("down"))
    forecaster = Forecaster(source)
    for minutes in (0, 1, 19, 21):
        assert (
            forecaster.refresh(garden.stores.diary, [HERE], DAWN + timedelta(minutes=minutes)) == []
        )
    assert source.asked == 2
    patient = Source(WeatherUnavailable("too many", 7200))
    forecaster = Forecaster(patient)
    for minutes in (0, 60, 121):
        forecaster.refresh(garden.stores.diary, [HERE], DAWN + timedelta(minutes=minutes))
    assert patient.asked == 2


@pytest.mark.parametrize(
    ("asked_to_wait_s", "waits"),
    [(0, timedelta(minutes=1)), (7200, timedelta(hours=2)), (10**15, timedelta(days=1))],
)
def test_a_server_may_ask_for_a_minute_to_a_day(
    garden: Garden, asked_to_wait_s: int, waits: timedelta
) -> None:
    source = Source(WeatherUnavailable("too many", asked_to_wait_s))
    forecaster = Forecaster(source)
    for moment in (DAWN, DAWN + waits - timedelta(seconds=1), DAWN + waits):
        forecaster.refresh(garden.stores.diary, [HERE], moment)
    assert source.asked == 2


@given(share=st.floats(0, 1))
def test_gardens_spread_their_questions_and_none_asks_early(share: float) -> None:
    class Nowhere:
        def save_weather(self, *_: object) -> None: ...

    source = Source()
    forecaster = Forecaster(source, spread=lambda: share)
    forecaster.refresh(Nowhere(), [HERE], DAWN)  # type: ignore[arg-type]
    forecaster.refresh(Nowhere(), [HERE], DAWN + EVERY * (1 + JITTER * share) - SECOND)  # type: ignore[arg-type]
    assert source.asked == 1
    forecaster.refresh(Nowhere(), [HERE], DAWN + EVERY * (1 + JITTER * share) + SECOND)  # type: ignore[arg-type]
    assert source.asked == 2


def test_absent_weather_is_said_once_and_so_is_its_return(
    garden: Garden, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "surco_service.usecases.water.weather")
    source = Source(WeatherUnavailable("the server does not answer"))
    forecaster = Forecaster(source)
    for hour in range(5):
        forecaster.refresh(garden.stores.diary, [HERE], DAWN + timedelta(hours=hour))
    source.fails = None
    for hour in (5, 9):
        forecaster.refresh(garden.stores.diary, [HERE], DAWN + timedelta(hours=hour))
    assert source.asked == 7
    assert [record.getMessage() for record in caplog.records] == [
        "no_weather garden=el-mezquite reason=the server does not answer",
        "weather_again garden=el-mezquite",
    ]


def test_weather_that_could_not_be_kept_is_asked_for_again_at_once(
    garden: Garden, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_disk(*_: object) -> None:
        raise StoreUnavailable("the disk is full")

    source = Source()
    forecaster = Forecaster(source)
    with monkeypatch.context() as full:
        full.setattr(garden.stores.diary, "save_weather", no_disk)
        with pytest.raises(StoreUnavailable):
            forecaster.refresh(garden.stores.diary, [HERE], DAWN)
    assert forecaster.refresh(garden.stores.diary, [HERE], DAWN + SECOND) == ["el-mezquite"]


def test_a_clock_that_was_set_back_does_not_silence_the_weather(garden: Garden) -> None:
    source = Source()
    forecaster = Forecaster(source)
    forecaster.refresh(garden.stores.diary, [HERE], DAWN + 300 * DAY)
    forecaster.refresh(garden.stores.diary, [HERE], DAWN)
    assert source.asked == 2
    assert timedelta(0) < EVERY


def test_what_a_person_saw_wins_over_a_gauge_and_a_gauge_over_a_service(garden: Garden) -> None:
    day = TODAY - DAY
    note_rain(garden.stores, "el-mezquite", 12.5, day, DAWN)
    garden.stores.diary.save_weather("el-mezquite", [WeatherDay(day, rain_mm=9.0)], "gauge")
    garden.stores.diary.save_weather(
        "el-mezquite", [WeatherDay(day, 8.0, 24.0, rain_mm=0.0)], "api"
    )
    assert weather(garden) == WeatherDay(day, 8.0, 24.0, rain_mm=12.5, rain_source="person")
    note_rain(garden.stores, "el-mezquite", 10.0, day, DAWN)
    assert weather(garden).rain_mm == 10.0


def test_a_forecast_never_replaces_what_happened(garden: Garden) -> None:
    forecast = WeatherDay(TODAY, rain_mm=30.0, rain_chance=0.9, forecast=True)
    garden.stores.diary.save_weather("el-mezquite", [forecast], "api")
    assert weather(garden, TODAY).forecast
    garden.stores.diary.save_weather("el-mezquite", [WeatherDay(TODAY, rain_mm=1.0)], "api")
    garden.stores.diary.save_weather("el-mezquite", [forecast], "api")
    assert weather(garden, TODAY).rain_mm == 1.0


def test_new_weather_of_the_past_writes_the_days_after_it_anew_and_the_same_does_not(
    garden: Garden,
) -> None:
    garden.measure(0.30)
    garden.decide()
    pages = garden.stores.diary.pages(["cama-3"], date.min)["cama-3"]
    seen = WeatherDay(TODAY - 3 * DAY, 8.0, 24.0, rain_mm=2.0)
    garden.stores.diary.save_weather("el-mezquite", [seen], "api")
    left = garden.stores.diary.pages(["cama-3"], date.min)["cama-3"]
    assert [page.day for page in left] == [p.day for p in pages if p.day < seen.day]
    garden.decide()
    garden.stores.diary.save_weather("el-mezquite", [seen], "api")
    assert len(garden.stores.diary.pages(["cama-3"], date.min)["cama-3"]) == len(pages)
    coming = replace(seen, day=TODAY, forecast=True)
    garden.stores.diary.save_weather("el-mezquite", [coming], "api")
    assert len(garden.stores.diary.pages(["cama-3"], date.min)["cama-3"]) == len(pages)


def test_the_rain_of_a_day_is_what_the_fullest_gauge_caught(garden: Garden) -> None:
    midnight = int(DAWN.replace(hour=6, minute=0).timestamp())  # in Querétaro
    for q, (hours, rain) in enumerate([(-1, 1.0), (-5, 2.5), (-23, 4.0), (-26, 8.0), (2, 0.5)]):
        garden.stores.readings.add([a_reading(q, t=midnight + hours * 3600, values={"rg": rain})])
    garden.stores.readings.add(
        [a_reading(9, t=midnight - 7200, values={"rg": 900.0})]
    )  # implausible
    read_gauges(garden.stores, DAWN)
    assert weather(garden).rain_mm == 7.5
    assert weather(garden, TODAY).rain_mm == 0.5
    assert weather(garden, TODAY - 2 * DAY).rain_mm == 8.0


def test_rain_fell_where_the_gauge_was_at_the_time(garden: Garden) -> None:
    """The node moves to another garden this morning, and to a third one tomorrow."""
    for name in ("otro", "tercero"):
        garden.stores.records.save_garden(a_garden(id=name, name=name))
        garden.stores.records.save_bed(a_bed(id=f"cama-{name}", garden=name))
    midnight = DAWN.replace(hour=6)  # in Querétaro
    garden.stores.registry.place(a_placement(bed="cama-otro", since=midnight))
    garden.stores.registry.place(a_placement(bed="cama-tercero", since=DAWN + DAY))
    for q, (hours, rain_mm) in enumerate([(-3, 4.0), (0.5, 1.5)]):
        t = int((midnight + timedelta(hours=hours)).timestamp())
        garden.stores.readings.add([a_reading(q, t=t, values={"rg": rain_mm})])
    read_gauges(garden.stores, DAWN)
    found = {
        name: [d.rain_mm for d in garden.stores.diary.weather(name, TODAY - DAY, TODAY)]
        for name in ("el-mezquite", "otro", "tercero")
    }
    assert found == {"el-mezquite": [4.0], "otro": [1.5], "tercero": []}


@pytest.mark.parametrize(
    ("rain_mm", "day", "field", "code"),
    [
        (-1.0, TODAY, "rain_mm", "not-a-number"),
        (float("nan"), TODAY, "rain_mm", "not-a-number"),
        (301.0, TODAY, "rain_mm", "too-much"),
        (1.0, TODAY + DAY, "day", "in-the-future"),
        (1.0, TODAY - 15 * DAY, "day", "too-long-ago"),
    ],
)
def test_rain_that_cannot_be_is_refused_by_its_field(
    garden: Garden, rain_mm: float, day: date, field: str, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        note_rain(garden.stores, "el-mezquite", rain_mm, day, DAWN)
    assert caught.value.fields == {field: code}


def test_a_cistern_is_filled_by_the_roof_and_emptied_by_waterings(garden: Garden) -> None:
    place = a_garden(cistern_litres=500.0, roof_m2=30.0)
    garden.stores.records.save_garden(place)
    for back, rain_mm, holds in ((3, 11.0, 240), (2, 41.0, 500)):  # 960 L more: it spills
        fell = WeatherDay(TODAY - back * DAY, rain_mm=rain_mm)
        garden.stores.diary.save_weather("el-mezquite", [fell], "person")
        assert cistern_litres(garden.stores, place, DAWN) == holds
    coming = WeatherDay(TODAY, rain_mm=50.0, forecast=True)
    garden.stores.diary.save_weather("el-mezquite", [coming], "api")
    assert cistern_litres(garden.stores, place, DAWN) == 500
    garden.stores.records.record_watering(a_watering(120, at=DAWN - timedelta(hours=5)))
    assert cistern_litres(garden.stores, place, DAWN) == 380
    assert cistern_litres(garden.stores, a_garden(), DAWN) is None


def test_the_network_fills_a_cistern_on_its_days(garden: Garden) -> None:
    place = a_garden(cistern_litres=500.0, water_days="sat")  # two days before DAWN
    garden.stores.records.save_garden(place)
    for hours, litres in ((70, 300), (5, 120)):
        at = DAWN - timedelta(hours=hours)
        garden.stores.records.record_watering(a_watering(litres, at=at))
    assert cistern_litres(garden.stores, place, DAWN) == 380


def test_a_day_that_is_over_is_drawn_for_grafana_and_a_forecast_is_not(garden: Garden) -> None:
    day = WeatherDay(TODAY - DAY, 8.0, 24.0, rain_mm=2.5)
    coming = WeatherDay(TODAY + DAY, 8.0, 24.0, rain_mm=9.0, forecast=True)
    garden.stores.diary.save_weather("el-mezquite", [day, coming], "api")
    (line,) = weather_lines(garden.stores, [HERE], TODAY - 9 * DAY, DAWN)
    assert line.startswith("weather,garden=el-mezquite ")
    assert "rain_mm=2.5" in line
    assert 'et0_method="temperature"' in line


def test_a_day_is_drawn_only_when_it_is_over_where_the_garden_is(garden: Garden) -> None:
    note_rain(garden.stores, "el-mezquite", 3.0, TODAY, DAWN)
    evening = datetime(2026, 11, 24, 5, 59, tzinfo=UTC)  # 23:59 in Querétaro, tomorrow in UTC
    assert list(weather_lines(garden.stores, [HERE], TODAY, evening)) == []
    assert len(list(weather_lines(garden.stores, [HERE], TODAY, evening + SECOND * 60))) == 1


def test_the_equator_is_a_latitude(garden: Garden) -> None:
    garden.stores.diary.save_weather("el-mezquite", [WeatherDay(TODAY - DAY, 8.0, 24.0)], "api")
    drawn = [
        list(weather_lines(garden.stores, [replace(HERE, latitude=deg)], TODAY - DAY, DAWN))
        for deg in (0.0, 0.001, 20.6)
    ]
    assert drawn[0] == drawn[1] != drawn[2]
