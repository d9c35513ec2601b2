"""Each diagnosis: a simulated fault that triggers it, and ten healthy probes that do not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from surco_service.domain.nodes.probe_doctor import DRIFT_DAYS, RULES, History, examine
from surco_service.domain.water.bed_days import BedDay, Evidence, Heard, next_day
from surco_service.domain.water.calibration import Calibration
from surco_service.domain.water.day_shape import rise_of
from surco_service.domain.water.science.weather import Site, WeatherDay
from tests.builders import a_bed

LAST = date(2026, 4, 20)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
SCALES = {p: Calibration(p, 2300, 0.05, 900, 0.45, LONG_AGO) for p in ("p-1", "p-2")}
Fault = Callable[[int, float, Random], float | None]  # hour of the month, mV → mV


def mv_of(theta: float) -> float:
    return 2300 - (theta - 0.05) / 0.40 * 1400


def soil(hour: int) -> float:
    """Return θ of a bed that is watered every sixth day and dries from 0.35 to 0.26."""
    return 0.35 - 0.015 * ((hour / 24 - 0.1) % 6)


def history(
    seed: int, fault: Fault | None = None, days: int = 30, ill_days: int = 15, **changes: object
) -> History:
    """Return a month of a probe, its fault in the last fifteen days, as the doctor sees it."""
    noise = Random(seed)
    offset = noise.gauss(0, 0.02)
    hours: list[tuple[int, float | None]] = []
    for hour in range(days * 24):
        mv: float | None = mv_of(soil(hour) + offset) + noise.gauss(0, 6)
        if noise.random() < 0.02:
            mv = None
        if fault is not None and mv is not None and hour >= (days - ill_days) * 24:
            mv = fault(hour, mv, noise)
        hours.append((hour * 3600, mv))
    pages = diary(hours, days, two="neighbour" in changes)
    return replace(History("p-1", hours[-7 * 24 :], pages), **changes)  # type: ignore[arg-type]


def diary(hours: list[tuple[int, float | None]], days: int, *, two: bool) -> list[BedDay]:
    bed, pages, nights = a_bed(), list[BedDay](), list[float | None]([None])
    for day in range(1, days):
        night = [mv for t, mv in hours[day * 24 + 3 : day * 24 + 6] if mv is not None]
        nights.append(sorted(night)[len(night) // 2] if night else None)
        seen = [mv for _, mv in hours[day * 24 - 18 : day * 24 + 6]]
        rise = rise_of(nights[-2], seen, nights[-1])
        heard = [Heard("p-1", nights[-1], SCALES["p-1"], rise=rise)]
        if two:
            heard.append(Heard("p-2", mv_of(soil(day * 24 + 4)), SCALES["p-2"]))
        watered = soil(day * 24 + 4) > soil(day * 24 - 20) + 0.03
        when = LAST - timedelta(days=days - day)
        evidence = Evidence(
            when, WeatherDay(when - timedelta(days=1), et0_mm=5.2, rain_mm=0.0),
            120.0 if watered else 0.0, tuple(heard),
        )  # fmt: skip
        pages.append(next_day(bed, Site(), evidence, pages))
    return pages


def silent(hour: int, mv: float, noise: Random) -> None:
    return None


FAULTS: dict[str, tuple[Fault | None, dict[str, object]]] = {
    "node-silent": (None, {"node_silent_h": 9.0}),
    "battery-low": (None, {"battery_mv": 3320}),
    "cable-loose": (silent, {}),
    "out-of-soil": (lambda hour, mv, noise: 2900 + noise.gauss(0, 5), {}),
    "under-water": (lambda hour, mv, noise: 520 + noise.gauss(0, 5), {}),
    "stuck": (lambda hour, mv, noise: 1500.0, {}),
    "connector-noisy": (lambda hour, mv, noise: mv + (700 if noise.random() < 0.2 else 0), {}),
    "moved": (lambda hour, mv, noise: mv - (350 if hour >= 24 * 25 else 0), {}),
    "deaf": (lambda hour, mv, noise: mv_of(0.27) + (hour % 240) / 8 + noise.gauss(0, 6), {}),
    "contradicts": (lambda hour, mv, noise: mv + 560, {"neighbour": "p-2"}),
    "drifts": (None, {}),  # below: a drift takes weeks
}


def test_every_diagnosis_has_its_fault_here() -> None:
    assert FAULTS.keys() == RULES.keys()


@pytest.mark.parametrize("code", [code for code in FAULTS if code != "drifts"])
@pytest.mark.parametrize("seed", range(3))
def test_a_fault_is_diagnosed(code: str, seed: int) -> None:
    fault, changes = FAULTS[code]
    assert code in [one.code for one in examine(history(seed, fault, **changes))]


@pytest.mark.parametrize("pace", [0.002, -0.002])
def test_a_probe_that_drifts_is_noticed_by_the_change_of_the_bias_that_it_needs(
    pace: float,
) -> None:
    def drift(hour: int, mv: float, noise: Random) -> float:
        return mv + mv_of(pace * (hour / 24 - 20)) - mv_of(0.0)

    ill = history(1, drift, days=60, ill_days=40)
    assert [one.code for one in examine(ill)] == ["drifts"]
    young = replace(ill, pages=ill.pages[-2 * DRIFT_DAYS :])
    assert examine(young) == [], "in two weeks a drift is small"


def test_a_bias_that_stays_is_the_soils_and_no_drift() -> None:
    def off(hour: int, mv: float, noise: Random) -> float:
        return mv + mv_of(0.08) - mv_of(0.0)

    assert examine(history(1, off, days=60, ill_days=60)) == []


def test_a_probe_that_was_moved_is_told_for_a_week_and_does_not_drift() -> None:
    pushed = history(1, lambda hour, mv, noise: mv - 350, days=60, ill_days=29)
    days = [replace(pushed, pages=pushed.pages[: 31 + later]) for later in (1, 6, 9, 28)]
    assert [[one.code for one in examine(h)] for h in days] == [["moved"], ["moved"], [], []]


@pytest.mark.parametrize("seed", range(10))
def test_a_healthy_probe_has_nothing(seed: int) -> None:
    assert examine(history(seed, battery_mv=3900)) == []
    assert examine(history(seed, neighbour="p-2")) == []


@pytest.mark.parametrize(("mv", "code"), [(2290, "out-of-soil"), (912, "under-water")])
def test_what_a_probe_said_in_air_and_water_tells_where_it_is(mv: float, code: str) -> None:
    hours = [(hour * 3600, mv + hour % 3) for hour in range(48)]
    assert examine(History("p-1", hours)) == []
    at_the_set_up = History("p-1", hours, air_mv=2300, water_mv=900)
    assert [one.code for one in examine(at_the_set_up)] == [code]


@pytest.mark.parametrize("seed", range(10))
def test_a_healthy_probe_that_was_checked_has_nothing(seed: int) -> None:
    assert examine(history(seed, air_mv=2310.0, water_mv=905.0)) == []


@pytest.mark.parametrize(("quiet_h", "found"), [(5, []), (6, ["cable-loose"])])
def test_a_cable_is_loose_when_the_node_speaks_and_its_probe_is_silent_for_six_hours(
    quiet_h: int, found: list[str]
) -> None:
    well = history(1)
    spoke = [(t, mv or 1500.0) for t, mv in well.hours[:-quiet_h]]
    silence = [(t, None) for t, _ in well.hours[-quiet_h:]]
    ill = replace(well, hours=[*spoke, *silence])
    assert [one.code for one in examine(ill)] == found


@pytest.mark.parametrize(
    ("times_h", "found"),
    [(range(48), []), (range(49), ["stuck"]), (range(0, 46, 3), []), (range(0, 49, 3), ["stuck"])],
)
def test_a_probe_is_stuck_when_it_was_the_same_for_two_days_however_often_it_speaks(
    times_h: range, found: list[str]
) -> None:
    hours = [(3600 * hour, 1500.0) for hour in times_h]
    assert [one.code for one in examine(History("p-1", hours))] == found


def test_the_fast_hours_of_a_workshop_are_not_taken_for_two_days() -> None:
    slow, fast = range(0, 120, 6), range(115, 130)
    hours = [*((3600 * h, 1400.0 + h) for h in slow), *((3600 * h, 1500.0) for h in fast)]
    assert examine(History("p-1", hours)) == []


def test_of_a_probe_without_a_past_nothing_is_said() -> None:
    assert examine(History("p-1", [])) == []
