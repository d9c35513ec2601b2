from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_service.domain.water.bed_days import BedDay, Evidence, Heard, next_day
from surco_service.domain.water.root_zone import root_zone
from surco_service.domain.water.scale import LEARNT, Morning, cycles, learn
from surco_service.domain.water.science.weather import Site, WeatherDay
from tests.builders import a_bed

ZONE = root_zone(a_bed())  # field capacity 0.35, roots 0.4 m: 0.01 m3/m3 is 4 mm
ETC_MM = 4.0
NOW = datetime(2026, 5, 4, tzinfo=UTC)


def mv_of(theta: float, gain: float = 3500.0, full: float = 1200.0) -> float:
    """Return what a strange probe says: 1200 mV at field capacity, more when it is drier."""
    return full + gain * (0.35 - theta)


def mornings(seed: int, rounds: int, drying: int = 8, gain: float = 3500.0) -> list[Morning]:
    """Return rounds of watering to the full and drying 0.01 a day, as the probe says them."""
    noise, found = Random(seed), list[Morning]()
    for _ in range(rounds):
        found.append(Morning(mv_of(0.38, gain) + noise.gauss(0, 3), ETC_MM, watered=True))
        found += [
            Morning(mv_of(0.35 - 0.01 * day, gain) + noise.gauss(0, 3), ETC_MM)
            for day in range(drying)
        ]
    return [Morning(mv_of(0.28, gain), ETC_MM), *found]


def test_each_watering_and_drying_is_a_cycle_from_the_plateau_on() -> None:
    first, second, third = cycles(mornings(1, 3))
    assert first.full_mv == pytest.approx(1200, abs=15), (
        "the morning after the soak, not that of it"
    )
    assert (first.days, first.lost_mm) == (7, 28)
    assert second.dry_mv == pytest.approx(mv_of(0.28), abs=15)
    assert third.days == 7


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("gain", [1500.0, 3500.0, -2000.0])
def test_a_scale_is_learnt_whatever_the_probe_and_its_direction(seed: int, gain: float) -> None:
    scale = learn(mornings(seed, 4, gain=gain), ZONE, wet_is_low=gain > 0)
    assert scale is not None
    assert scale.learnt
    for theta in (0.35, 0.32, 0.29):
        assert scale.theta(mv_of(theta, gain)) == pytest.approx(theta, abs=0.015)


def test_it_takes_two_cycles_and_more_make_it_surer() -> None:
    one, two, four = (learn(mornings(1, rounds), ZONE) for rounds in (1, 2, 4))
    assert one is not None
    assert two is not None
    assert four is not None
    assert (one.learnt, two.learnt) == (False, True)
    assert one.sd > two.sd > four.sd
    assert LEARNT == 2


def test_a_probe_that_hardly_moves_or_never_saw_water_learns_nothing() -> None:
    assert learn(mornings(1, 4, gain=100.0), ZONE) is None
    assert learn([Morning(1500.0 + day, ETC_MM) for day in range(40)], ZONE) is None
    assert learn([Morning(None, ETC_MM)] * 40, ZONE) is None
    assert learn([], ZONE) is None


@given(values=st.lists(st.none() | st.floats(0, 3300), max_size=60))
def test_no_series_breaks_it(values: list[float | None]) -> None:
    scale = learn([Morning(mv, ETC_MM, watered=i % 7 == 0) for i, mv in enumerate(values)], ZONE)
    if scale is not None:
        assert scale.full_mv != scale.dry_mv
        assert scale.dry_theta <= scale.full_theta


def test_a_bed_uses_a_probe_without_calibration_as_soon_as_it_has_learnt() -> None:
    pages: list[BedDay] = []
    first = date(2026, 4, 1)
    for i, morning in enumerate(mornings(3, 4)):
        day = first + timedelta(days=i)
        weather = WeatherDay(day - timedelta(days=1), et0_mm=3.5, rain_mm=0.0)
        heard = (Heard("p-1", morning.mv),)
        evidence = Evidence(day, weather, 150.0 if morning.watered else 0.0, heard)
        pages.append(next_day(a_bed(), Site(), evidence, pages))
    known = [page.thetas[0] is not None for page in pages]
    start = known.index(True)
    assert 12 <= start <= 20, "in the second drying"
    assert all(known[start:])
    assert pages[-1].belief.tracks[0].finding == "good"
    belief = pages[-1].belief
    # the probe says 28 mm, the balance 9 x 4: its scale begins a day after the soak, and these 8 mm
    # (0.02) were learnt as its bias
    assert belief.biases[0] == pytest.approx(0.02, abs=0.01)
    assert belief.depletion_mm == pytest.approx(36, abs=2)
    assert belief.sd_mm < 10
