"""Writes what `make evaluate` found into docs/why/advice.md, between its marks, and the picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks.report import Figure
from tests.evaluation.measure import Row

WHY = Path(__file__).parents[2] / "docs" / "why"
PAGE, PICTURE = WHY / "advice.md", WHY / "advice.svg"
BEGIN, END = "<!-- figures: written by make evaluate -->", "<!-- end of figures -->"
WIDTH, LEFT, RIGHT, LINE, TOP = 720, 190, 540, 21, 52
LEAST, MOST = 0.6, 2.0  # times the oracle's water
MOST_DAYS = 20.0


def write_page(rows: Mapping[str, Row], figures: Sequence[Figure], seeds: int) -> None:
    """Replace the tables of the page, and draw the picture."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    found = "\n\n".join([targets(figures), lines(list(rows.values()), seeds)])
    PAGE.write_text(f"{before}{BEGIN}\n\n{found}\n\n{END}{after}", encoding="utf-8")
    PICTURE.write_text(picture(list(rows.values())), encoding="utf-8")


def targets(figures: Sequence[Figure]) -> str:
    said = {None: "", True: "yes", False: "**no**"}
    return "\n".join(
        [
            "| figure | value | target | holds |",
            "|---|---|---|---|",
            *(
                f"| {f.name} | {f.value:g} {f.unit} | {f.target} | {said[f.holds]} |"
                for f in figures
            ),
        ]
    )


def lines(rows: Sequence[Row], seeds: int) -> str:
    head = (
        "line", "water mm", "÷ oracle", "worst sensor", "stress days", "worst sensor", "visits",
        "asked", "drained mm", "error mm", "bias mm", "80 % holds", "week ahead mm",
    )  # fmt: skip
    return "\n".join(
        [
            f"Means of {seeds} sensors, six seasons each (90th percentile in brackets).",
            "",
            f"| {' | '.join(head)} |",
            "|---" * len(head) + "|",
            *(_line(r) for r in rows),
        ]
    )


def _line(r: Row) -> str:
    believes = f"{r.error_mm:.1f} | {r.bias_mm:+.1f} | {100 * r.coverage:.0f} %"
    return (
        f"| {r.line} | {r.water_mm:.0f} ({r.water_p90_mm:.0f}) | {r.ratio:.2f} | {r.worst_ratio:.1f} "
        f"| {r.stress_days:.1f} ({r.stress_p90:.0f}) | {r.worst_stress:.1f} | {r.visits:.1f} "
        f"| {r.asked:.1f} | {r.percolation_mm:.0f} | {believes if r.coverage else '– | – | –'} "
        f"| {_ahead(r)} |"
    )


def _ahead(r: Row) -> str:
    return f"{r.ahead_mm:.1f} ({r.ahead_bias_mm:+.1f})" if r.ahead_mm else "–"


def picture(rows: Sequence[Row]) -> str:
    """Draw one line below the other: its water against the oracle's, and its stress days."""
    height = TOP + LINE * len(rows) + 12
    axis = f"M{_x(1):.0f} {TOP - 14}V{height - 8}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            'font-family="sans-serif" font-size="14">',
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
            f'<text x="{_x(1):.0f}" y="20" text-anchor="middle">water ÷ oracle</text>',
            f'<text x="{RIGHT + 20}" y="20">stress days</text>',
            f'<path d="{axis}" stroke="#999" stroke-dasharray="4 3"/>',
            *(
                f'<text x="{_x(tick):.0f}" y="36" text-anchor="middle" fill="#555">{tick:g}</text>'
                for tick in (0.8, 1, 1.2, 1.4, 1.6, 1.8)
            ),
            *(_drawn(r, TOP + LINE * i + 10) for i, r in enumerate(rows)),
            "</svg>\n",
        ]
    )


def _x(ratio: float) -> float:
    share = (min(max(ratio, LEAST), MOST) - LEAST) / (MOST - LEAST)
    return LEFT + (RIGHT - LEFT) * share


def _drawn(r: Row, y: int) -> str:
    long = (WIDTH - RIGHT - 70) * min(r.stress_days, MOST_DAYS) / MOST_DAYS
    said = f" → {r.ratio:.1f}" if r.ratio > MOST else ""
    return (
        f'<text x="{LEFT - 10}" y="{y + 5}" text-anchor="end">{r.line}</text>'
        f'<path d="M{_x(1):.0f} {y}H{_x(r.ratio):.0f}" stroke="#1c6b45" stroke-width="3"/>'
        f'<circle cx="{_x(r.ratio):.0f}" cy="{y}" r="5" fill="#1c6b45"/>'
        f'<text x="{RIGHT - 46}" y="{y - 5}" font-size="12">{said}</text>'
        f'<rect x="{RIGHT + 20}" y="{y - 5}" width="{long:.0f}" height="10" fill="#b3541e"/>'
        f'<text x="{RIGHT + 26 + long:.0f}" y="{y + 5}">{r.stress_days:.1f}</text>'
    )
