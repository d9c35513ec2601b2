from datetime import date, timedelta

import pytest

from surco_service.domain.water.forecast import Field, FieldDay, Outlook, field_soil, follow
from surco_service.domain.water.science.crops import CROPS
from surco_service.domain.water.science.weather import WeatherDay

FIELD = Field(CROPS["jitomate"], field_soil(0.35, 0.15))  # grown: Kc 1.15, TAW 80 mm
FIRST = date(2026, 3, 1)


def a_row(day: int, theta: float | None = None, **water: float) -> FieldDay:
    weather = WeatherDay(FIRST + timedelta(days=day), et0_mm=5.0, rain_mm=0.0)
    return FieldDay(weather, theta=theta, **water)


def outlooks(*rows: FieldDay, ahead_d: int = 7) -> list[Outlook]:
    return follow(FIELD, rows, ahead_d)


def test_every_row_gets_its_outlook_oldest_first_and_a_day_left_out_passes_too() -> None:
    found = outlooks(a_row(4), a_row(0, irrigation_mm=120.0), a_row(1))
    assert [one.day for one in found] == [FIRST + timedelta(days=day) for day in (0, 1, 4)]
    full, next_day, later = (one.depletion_mm for one in found)
    # watered in the morning, then 1.15 x 5 mm were drunk; the first bed was guessed at 40 mm, give or
    # take as much, so that 0.95 x 120 mm fill it but for a millimetre
    assert full == pytest.approx(5.75, abs=1)
    assert next_day == pytest.approx(full + 5.75)
    assert later > next_day + 2 * 4.0, "the days without a row were dry"


def test_the_days_ahead_take_the_water_of_the_table_and_never_its_probe() -> None:
    dry = [a_row(0, irrigation_mm=120.0), a_row(1), a_row(2)]
    wet = [*dry[:2], a_row(2, irrigation_mm=5.0)]
    probed = [*dry[:2], a_row(2, theta=0.20)]
    now = outlooks(*dry)[0].depletion_mm
    ahead = [outlooks(*rows, ahead_d=2)[0].ahead_mm for rows in (dry, wet, probed)]
    assert ahead[0] == pytest.approx(now + 2 * 5.75)
    # 0.95 of it stays, less the little that runs off a bed that perhaps lacks less than 12 mm
    assert ahead[0] - ahead[1] == pytest.approx(0.95 * 5, abs=0.5)
    assert ahead[2] == ahead[0]


def test_a_probe_corrects_the_field() -> None:
    rows = [a_row(day, irrigation_mm=120.0 if day == 0 else 0.0) for day in range(4)]
    alone, heard = outlooks(*rows)[-1], outlooks(*rows[:3], a_row(3, theta=0.25))[-1]
    assert (alone.finding, heard.finding) == ("missing", "good")
    assert heard.depletion_mm > alone.depletion_mm
    assert heard.sd_mm < alone.sd_mm


def test_a_table_without_rows_has_no_outlook() -> None:
    assert outlooks() == []


@pytest.mark.parametrize("constants", [(0.15, 0.35), (0.2, 0.2), (0.8, 0.1), (0.3, -0.1)])
def test_a_soil_that_no_field_has_is_refused(constants: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="above wilting point"):
        field_soil(*constants)
