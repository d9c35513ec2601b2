"""TABLE of what must hold: a figure, the line it is read from, and its bound."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.report import Figure
from tests.evaluation.measure import Row, difference, stress, water
from tests.evaluation.runs import Played
from tests.evaluation.season import Season

LEAST_COVERED, MOST_COVERED = 75, 88  # %, of an 80 % range
WHOLE = 20  # sensors; fewer say nothing of who wins


@dataclass(frozen=True)
class Target:
    name: str
    line: str
    of: Callable[[Row], float]
    unit: str
    most: float


def _ratio(row: Row) -> float:
    return row.ratio


def _stress(row: Row) -> float:
    return row.stress_days


def _worst(row: Row) -> float:
    return row.worst_stress


TARGETS = (
    Target("water / oracle, working", "working", _ratio, "×", 1.12),
    Target("water / oracle, half noted", "half noted", _ratio, "×", 1.2),
    Target("water / oracle, none noted", "none noted", _ratio, "×", 1.25),
    Target("stress, none noted", "none noted", _stress, "days", 2),
    Target("water / oracle, shade 0.6 told as full", "shade 0.6", _ratio, "×", 1.35),
    Target("water / oracle, efficiency 1.0", "efficiency 1.0", _ratio, "×", 1.2),
    Target("water / oracle, efficiency 0.7", "efficiency 0.7", _ratio, "×", 1.2),
    Target("stress, working", "working", _stress, "days", 1),
    Target("stress, wrong texture", "wrong texture", _stress, "days", 1.5),
    Target("stress, planted 30 days late", "planted late", _stress, "days", 3),
    Target("stress, drift", "drift", _stress, "days", 3),
    Target("stress, gain × 1.4", "salt", _stress, "days", 3),
    Target("stress, jump +.10", "jump up", _stress, "days", 3),
    Target("worst sensor, drift", "drift", _worst, "days", 10),
    Target("worst sensor, gain × 1.4", "salt", _worst, "days", 10),
    Target("worst sensor, jump +.10", "jump up", _worst, "days", 10),
    *(
        Target(f"{what}, {line}", line, of, "mm", most)
        for line in ("thirst 0.75", "thirst 1.25")
        for what, of, most in (
            ("week ahead, error", lambda row: row.ahead_mm, 10.0),
            ("week ahead, bias (either way)", lambda row: abs(row.ahead_bias_mm), 3.0),
        )
    ),
)


DIFFERENCES = (
    ("balance alone", "water", water, "mm"),
    ("calendar", "water", water, "mm"),
    ("calendar", "stress", stress, "days"),
    ("refill", "water", water, "mm"),
)
"""Lines that a working probe must beat: its upper 95 % bound against them is below 0."""


def judge(played: Played, rows: Mapping[str, Row]) -> list[Figure]:
    """Return the figures of the lines that were played, with their targets."""
    figures = [
        Figure.most(t.name, t.of(rows[t.line]), t.unit, t.most) for t in TARGETS if t.line in rows
    ]
    by_name = {line.name: seasons for line, seasons in played.items()}
    if "working" in by_name:
        ours = by_name["working"]
        figures += [
            _upper(ours, by_name[other], other, what, of, unit)
            for other, what, of, unit in DIFFERENCES
            if other in by_name
        ]
    return figures + [_covered(row) for row in rows.values() if row.coverage]


def _upper(
    ours: Sequence[Season], theirs: Sequence[Season], other: str, what: str,
    of: Callable[[Season], float], unit: str,
) -> Figure:  # fmt: skip
    _, _, upper = difference(ours, theirs, of)
    sensors = len({season.seed for season in ours})
    holds = upper < 0 if sensors >= WHOLE else None
    return Figure(f"{what} against {other}, upper 95 %", round(upper, 1), unit, "< 0", holds)


def _covered(row: Row) -> Figure:
    percent = 100 * row.coverage
    holds = LEAST_COVERED <= percent <= MOST_COVERED
    bounds = f"{LEAST_COVERED} to {MOST_COVERED}"
    return Figure(f"80 % range holds the truth, {row.line}", round(percent, 1), "%", bounds, holds)
