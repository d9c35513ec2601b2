"""Writes what this evaluation found into docs/why/advice.md, between its marks, and the picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks.report import Figure
from tests.evaluation.before.measure import Row

WHY = Path(__file__).parents[3] / "docs" / "why"
PAGE, PICTURE = WHY / "advice.md", WHY / "advice-before.svg"
BEGIN = "<!-- figures: written by python -m tests.evaluation.before -->"
END = "<!-- end of figures of before -->"
WIDTH, HEIGHT, LEFT, BOTTOM = 720, 420, 60, 50
MOST_MM, MOST_DAYS = 560.0, 30.0


def write_page(rows: Mapping[tuple[str, str], Row], figures: Sequence[Figure], seeds: int) -> None:
    """Replace the tables of the page, and draw the picture."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    tables = "\n\n".join([_targets(figures), _policies(rows, seeds)])
    PAGE.write_text(f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}", encoding="utf-8")
    PICTURE.write_text(
        picture([r for (_, fault), r in rows.items() if fault == "none"]), encoding="utf-8"
    )


def _targets(figures: Sequence[Figure]) -> str:
    lines = ["| figure | value | target | holds |", "|---|---|---|---|"]
    said = {None: "", True: "yes", False: "**no**"}
    lines += [
        f"| {f.name} | {f.value:g} {f.unit} | {f.target} | {said[f.holds]} |" for f in figures
    ]
    return "\n".join(lines)


def _policies(rows: Mapping[tuple[str, str], Row], seeds: int) -> str:
    lines = [
        f"Means of {seeds} sensors, 18 seasons each (90th percentile in brackets).", "",
        "| policy | fault | water mm | stress days | visits | yield t/ha | drained mm |",
        "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    lines += [
        f"| {r.policy} | {r.fault} | {r.water_mm:.0f} ({r.water_p90_mm:.0f}) | {r.stress_days:.1f} "
        f"({r.stress_p90:.0f}) | {r.visits:.1f} | {r.yield_t_ha:.2f} | {r.percolation_mm:.0f} |"
        for r in rows.values()
    ]
    return "\n".join(lines)


def picture(rows: Sequence[Row]) -> str:
    """Draw water against stress: the lower left corner is where a garden wants to be."""

    def x(mm: float) -> float:
        return LEFT + (WIDTH - LEFT - 20) * min(mm, MOST_MM) / MOST_MM

    def y(days: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - 20) * min(days, MOST_DAYS) / MOST_DAYS

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="15">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<path d="M{LEFT} 20V{HEIGHT - BOTTOM}H{WIDTH - 20}" fill="none" stroke="#555"/>',
        f'<text x="{WIDTH - 20}" y="{HEIGHT - 12}" text-anchor="end">water of a season, mm</text>',
        f'<text x="{LEFT + 8}" y="32">stress days of a season</text>',
    ]
    for mm in range(0, int(MOST_MM), 100):
        parts.append(
            f'<text x="{x(mm):.0f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{mm}</text>'
        )
    for days in range(5, int(MOST_DAYS), 5):
        parts.append(f'<text x="{LEFT - 8}" y="{y(days) + 5:.0f}" text-anchor="end">{days}</text>')
    for i, r in enumerate(sorted(rows, key=lambda r: r.water_mm)):
        ours = r.policy.startswith("fused")
        fill, lift = ("#1c6b45" if ours else "#b3541e"), (-9 if i % 2 else 19)
        cx, cy = x(r.water_mm), y(r.stress_days)
        end = "end" if cx > WIDTH - 160 else "middle" if cx > 130 else "start"
        parts.append(f'<circle cx="{cx:.0f}" cy="{cy:.0f}" r="6" fill="{fill}"/>')
        parts.append(
            f'<text x="{cx:.0f}" y="{cy + lift:.0f}" text-anchor="{end}" fill="{fill}">{r.policy}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"
