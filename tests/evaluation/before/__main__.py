"""The evaluation as it was before: soils told with small errors, 85 % noted, AquaCrop alone.

    python -m tests.evaluation.before [--short] [--odd] [--seeds N]

Kept so that its table can be made again (docs/why/advice.md says what was wrong with it). Even seeds
are reported, odd seeds are for tuning. `--short` plays four seeds and writes no page.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict

from tests.benchmarks.report import Figure, publish
from tests.evaluation.before.measure import Row, difference, row, worst_ratio
from tests.evaluation.before.page import write_page
from tests.evaluation.before.runs import seasons, workers
from tests.evaluation.before.scenarios import FAULTS, SEEDS
from tests.evaluation.before.season import POLICIES, Season

FAULTY = ("fused", "refill", "threshold")  # whose faults are played
Played = dict[tuple[str, str], list[Season]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="four seeds, the policies that count")
    parser.add_argument("--odd", action="store_true", help="the seeds for tuning; writes no page")
    parser.add_argument("--seeds", type=int, default=40, help="how many sensors (40)")
    asked = parser.parse_args()
    seeds = [seed for seed in SEEDS if seed % 2 == asked.odd][: 4 if asked.short else asked.seeds]
    with workers() as pool:
        played = play_all(seeds, pool, short=asked.short)
    rows = {key: row(*key, found) for key, found in played.items()}
    show(rows)
    figures = judge(played, rows)
    if asked.short:  # four sensors say nothing of who wins
        figures = [figure for figure in figures if "upper 95 %" not in figure.name]
    holds = publish(
        "evaluate-before", figures, {f"{p} / {f}": asdict(r) for (p, f), r in rows.items()}
    )
    if not (asked.short or asked.odd):
        write_page(rows, figures, len(seeds))
    return 0 if holds or asked.short else 1


def play_all(seeds: list[int], pool: ProcessPoolExecutor, *, short: bool) -> Played:
    """Play every policy without faults, and those that rest on a probe with each fault."""
    names = ("oracle", "calendar", "refill", "fused") if short else tuple(POLICIES)
    wanted = [(name, "none") for name in names]
    wanted += [(name, fault) for name in FAULTY if name in names for fault in (*FAULTS, "mix")]
    played: Played = {}
    for name, fault in wanted:
        print(f"{name}, {fault} …", file=sys.stderr, flush=True)
        played[name, fault] = seasons(name, fault, seeds, pool)
    return played


def show(rows: dict[tuple[str, str], Row]) -> None:
    print(
        f"{'policy':<24}{'fault':<7}{'water':>7}{'stress':>8}{'visits':>8}{'yield':>7}{'drained':>9}"
    )
    for one in rows.values():
        print(
            f"{one.policy:<24}{one.fault:<7}{one.water_mm:>7.0f}{one.stress_days:>8.2f}"
            f"{one.visits:>8.1f}{one.yield_t_ha:>7.2f}{one.percolation_mm:>9.0f}"
        )
    print()


def judge(played: Played, rows: dict[tuple[str, str], Row]) -> list[Figure]:
    """Return the figures with their targets."""
    fused, oracle = played["fused", "none"], played["oracle", "none"]
    best = rows["oracle", "none"].water_mm
    figures = [
        Figure.most(
            "water, working probe / oracle", rows["fused", "none"].water_mm / best, "×", 1.2
        ),
        Figure.most("stress, working probe", rows["fused", "none"].stress_days, "days", 2.5),
    ]
    figures += [
        Figure.most(f"stress, probe {fault}", rows["fused", fault].stress_days, "days", 6)
        for fault in FAULTS
    ]
    calendar, refill = played["calendar", "none"], played["refill", "none"]
    coverage = 100 * rows["fused", "none"].coverage
    return [
        *figures,
        Figure.most("stress, mix of faults", rows["fused", "mix"].stress_days, "days", 3.5),
        Figure.most("water, mix of faults / oracle", rows["fused", "mix"].water_mm / best, "×", 1.2),
        _upper("water against calendar, upper 95 %", fused, calendar, "water_mm", "mm", -100),
        _upper("stress against calendar, upper 95 %", fused, calendar, "stress_days", "days", -5),
        _upper("water against refill, upper 95 %", fused, refill, "water_mm", "mm", 0),
        Figure.most("worst sensor / oracle", worst_ratio(fused, oracle), "×", 1.5),
        Figure("80 % range holds the truth", round(coverage, 1), "%", "70 to 90", 70 <= coverage <= 90),
        Figure("error of the depletion", round(rows["fused", "none"].error_mm, 1), "mm"),
        Figure("the same, model alone", round(rows["model", "none"].error_mm, 1), "mm")
        if ("model", "none") in rows
        else Figure("seasons a policy", len(fused), ""),
    ]  # fmt: skip


def _upper(
    name: str, ours: list[Season], theirs: list[Season], what: str, unit: str, bound: float
) -> Figure:
    _, _, upper = difference(ours, theirs, lambda season: float(getattr(season, what)))
    return Figure(name, round(upper, 1), unit, f"< {bound:g}", upper < bound)


if __name__ == "__main__":
    sys.exit(main())
