"""Writes what `make evaluate` found into docs/why/advice.md, between its marks, and the picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks.report import Figure
from tests.evaluation.measure import Row

WHY = Path(__file__).parents[2] / "docs" / "why"
PAGE, PICTURE = WHY / "advice.md", WHY / "advice.svg"
BEGIN, END = "<!-- figures: written by make evaluate -->", "<!-- end of figures -->"


def write_page(rows: Mapping[str, Row], figures: Sequence[Figure], seeds: int) -> None:
    pass
