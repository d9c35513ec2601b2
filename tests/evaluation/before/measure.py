"""From seasons to figures: means, ratios to the oracle, and paired differences with their doubt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from statistics import mean, quantiles

from tests.evaluation.before.season import Season

ROUNDS = 2000  # of the bootstrap


@dataclass(frozen=True)
class Row:
    """One policy under one fault: means over its seasons."""

    policy: str
    fault: str
    water_mm: float
    water_p90_mm: float
    stress_days: float
    stress_p90: float
    percolation_mm: float
    visits: float
    yield_t_ha: float
    error_mm: float
    coverage: float
    needless: float  # share of the visits


def row(policy: str, fault: str, seasons: Sequence[Season]) -> Row:
    """Return the means of a policy. `error_mm` is the RMSE of its believed depletion."""
    judged = sum(s.judged for s in seasons)
    visits = sum(s.visits for s in seasons)
    return Row(
        policy, fault, mean(s.water_mm for s in seasons), _p90([s.water_mm for s in seasons]),
        mean(s.stress_days for s in seasons), _p90([s.stress_days for s in seasons]),
        mean(s.percolation_mm for s in seasons), visits / len(seasons),
        mean(s.yield_t_ha for s in seasons), mean(s.error_mm2 for s in seasons) ** 0.5,
        sum(s.covered for s in seasons) / judged if judged else 0.0,
        sum(s.needless for s in seasons) / max(visits, 1),
    )  # fmt: skip


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
    a, b = (by_seed(seasons, lambda s: s.water_mm) for seasons in (ours, oracle))
    return max(a[seed] / max(b[seed], 1.0) for seed in a)
