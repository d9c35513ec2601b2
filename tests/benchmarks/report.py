"""Figures of a measuring command: a table for people, `build/<command>.json` for programs."""

import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

BUILD = Path(__file__).parents[2] / "build"


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    unit: str
    target: str = ""  # in words, such as "≥ 1.0"
    holds: bool | None = None  # None: there is no target

    @staticmethod
    def least(name: str, value: float, unit: str, bound: float) -> "Figure":
        return Figure(name, round(value, 3), unit, f"≥ {bound:g}", value >= bound)

    @staticmethod
    def most(name: str, value: float, unit: str, bound: float) -> "Figure":
        return Figure(name, round(value, 3), unit, f"≤ {bound:g}", value <= bound)


def publish(command: str, figures: Iterable[Figure], samples: Mapping[str, Any]) -> bool:
    """Print the table, write the figures and the raw samples; return whether all targets hold."""
    figures = list(figures)
    machine = {"python": platform.python_version(), "system": platform.platform()}
    write(f"{command}.json", {"machine": machine, "figures": [asdict(f) for f in figures]})
    write(f"{command}-samples.json", samples)
    width = max((len(figure.name) for figure in figures), default=0)
    for figure in figures:
        verdict = {None: "", True: "holds", False: "DOES NOT HOLD"}[figure.holds]
        value = f"{figure.value:>12,.3f}".rstrip("0").rstrip(".")
        print(f"{figure.name:<{width}}  {value:>12} {figure.unit:<8} {figure.target:<10} {verdict}")
    return all(figure.holds is not False for figure in figures)


def write(name: str, content: object) -> None:
    """Write a file of figures or samples into `build/`."""
    BUILD.mkdir(exist_ok=True)
    text = json.dumps(content, indent=1, ensure_ascii=False, default=str)
    (BUILD / name).write_text(text + "\n", encoding="utf-8")
