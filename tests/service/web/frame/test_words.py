"""Every row of a table has its words, and a number is said as a person would say it."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_contract.numbers import read_number
from surco_service.domain.stewardship.garden import SUN, Garden
from surco_service.domain.stewardship.units import UNITS
from surco_service.domain.water import belief, watering
from surco_service.domain.water.advice import Reason, StoredAdvice
from surco_service.domain.water.science.weather import WeatherDay
from surco_service.errors import Invalid
from surco_service.usecases.water import views
from surco_service.web.frame.forms import number
from surco_service.web.frame.reasons import FINDINGS, REASONS
from surco_service.web.frame.site import LANGUAGES, WEB, catalogue
from surco_service.web.frame.words import FIELDS, SIGNS, STATUSES, SUNS, VERDICTS, Words
from tests.builders import DAWN

SERVICE = WEB.parent


def words(language: str = "es") -> Words:
    return Words(language, catalogue(language), DAWN)


def test_every_verdict_has_its_words_its_sign_and_its_place_in_the_order() -> None:
    assert set(STATUSES) == set(SIGNS) == set(views.ORDER) == set(watering.CODES)


def test_every_place_in_the_sun_has_its_words() -> None:
    assert set(SUNS) == set(SUN)


def test_every_finding_that_a_bed_shows_has_its_words() -> None:
    findings = {belief.MISSING, belief.OUT, belief.STUCK, belief.MOVED, belief.REJECTED}
    assert set(FINDINGS) == findings | {belief.UNLOGGED}


def test_every_code_of_a_wrong_field_has_its_words() -> None:
    """But those that only a command may hear, which has its own words."""
    rooms = ["usecases/stewardship", "usecases/nodes", "usecases/water", "web"]
    files = [file for room in rooms for file in (SERVICE / room).rglob("*.py")]
    told = {
        code
        for file in files
        for code in re.findall(
            r'(?:wrong\[\w+\] = |wrong\["\w+"\] = |(?:name|field|"\w+"): )"([a-z]+(?:-[a-z]+)+)"',
            file.read_text(encoding="utf-8"),
        )
        if file.name != "configure.py"
    }
    told -= {"not-a-node-id", "reserved-name", "no-store", "no-cache"}
    assert len(told) > 15
    assert told - FIELDS.keys() == set()


@given(
    amount=st.integers(1, 5_000_000).map(lambda grams: grams / 1000), unit=st.sampled_from([*UNITS])
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_page_prints_can_be_typed_back(language: str, amount: float, unit: str) -> None:
    """Issue 18, amounts: the page printed `1,000 kilos` and read `1,250` as 1.25."""
    said = words(language)
    for printed in (said.amount(amount, unit), said.litres(amount)):
        number, _, word = printed.partition(" ")
        assert read_number(number) == amount, printed
        assert word
    assert read_number(said.number(round(amount, 1))) == round(amount, 1)


@pytest.mark.parametrize(
    ("language", "said"),
    [("es", "¿Es 1250 o 1.25? Escríbelo así."), ("en", "Is it 1250 or 1.25? Write it that way.")],
)
def test_a_number_that_can_be_read_twice_is_asked(language: str, said: str) -> None:
    with pytest.raises(Invalid) as error:
        number("1,250", "litres")
    assert words(language).field(error.value.fields["litres"]) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "hace un momento"), (59, "hace un momento"), (60, "hace 1 minuto"),
        (3_599, "hace 59 minutos"), (3_600, "hace 1 hora"), (86_399, "hace 23 horas"),
        (86_400, "hace 1 día"), (10 * 86_400, "hace 10 días"),
    ],
)  # fmt: skip
def test_an_age_is_said_in_the_largest_unit_that_fits(seconds: int, said: str) -> None:
    assert words().ago(seconds) == said


@pytest.mark.parametrize(
    ("litres", "said"),
    [
        (3, "menos de media regadera"), (5, "media regadera"), (10, "1 regadera"),
        (15, "1 regadera y media"), (20, "2 regaderas"), (25, "2 regaderas y media"),
    ],
)  # fmt: skip
def test_a_dose_is_said_in_the_gardens_own_cans(litres: float, said: str) -> None:
    assert words().cans(litres, Garden("g", "G", can_litres=10)) == said
    assert words().cans(litres / 2, Garden("g", "G", can_litres=5)) == said


@pytest.mark.parametrize(
    ("litres", "said"),
    [
        (100, "10 regaderas"), (105, "unos 9 minutos de manguera"),
        (400, "unos 33 minutos de manguera"), (1950, "unas 2.5 horas de manguera"),
    ],
)  # fmt: skip
def test_nobody_carries_more_than_ten_cans(litres: float, said: str) -> None:
    assert words().cans(litres, Garden("g", "G", can_litres=10)) == said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"hours": 3.0, "litres": 30.0}, "Alguien regó hoy, unos 30 litros."),
        ({"hours": 20.0, "litres": 30.0}, "Alguien regó el domingo, unos 30 litros."),
        ({"days": 2.0, "litres": 8.5}, "Alguien regó el sábado, unos 8.5 litros."),
    ],
)
def test_a_watering_that_was_seen_is_asked_about(values: dict[str, float], said: str) -> None:
    spoken = words().reason(Reason("water-seen", values))
    assert spoken == f"{said} ¿Fuiste tú? Anótalo."


def test_a_verdict_that_needs_other_words_than_its_status_has_them() -> None:
    def verdict(status: str, code: str) -> str:
        return words().verdict(StoredAdvice("b", status, 0, (Reason(code),), DAWN, None, DAWN))

    assert verdict("ok", "no-crop") == "Nada sembrado"
    assert verdict("unknown", "touch-first") == "Toca la tierra"
    assert verdict("unknown", "disagree") == "Toca la tierra"
    assert verdict("ok", "enough") == "Bien"
    assert set(VERDICTS) <= set(REASONS)


@pytest.mark.parametrize("code", REASONS)
def test_no_reason_speaks_of_millimetres_or_hundredths(code: str) -> None:
    for language in ("es", "en"):
        said = words(language).gettext(REASONS[code])
        assert not re.search(r"\bmm\b|milímetro|millimetre|de 100\b|of 100\b|%%", said)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize(("amount", "number"), [(1, 0), (0.5, 1), (1.5, 1), (2, 1)])
def test_only_one_is_one(unit: str, amount: float, number: int) -> None:
    for language in ("es", "en"):
        forms = UNITS[unit].es if language == "es" else UNITS[unit].en
        assert words(language).amount(amount, unit).endswith(f" {forms[number]}")
    assert words().litres(amount).endswith(("litro", "litros")[number])


def test_a_dose_lies_between_the_lower_and_the_higher() -> None:
    advice = StoredAdvice(
        "b", "water", 12, (Reason("dry"),), DAWN, DAWN, DAWN + timedelta(hours=4),
        litres_low=10, litres_high=15,
    )  # fmt: skip
    assert words().spread(advice) == "Entre 10 y 15 litros."


def test_what_the_weather_may_bring_is_said_of_ten() -> None:
    day = WeatherDay(DAWN.date(), 7.6, 24.4, rain_mm=3.0, rain_chance=0.4, forecast=True)
    assert words().weather(day) == "quizá llueva (4 de 10), 8 a 24 °C"


@pytest.mark.parametrize(
    ("hours", "said"), [(35, "Dato de hace 1 día"), (72, "Último dato: domingo 1 a las 6:00")]
)
def test_data_that_nothing_rests_on_any_more_are_no_news(hours: int, said: str) -> None:
    at = DAWN - timedelta(hours=hours)
    advice = StoredAdvice("b", "water", 40, (Reason("dry"),), DAWN, at, DAWN)
    assert words().is_old(advice, hours * 3600) is (hours == 72)
    assert words().age(advice, hours * 3600).startswith(said.split(":")[0])
