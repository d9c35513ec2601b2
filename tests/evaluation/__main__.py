"""`make evaluate`: does the advice survive people, and beds that are not as declared? With numbers.

    python -m tests.evaluation [--short] [--odd] [--seeds N] [--lines working,none,jump] [--truth own]

Even seeds are reported and written to docs/why/advice.md; odd seeds are for tuning. `--short` plays
two seeds of a few lines and writes no page: it shows that everything runs, not who wins.
`python -m tests.evaluation.before` is the evaluation as it was before this one.
"""

import argparse
import sys
from collections.abc import Iterable
from dataclasses import asdict

from tests.benchmarks.report import publish
from tests.evaluation.gardens import SEEDS
from tests.evaluation.lines import SHORT, Line, chosen
from tests.evaluation.measure import Row, row
from tests.evaluation.page import write_page
from tests.evaluation.runs import Played, seasons
from tests.evaluation.season import CROPS
from tests.evaluation.targets import judge


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="two seeds, a few lines")
    parser.add_argument("--odd", action="store_true", help="the seeds for tuning; writes no page")
    parser.add_argument("--seeds", type=int, default=40, help="how many sensors (40)")
    parser.add_argument("--lines", default="", help="beginnings of names of lines, between commas")
    parser.add_argument("--truth", choices=(*CROPS, ""), default="", help="show one truth alone")
    asked = parser.parse_args()
    lines = chosen(asked.lines or (",".join(SHORT) if asked.short else ""))
    seeds = [seed for seed in SEEDS if seed % 2 == asked.odd][: 2 if asked.short else asked.seeds]
    played, rows = play(lines, seeds, asked.truth)
    show(rows.values())
    figures = judge(played, rows)
    holds = publish("evaluate", figures, {name: asdict(one) for name, one in rows.items()})
    whole = not (asked.short or asked.odd or asked.lines or asked.truth)
    if whole:
        write_page(rows, figures, len(seeds))
    return 0 if holds or not whole else 1


def play(lines: list[Line], seeds: list[int], truth: str = "") -> tuple[Played, dict[str, Row]]:
    """Return the seasons and the row of each line, beside the oracle in the same truth."""
    oracles = dict.fromkeys(line.oracle for line in lines)
    played = {
        line: [season for season in found if truth in ("", season.truth)]
        for line, found in seasons([*oracles, *lines], seeds).items()
    }
    best = Line("").oracle
    named = ([best] if best in oracles else []) + lines
    rows = {line.name: row(line.name, played[line], played[line.oracle]) for line in named}
    return played, rows


def show(rows: Iterable[Row]) -> None:
    print(
        f"{'line':<24}{'water':>6}{'oracle':>7}{'ratio':>6}{'worst':>6}{'stress':>7}{'worst':>6}"
        f"{'visits':>7}{'asked':>6}{'drained':>8}{'error':>6}{'bias':>6}{'80 %':>5}{'week':>6}{'bias':>6}"
    )
    for r in rows:
        print(
            f"{r.line:<24}{r.water_mm:>6.0f}{r.oracle_mm:>7.0f}{r.ratio:>6.2f}{r.worst_ratio:>6.1f}"
            f"{r.stress_days:>7.2f}{r.worst_stress:>6.1f}{r.visits:>7.1f}{r.asked:>6.1f}"
            f"{r.percolation_mm:>8.0f}{r.error_mm:>6.1f}{r.bias_mm:>6.1f}{100 * r.coverage:>5.0f}"
            f"{r.ahead_mm:>6.1f}{r.ahead_bias_mm:>6.1f}"
        )
    print()


if __name__ == "__main__":
    sys.exit(main())
