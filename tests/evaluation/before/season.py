"""One season: the truth, a probe that lies a little, people who forget, and one policy."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from random import Random

from tests.evaluation import climate
from tests.evaluation.before.fused import Fused
from tests.evaluation.before.policies import (
    Calendar,
    Dose,
    Garden,
    Morning,
    Oracle,
    Percent,
    Policy,
    Refill,
    Threshold,
    Zimmerman,
    crop_of,
    with_rain_skip,
)
from tests.evaluation.before.scenarios import FAULT_DAY, Scenario
from tests.evaluation.before.truth import Step, Truth

POLICIES: dict[str, Callable[[Garden], Policy]] = {
    "oracle": Oracle,
    "calendar": Calendar,
    "calendar, rain skipped": with_rain_skip,
    "percent": Percent,
    "threshold": Threshold,
    "refill": Refill,
    "zimmerman": Zimmerman,
    "model": lambda garden: Fused(garden, probe=False),
    "fused": Fused,
    "fused, no weather": lambda garden: Fused(garden, climate=False),
    "fused, learning": lambda garden: Fused(garden, calibrated=False),
}
DAYS = {"Tomato": 115, "DryBean": 110}
NOISE, MISSING = 0.01, 0.05
DOSE_SIGMA, FORGETS = 0.15, 0.15
STRESSED = 0.95  # Tr / TrPot
MOST_MM = 60.0  # nobody carries more in one day
SOAK_MM = 50.0  # the bed was soaked before sowing, and that was noted
FINGER_SD = 0.15  # of the available water
IN_AIR, JUMP = 0.01, 0.10


@dataclass(frozen=True)
class Season:
    """What came of it."""

    seed: int
    crop: str
    soil: str
    sowing: int
    stress_days: int
    transpiration: float  # relative
    water_mm: float
    percolation_mm: float
    visits: int
    yield_t_ha: float
    error_mm2: float  # mean squared error of the believed depletion; 0 when nothing was believed
    covered: int  # mornings when the truth lay in the 80 % range
    judged: int  # mornings with a range
    needless: int  # doses when the truth had more than half of its allowed depletion left


def play(
    policy_name: str, fault: str, scenario: Scenario, crop: str, soil: str, sowing: int
) -> Season:
    """Live one season. `fault`: "none", "mix" or one of `scenarios.FAULTS`."""
    key = f"{scenario.seed} {crop} {soil} {sowing}"
    first = date(2026, sowing, 1)
    weather = climate.weather(first, DAYS[crop] + 3, Random(f"{scenario.seed} {sowing} weather"))
    truth = Truth(crop, soil, first, weather)
    garden = _garden(scenario, truth, crop, first)
    policy, noise = POLICIES[policy_name](garden), Random(key + " noise")
    probe = Probe(scenario, scenario.mix_fault if fault == "mix" else fault)
    seen = climate.as_seen(replace(weather[0], day=first - timedelta(days=1)), noise)
    logged, days = SOAK_MM, list[tuple[Morning, Dose, float, Step]]()
    for i, true in enumerate(weather):
        if truth.finished:
            break
        depletion, taw, theta = truth.now()
        morning = Morning(
            first + timedelta(days=i), seen, probe.read(i, theta, noise), logged, depletion, taw,
            true.et0_mm,
        )  # fmt: skip
        dose = policy.morning(morning)
        if dose.if_finger_dry_mm and _finger_says_dry(theta, truth, noise):
            dose = replace(dose, mm=dose.if_finger_dry_mm)
        luck, forgets = math.exp(noise.gauss(0, DOSE_SIGMA)), noise.random() < FORGETS
        poured = min(dose.mm, MOST_MM) * (luck if policy_name != "oracle" else 1.0)
        logged = 0.0 if forgets else min(dose.mm, MOST_MM)
        days.append((morning, dose, poured, truth.step(poured)))
        seen = climate.as_seen(true, noise)
    return _season(scenario, crop, soil, sowing, days, truth, garden)


def _garden(scenario: Scenario, truth: Truth, crop: str, sown: date) -> Garden:
    wilting = max(0.02, truth.wilting_point + scenario.texture_error)
    available = truth.field_capacity - truth.wilting_point + scenario.available_error
    capacity = wilting + max(available, 0.06)
    return Garden(crop_of(crop), sown, capacity, wilting)


def _finger_says_dry(theta: float, truth: Truth, noise: Random) -> bool:
    """Tell what a finger feels at 10 to 20 cm: dry below half of the available water, more or less."""
    left = (theta - truth.wilting_point) / (truth.field_capacity - truth.wilting_point)
    return left + noise.gauss(0, FINGER_SD) < 0.5


class Probe:
    """A cheap probe with an offset, a gain, drift, noise, and perhaps a fault from day 40."""

    def __init__(self, scenario: Scenario, fault: str) -> None:
        self._scenario, self._fault, self._stuck = scenario, fault, None

    def read(self, day: int, theta: float, noise: Random) -> float | None:
        s = self._scenario
        said = s.offset + 0.2 + (1 + s.gain) * (theta - 0.2) + s.drift * day
        said += noise.gauss(0, NOISE)
        missing = noise.random() < MISSING
        if day >= FAULT_DAY:
            if self._fault == "dead":
                return None
            if self._fault == "out":
                return None if missing else max(0.0, IN_AIR + noise.gauss(0, 0.002))
            if self._fault == "stuck":
                self._stuck = said if self._stuck is None else self._stuck
                said = self._stuck
            if self._fault == "jump":
                said += JUMP
        return None if missing else max(0.0, said)


def _season(
    scenario: Scenario, crop: str, soil: str, sowing: int,
    days: list[tuple[Morning, Dose, float, Step]], truth: Truth, garden: Garden,
) -> Season:  # fmt: skip
    steps = [step for *_, step in days]
    growing = [step for step in steps if step.potential_mm > 0.1]
    believed = [
        (dose.believed_mm, morning.true_depletion_mm)
        for morning, dose, _, _ in days
        if dose.believed_mm is not None
    ]
    ranges = [
        (d.low_mm, d.high_mm, m.true_depletion_mm) for m, d, *_ in days if d.high_mm is not None
    ]
    needless = [
        d
        for m, d, *_ in days
        if d.mm > 0 and m.true_depletion_mm < 0.5 * garden.crop.p * m.true_taw_mm
    ]
    return Season(
        scenario.seed, crop, soil, sowing,
        stress_days=sum(s.transpired_mm / s.potential_mm < STRESSED for s in growing),
        transpiration=sum(s.transpired_mm for s in growing) / max(sum(s.potential_mm for s in growing), 1e-9),
        water_mm=sum(poured for _, _, poured, _ in days),
        percolation_mm=sum(step.percolation_mm for step in steps),
        visits=sum(dose.mm > 0 for _, dose, _, _ in days), yield_t_ha=truth.dry_yield(),
        error_mm2=sum((b - t) ** 2 for b, t in believed) / len(believed) if believed else 0.0,
        covered=sum((low or 0.0) <= max(t, 0.0) <= high for low, high, t in ranges if high is not None),
        judged=len(ranges), needless=len(needless),
    )  # fmt: skip


def as_json(season: Season) -> dict[str, object]:
    return asdict(season)
