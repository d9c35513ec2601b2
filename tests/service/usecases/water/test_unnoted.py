"""Water that nobody noted: it is asked about, counted once, and never mistaken for heat."""

import math
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from surco_service.domain.water.advice import StoredAdvice
from surco_service.domain.water.science.weather import WeatherDay
from surco_service.usecases.water.live import cool
from tests.builders import DAWN, a_garden, a_watering
from tests.service.garden import Garden

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZONE = ZoneInfo(a_garden().timezone)
SOAK, FULL, A_DAY = DAWN - 9 * DAY, 0.345, 0.010  # a tomato in November drinks 4 mm of 400
EVENING = DAWN - 13 * HOUR  # yesterday at 18:00 in Querétaro
LITRES = 50.0
ROSE = LITRES * 0.85 / 2 / 400  # m3/m3 in 40 cm of a bed of 2 m2


def dries(at: datetime) -> float:
    """Return the water of a bed that was filled nine days ago, m3/m3."""
    return FULL - A_DAY * max((at - SOAK) / DAY, 0.0)


def watered(at: datetime) -> float:
    return dries(at) + (ROSE if at >= EVENING else 0.0)


def speak(
    garden: Garden, theta: Callable[[datetime], float], since: datetime, until: datetime
) -> None:
    """Let the probe speak every hour."""
    for hour in range(int((until - since) / HOUR) + 1):
        at = until - hour * HOUR - timedelta(minutes=10)
        noise = 0.0012 * math.sin(at.timestamp() / 3600 * 2.3)
        garden.measure(theta(at) + noise, ago=DAWN - at)


def said(advice: StoredAdvice, code: str) -> dict[str, float] | None:
    return next((reason.values for reason in advice.reasons if reason.code == code), None)


@pytest.fixture
def bed(garden: Garden) -> Garden:
    """Nine days of a bed that was filled, and watered yesterday by somebody who told nobody."""
    garden.soak(days=9)
    speak(garden, watered, SOAK - DAY, DAWN)
    return garden


def test_it_is_asked_about_with_its_litres_and_its_day(bed: Garden) -> None:
    seen = said(bed.decide(), "water-seen")
    assert seen is not None
    assert seen["litres"] == pytest.approx(LITRES, abs=15)
    assert seen["litres"] % 5 == 0
    noon = DAWN - timedelta(hours=seen["hours"])
    assert noon.astimezone(ZONE) == datetime(2026, 11, 22, 12, tzinfo=ZONE)
    assert said(bed.decide(), "water-inferred") is None, "it did not rise since this morning"


def note(garden: Garden, at: datetime, litres: float) -> None:
    garden.stores.records.record_watering(a_watering(litres, at=at, recorded=DAWN))


def test_noted_afterwards_it_is_counted_once_and_asked_no_more(bed: Garden) -> None:
    before = bed.decide()
    seen = said(before, "water-seen")
    assert seen is not None
    note(bed, DAWN - timedelta(hours=seen["hours"]), seen["litres"])
    after = bed.decide(DAWN + timedelta(minutes=1))
    assert said(after, "water-seen") is None
    assert said(after, "water-logged") is not None
    assert after.depletion_mm == pytest.approx(before.depletion_mm, abs=4)
    page = bed.stores.diary.pages(["cama-3"], DAWN.date())["cama-3"][-1]
    assert page.seen_mm == 0
    assert page.irrigation_mm == pytest.approx(seen["litres"] * page.belief.efficiency / 2, rel=0.1)


@pytest.mark.parametrize("days", [1, 2, 3])
def test_it_is_asked_about_for_three_mornings(bed: Garden, days: int) -> None:
    now = DAWN + days * DAY
    speak(bed, watered, DAWN + HOUR, now)
    assert (said(bed.decide(now), "water-seen") is None) == (days == 3)


def test_what_is_decided_again_asks_the_same(bed: Garden) -> None:
    from surco_service.usecases.water.explain import explain

    first = bed.decide()
    assert explain(bed.stores, "cama-3", DAWN, DAWN + HOUR).advice == first


def test_who_waters_before_breakfast_and_notes_it_is_not_asked_about_it(garden: Garden) -> None:
    """The morning's value is of the hours before: it shows that water only a day later."""
    early = DAWN - 1.5 * HOUR  # half past five in Querétaro
    garden.soak(days=9)
    speak(garden, lambda at: dries(at) + (ROSE if at >= early else 0), SOAK - DAY, DAWN)
    note(garden, early, LITRES)
    today = garden.decide()
    assert said(today, "water-logged") is not None
    speak(garden, lambda at: dries(at) + ROSE, DAWN + HOUR, DAWN + DAY)
    tomorrow = garden.decide(DAWN + DAY)
    assert said(tomorrow, "water-seen") is None
    assert today.depletion_mm is not None
    assert tomorrow.depletion_mm == pytest.approx(today.depletion_mm + 4, abs=3)
    last = garden.stores.diary.pages(["cama-3"], (DAWN + DAY).date())["cama-3"][-1]
    assert last.evidence.litres == LITRES


# ---------------------------------------------------------------- the heat of the day


def heated(at: datetime, swing: float = 0.018) -> float:
    """Return a drying bed as a probe says that swings with the soil's heat, most at three."""
    hour = (at.astimezone(ZONE) - datetime.combine(date(2026, 11, 1), time(), ZONE)) / HOUR
    return dries(at) + swing * math.cos((hour - 15) / 24 * 2 * math.pi)


@pytest.mark.parametrize("swing", [0.018, -0.018])
@pytest.mark.parametrize("soaked_days", [2, 3, 9], ids=["full", "between", "dry"])
@pytest.mark.parametrize("knows_yesterday", [True, False])
def test_heat_is_no_water_and_flips_no_verdict(
    garden: Garden, swing: float, soaked_days: int, knows_yesterday: bool
) -> None:
    moved = (9 - soaked_days) * DAY
    garden.soak(days=soaked_days)
    since = SOAK + moved
    if not knows_yesterday:
        garden.stores.diary.save_weather(
            "el-mezquite", [WeatherDay((DAWN - DAY).date(), rain_mm=3.5)], "person"
        )
    verdicts: list[StoredAdvice] = []
    for now in [DAWN - HOUR + hour * HOUR for hour in range(13)]:
        speak(garden, lambda at: heated(at, swing) + A_DAY * (moved / DAY), since, now)
        since = now + HOUR
        verdicts.append(garden.decide(now))
    assert len({one.status for one in verdicts}) == 1
    assert all(said(one, "water-inferred") is None for one in verdicts)
    held = [one.theta for one in verdicts if one.theta is not None]
    assert max(held, default=0.0) - min(held, default=0.0) < 0.01
    lacks = [one.depletion_mm for one in verdicts if one.depletion_mm is not None]
    assert lacks == sorted(lacks), "it only dries"


def test_a_watering_at_noon_is_news_even_when_the_soil_is_hot(garden: Garden) -> None:
    garden.soak(days=9)
    before, after = DAWN + 4 * HOUR, DAWN + 7 * HOUR
    speak(garden, heated, SOAK, before)
    assert said(garden.decide(before), "water-inferred") is None
    speak(garden, lambda at: heated(at) + 0.05, before + HOUR, after)
    assert said(garden.decide(after), "water-inferred") is not None


def test_a_value_of_the_day_is_brought_to_the_cool_of_the_morning() -> None:
    assert cool(0.28, 0.25, 0.03, poured=False) == pytest.approx(0.25), "as hot as yesterday"
    assert cool(0.28, 0.25, None, poured=False) == 0.25, "heat may be all of it"
    assert cool(0.28, 0.25, None, poured=True) == 0.28, "somebody poured"
    assert cool(0.34, 0.25, None, poured=False) == 0.34, "no heat does that"
    assert cool(0.10, 0.25, None, poured=False) == 0.10, "nor that"
    assert cool(0.28, None, None, poured=False) == 0.28, "nothing to compare with"
