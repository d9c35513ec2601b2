"""The account of a bed, one line a day, in litres of that bed."""

from dataclasses import replace
from datetime import date, timedelta

from surco_service.domain.water.bed_days import BedDay, Evidence, Heard, next_day
from surco_service.domain.water.science.weather import Site, WeatherDay
from surco_service.web.water.why import Line
from surco_service.web.water.why import line as line_of
from tests.builders import DAWN, a_bed, a_calibration, raw_mv

DAY = date(2026, 11, 23)


BED = a_bed(planted=DAWN.date())  # of 2 m2


def line(page: BedDay) -> Line:
    return line_of(BED, page)


def a_page(*thetas: float | None) -> BedDay:
    """Return the page of a dry day, on which each probe said this."""
    heard = tuple(
        Heard(f"p-{n}", None if theta is None else raw_mv(theta), a_calibration(probe=f"p-{n}"))
        for n, theta in enumerate(thetas)
    )
    weather = WeatherDay(DAY - timedelta(days=1), et0_mm=4.0, rain_mm=0.0)
    return next_day(BED, Site(), Evidence(DAY, weather, 0.0, heard))


def test_what_a_probe_says_is_missing_stands_beside_what_is_believed() -> None:
    page = a_page(0.30)
    shown = line(page)
    assert shown.day == DAY
    said = page.probe_mm(0)
    assert said is not None
    assert shown.probe == 2 * said
    assert shown.probe > 0
    assert (shown.reckoned, shown.missing) == (
        2 * page.predicted_mm,
        2 * page.belief.depletion_mm,
    )
    assert (shown.rain, shown.watered) == (0.0, 0.0)


def test_several_probes_say_their_mean_and_silent_ones_nothing() -> None:
    page = a_page(0.30, None, 0.26)
    first, last = page.probe_mm(0), page.probe_mm(2)
    assert first is not None
    assert last is not None
    assert line(page).probe == first + last
    assert line(a_page(None)).probe is None


def test_a_bed_that_is_more_than_full_lacks_nothing() -> None:
    page = a_page(0.30)
    wet = replace(page, thetas=(page.zone.field_capacity + 0.1,))
    assert line(wet).probe == 0.0


def test_what_was_poured_is_told_as_it_left_the_can() -> None:
    page = a_page(0.30)
    poured = replace(page, evidence=replace(page.evidence, litres=25.0), irrigation_mm=10.6)
    assert (line(poured).watered, line(poured).unnoted) == (25.0, 0.0)
    seen = replace(page, seen_mm=10.0)
    assert (line(seen).watered, line(seen).unnoted) == (0.0, 25.0)
