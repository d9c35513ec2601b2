import math
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from surco_service.domain.water.science import atmosphere, radiation
from surco_service.domain.water.science.evapotranspiration import (
    DARKEST,
    monthly,
    of_day,
    reference_et,
)
from surco_service.domain.water.science.weather import Site, WeatherDay
from tests.service.domain.water.science.reference.fao56 import (
    dewpoint_c,
    extraterrestrial_hourly,
    penman_monteith_hourly,
)

MAY = date(2026, 5, 4)
ANY = st.floats(allow_nan=True, allow_infinity=True)
RA = radiation.extraterrestrial(Site().latitude_deg, MAY.timetuple().tm_yday)


def a_day(**known: float) -> WeatherDay:
    return WeatherDay(MAY, **{"temp_min_c": 12.0, "temp_max_c": 28.0} | known)


@given(latitude=ANY, elevation=ANY, rs=st.none() | st.floats(0, 45), rh=st.none() | st.just(80.0))
def test_a_garden_at_a_place_that_cannot_be_still_gets_a_number(
    latitude: float, elevation: float, rs: float | None, rh: float | None
) -> None:
    weather = WeatherDay(MAY, 12.0, 28.0, rh_max=rh, radiation_mj_m2=rs)
    found = reference_et(weather, Site(latitude, elevation))
    assert 0 <= found.mm < 40


@pytest.mark.parametrize(
    "site", [Site(math.nan), Site(200.0), Site(20.0, math.inf), Site(20.0, 60_000.0)]
)
def test_a_place_that_cannot_be_falls_back_on_the_months(site: Site) -> None:
    found = reference_et(a_day(radiation_mj_m2=22.0), site)
    assert (found.method, found.mm) == ("monthly", monthly(MAY))


def test_a_thermometer_that_does_not_move_is_not_a_day_without_thirst() -> None:
    # no range gives no radiation in Eq. 50 and 52, hence 0 mm, and a bed that never dries
    found = reference_et(WeatherDay(MAY, 18.0, 18.0), Site())
    assert (found.method, found.mm) == ("monthly", monthly(MAY))


@pytest.mark.parametrize("rs", [0.0, 0.9 * DARKEST * RA, 1.01 * RA])
def test_radiation_that_the_sun_cannot_have_brought_counts_as_missing(rs: float) -> None:
    assert reference_et(a_day(radiation_mj_m2=rs), Site()) == reference_et(a_day(), Site())


def test_radiation_above_a_clear_sky_is_believed_as_it_was_measured() -> None:
    # FAO-56 limits R_s/R_so to 1 in Eq. 39 only: thin air and white clouds bring more than Eq. 37
    rs = 1.05 * radiation.clear_sky(RA, Site().elevation_m)
    humid = a_day(radiation_mj_m2=rs, rh_min=30.0, rh_max=80.0, wind_m_s=2.5)
    vapour = atmosphere.vapour_from_humidities_kpa(12.0, 28.0, 30.0, 80.0)
    expected = of_day(
        temp_min_c=12.0, temp_max_c=28.0, vapour_kpa=vapour, wind_m_s=2.5, rs=rs, ra=RA,
        elevation_m=Site().elevation_m,
    )  # fmt: skip
    assert reference_et(humid, Site()).mm == pytest.approx(expected, abs=1e-12)


@given(
    low=st.floats(0, 20), swing=st.floats(4, 20), share=st.floats(0.3, 0.75),
    more=st.floats(0.01, 0.2),
)  # fmt: skip
def test_a_sunnier_day_is_a_thirstier_day(
    low: float, swing: float, share: float, more: float
) -> None:
    def mm(part: float) -> float:
        weather = WeatherDay(MAY, low, low + swing, radiation_mj_m2=part * RA)
        return reference_et(weather, Site()).mm

    assert mm(share + more) > mm(share)


def test_a_garden_at_the_coast_gets_more_sun_out_of_the_same_swing_of_temperature() -> None:
    # FAO-56 Eq. 50: k_Rs 0.16 inland, 0.19 at the coast
    humid = a_day(rh_max=80.0)
    assert (radiation.INLAND, radiation.COASTAL) == (0.16, 0.19)
    assert reference_et(humid, Site(coastal=True)).mm > reference_et(humid, Site()).mm


@given(temp=st.floats(5, 40), rh=st.floats(10, 100), drier=st.floats(1, 50), wind=st.floats(0.5, 8))
def test_drier_air_takes_more_in_an_hour(temp: float, rh: float, drier: float, wind: float) -> None:
    assume(rh - drier >= 1)

    def mm(humidity: float) -> float:
        vapour = atmosphere.saturation_kpa(temp) * humidity / 100
        return penman_monteith_hourly(temp, vapour, wind, 1.7, 0.17, 0.054)

    assert mm(rh - drier) > mm(rh)


@given(latitude=st.floats(-60, 60), longitude=st.floats(-8, 8), day=st.integers(1, 365))
def test_the_hours_of_a_day_bring_the_sun_of_that_day(
    latitude: float, longitude: float, day: int
) -> None:
    zone = 90.0  # UTC-6, counted westwards
    hours = [
        extraterrestrial_hourly(latitude, zone + longitude, zone, day, hour + 0.5)
        for hour in range(24)
    ]
    assert min(hours) >= 0
    assert sum(hours) == pytest.approx(radiation.extraterrestrial(latitude, day), rel=1e-9)


@given(vapour=st.floats(0.1, 7))
def test_the_dewpoint_and_its_vapour_turn_into_one_another(vapour: float) -> None:
    dewpoint = dewpoint_c(vapour)
    assert atmosphere.vapour_from_dewpoint_kpa(dewpoint) == pytest.approx(vapour, rel=1e-12)
