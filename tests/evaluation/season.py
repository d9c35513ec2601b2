"""One season: a truth, a probe that lies a little, people, and one policy."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from random import Random

from tests.evaluation import climate
from tests.evaluation.aquacrop_truth import AquaCropTruth
from tests.evaluation.fused import Fused
from tests.evaluation.gardens import Garden
from tests.evaluation.lines import Line
from tests.evaluation.own_bucket import OwnBucket
from tests.evaluation.people import People, Pour
from tests.evaluation.policies import (
    ROWS,
    Calendar,
    Dose,
    Morning,
    Oracle,
    Policy,
    Refill,
    Told,
    crop_of,
)
from tests.evaluation.probe import Heard, Probe
from tests.evaluation.truth import State, Step, Truth

POLICIES: dict[str, Callable[[Told], Policy]] = {
    "oracle": Oracle,
    "calendar": Calendar,
    "refill": Refill,
    "balance": lambda told: Fused(told, probe=False),
    "uncalibrated": lambda told: Fused(told, calibrated=False),
    "fused": Fused,
}
CROPS = {"aquacrop": ("Tomato", "DryBean"), "own": ("chile", "lechuga")}
DAYS = {"Tomato": 115, "DryBean": 110, "chile": 120, "lechuga": 95}
SOAK_MM = 58.0  # from the can: the bed was soaked before sowing, and that was noted
STRESSED = 0.95  # of what the plants would drink
AHEAD_FROM, AHEAD_DAYS, AHEAD_EVERY = 30, 7, 3


@dataclass(frozen=True)
class Place:
    """What grows where: the truth's name, crop, soil and month of sowing."""

    truth: str
    crop: str
    soil: str
    sowing: int


@dataclass(frozen=True)
class Season:
    """What came of it."""

    seed: int
    truth: str
    crop: str
    soil: str
    sowing: int
    stress_days: int
    transpired_mm: float
    water_mm: float  # by all, from the can
    percolation_mm: float
    visits: int
    needless: int  # doses when the truth had more than half of its allowed depletion left
    asked: int  # mornings when it asked for a finger
    believed: int  # mornings with a believed depletion
    error_mm2: float  # sum of the squared errors of it
    bias_mm: float  # sum of the errors
    covered: int  # mornings when the truth lay in the 80 % range
    judged: int  # mornings with a range
    foretold: int  # weeks
    ahead_mm2: float  # sums, a week ahead
    ahead_bias_mm: float


@dataclass(frozen=True)
class Lived:
    """A day as it was."""

    morning: Morning
    dose: Dose
    pour: Pour
    step: Step


def play(line: Line, garden: Garden, place: Place) -> Season:
    """Live one season."""
    key = f"{garden.seed} {place.truth} {place.crop} {place.soil} {place.sowing}"
    first = date(2026, place.sowing, 1)
    years = Random(f"{garden.weather} {place.sowing} weather")
    weather = climate.weather(first, DAYS[place.crop] + 3, years)
    shade = garden.shade if line.shade is None else line.shade
    efficiency = garden.efficiency if line.efficiency is None else line.efficiency
    truth = _truth(place, garden, first, weather, shade)
    told = _told(line, garden, place, first)
    policy, people = POLICIES[line.policy](told), _people(line, garden, key)
    fault = garden.fault if line.fault is None else line.fault
    probe, service = Probe(garden, fault, key, line.heat), Random(f"{key} service")
    seen = climate.as_seen(_eve(weather[0]), service)
    heard, noted_mm, lived = Heard(), SOAK_MM, list[Lived]()
    for i, true in enumerate(weather):
        if truth.finished:
            break
        morning = Morning(
            true.day, seen, heard, noted_mm, truth.now(), true.et0_mm * shade, efficiency
        )
        dose = policy.morning(morning)
        pour = people.pour(dose, truth, exactly=line.policy == "oracle")
        step = truth.step(pour.mm * efficiency, pour.hour)
        heard, noted_mm = probe.hear(i, step.hours, true), pour.noted_mm
        seen = climate.as_seen(true, service)
        lived.append(Lived(morning, dose, pour, step))
    ahead = _ahead(policy, lived) if isinstance(policy, Fused) else []
    return _season(garden, place, lived, ahead, told)


def _truth(
    place: Place, garden: Garden, first: date, weather: list[climate.TrueDay], shade: float
) -> Truth:
    if place.truth == "own":
        return OwnBucket(place.crop, place.soil, first, weather, garden, shade)
    return AquaCropTruth(place.crop, place.soil, first, weather, shade)


def _told(line: Line, garden: Garden, place: Place, first: date) -> Told:
    off = garden.planted_off_days if line.planted_off_days is None else line.planted_off_days
    mistaken = garden.mistaken if line.mistaken is None else line.mistaken
    soil = garden.wrong_rows[place.soil] if mistaken else ROWS[place.soil]
    return Told(crop_of(place.crop), first + timedelta(days=off), soil)


def _people(line: Line, garden: Garden, key: str) -> People:
    return People(
        garden, garden.kind if line.kind is None else line.kind,
        garden.noted if line.noted is None else line.noted,
        garden.neighbours if line.neighbours is None else line.neighbours, key,
    )  # fmt: skip


def _eve(first: climate.TrueDay) -> climate.TrueDay:
    return climate.TrueDay(
        first.day - timedelta(days=1), first.temp_min_c, first.temp_max_c, 0.0, first.et0_mm
    )


def _ahead(policy: Fused, lived: Sequence[Lived]) -> list[float]:
    """Return how far off its depletion was a week later, when it was told the coming water."""
    errors: list[float] = []
    for at in range(AHEAD_FROM, len(lived) - AHEAD_DAYS, AHEAD_EVERY):
        week = lived[at : at + AHEAD_DAYS]
        weather = [day.morning.yesterday for day in lived[at + 1 : at + 1 + AHEAD_DAYS]]
        foretold = policy.ahead_mm(at, weather, [day.pour.mm for day in week])
        errors.append(foretold - _missing(lived[at + AHEAD_DAYS].morning.true))
    return errors


def _missing(state: State) -> float:
    return max(state.depletion_mm, 0.0)


def _season(
    garden: Garden, place: Place, lived: Sequence[Lived], ahead: Sequence[float], told: Told
) -> Season:
    growing = [day.step for day in lived if day.step.potential_mm > 0.1]
    doses = [(day.dose, day.morning.true) for day in lived]
    errors = [d.believed_mm - _missing(t) for d, t in doses if d.believed_mm is not None]
    ranges = [(d.low_mm, _missing(t), d.high_mm) for d, t in doses if d.high_mm is not None]
    wet = [
        day.pour.gardener_mm > 0
        and day.morning.true.depletion_mm < 0.5 * told.crop.p * day.morning.true.taw_mm
        for day in lived
    ]
    return Season(
        garden.seed, place.truth, place.crop, place.soil, place.sowing,
        stress_days=sum(s.transpired_mm / s.potential_mm < STRESSED for s in growing),
        transpired_mm=sum(s.transpired_mm for s in growing),
        water_mm=sum(day.pour.mm for day in lived),
        percolation_mm=sum(day.step.percolation_mm for day in lived),
        visits=sum(day.pour.gardener_mm > 0 for day in lived), needless=sum(wet),
        asked=sum(d.if_finger_dry_mm > 0 for d, _ in doses), believed=len(errors),
        error_mm2=sum(e**2 for e in errors), bias_mm=sum(errors),
        covered=sum((low or 0.0) <= t <= (high or 0.0) for low, t, high in ranges),
        judged=len(ranges), foretold=len(ahead), ahead_mm2=sum(e**2 for e in ahead),
        ahead_bias_mm=sum(ahead),
    )  # fmt: skip


def as_json(season: Season) -> dict[str, object]:
    return asdict(season)
