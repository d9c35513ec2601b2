"""From seasons to figures: means, ratios to the oracle, and paired differences with their doubt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from statistics import mean, quantiles

from tests.evaluation.season import Season

ROUNDS = 2000  # of the bootstrap


@dataclass(frozen=True)
class Row:
    """One line: means over its seasons. `oracle` is the oracle's water in the same truth."""

    line: str
    water_mm: float
    oracle_mm: float
    water_p90_mm: float
    stress_days: float
    stress_p90: float
    worst_stress: float  # mean of the worst sensor
    worst_ratio: float  # water of the thirstiest sensor to the oracle's
    percolation_mm: float
    visits: float
    needless: float  # share of the visits
    asked: float  # mornings of a season when it asked for a finger
    error_mm: float  # RMSE of the believed depletion
    bias_mm: float
    coverage: float  # of the 80 % range
    ahead_mm: float  # RMSE a week ahead, after day 30
    ahead_bias_mm: float

    @property
    def ratio(self) -> float:
        return self.water_mm / max(self.oracle_mm, 1.0)


def row(line: str, seasons: Sequence[Season], oracle: Sequence[Season]) -> Row:
    """Return the means of a line."""
    visits = sum(s.visits for s in seasons)
    believed = max(sum(s.believed for s in seasons), 1)
    foretold = max(sum(s.foretold for s in seasons), 1)
    return Row(
        line, mean(s.water_mm for s in seasons), mean(s.water_mm for s in oracle),
        _p90([s.water_mm for s in seasons]), mean(s.stress_days for s in seasons),
        _p90([s.stress_days for s in seasons]), max(by_seed(seasons, stress).values()),
        worst_ratio(seasons, oracle), mean(s.percolation_mm for s in seasons),
        visits / len(seasons), sum(s.needless for s in seasons) / max(visits, 1),
        mean(s.asked for s in seasons), (sum(s.error_mm2 for s in seasons) / believed) ** 0.5,
        sum(s.bias_mm for s in seasons) / believed,
        sum(s.covered for s in seasons) / max(sum(s.judged for s in seasons), 1),
        (sum(s.ahead_mm2 for s in seasons) / foretold) ** 0.5,
        sum(s.ahead_bias_mm for s in seasons) / foretold,
    )  # fmt: skip


def water(season: Season) -> float:
    return season.water_mm


def stress(season: Season) -> float:
    return season.stress_days


def _p90(values: Sequence[float]) -> float:
    return quantiles(values, n=10)[-1] if len(values) > 1 else values[0]


def by_seed(seasons: Sequence[Season], of: Callable[[Season], float]) -> dict[int, float]:
    """Return the mean of each seed: one sensor is one sample."""
    seeds = sorted({season.seed for season in seasons})
    return {seed: mean(of(s) for s in seasons if s.seed == seed) for seed in seeds}


def difference(
    ours: Sequence[Season], theirs: Sequence[Season], of: Callable[[Season], float]
) -> tuple[float, float, float]:
    """Return the mean paired difference and its 95 % interval, by bootstrap over seeds."""
    a, b = by_seed(ours, of), by_seed(theirs, of)
    pairs = [a[seed] - b[seed] for seed in a]
    random = Random(56)
    means = sorted(mean(random.choices(pairs, k=len(pairs))) for _ in range(ROUNDS))
    return mean(pairs), means[round(0.025 * ROUNDS)], means[round(0.975 * ROUNDS) - 1]


def worst_ratio(ours: Sequence[Season], oracle: Sequence[Season]) -> float:
    """Return the largest water of one seed, as a multiple of the oracle's."""
    a, b = by_seed(ours, water), by_seed(oracle, water)
    return max(a[seed] / max(b[seed], 1.0) for seed in a)
