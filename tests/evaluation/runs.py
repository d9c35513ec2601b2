"""Plays many seasons on all cores, and remembers those whose code and garden did not change."""

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import surco_service.domain
from tests.benchmarks.report import BUILD
from tests.evaluation.gardens import FILE, SOILS, SOWINGS, Garden, load
from tests.evaluation.lines import Line
from tests.evaluation.season import CROPS, Place, Season, as_json, play

CACHE = BUILD / "evaluate-cache"
HERE, DOMAIN = Path(__file__).parent, Path(surco_service.domain.__path__[0])
NOT_PLAYED = ("__main__.py", "measure.py", "page.py", "targets.py", "test_evaluation.py")
Played = dict[Line, list[Season]]


def places(seed: int) -> list[Place]:
    """Return the six places of a seed: each truth and soil once, crops and months in turn."""
    turn = seed // 2
    return [
        Place(truth, crops[(turn + i) % 2], soil, SOWINGS[(turn // 2 + i + j) % 3])
        for j, (truth, crops) in enumerate(CROPS.items())
        for i, soil in enumerate(SOILS)
    ]


def seasons(lines: Sequence[Line], seeds: Sequence[int]) -> Played:
    """Return every season of these lines, for these seeds."""
    gardens = [garden for garden in load() if garden.seed in seeds]
    files = {line: _file(line, seeds) for line in lines}
    played = {line: _remembered(file) for line, file in files.items()}
    missing = [line for line in lines if played[line] is None]
    tasks = [(line, garden) for line in missing for garden in gardens]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for i, (line, found) in enumerate(zip(tasks, pool.map(_play, tasks), strict=True)):
            played[line[0]] = [*(played[line[0]] or []), *found]
            if sys.stderr.isatty():
                print(f"\r{i + 1} of {len(tasks)} …", end="", file=sys.stderr, flush=True)
    for line in missing:
        _remember(files[line], played[line] or [])
    return {line: found or [] for line, found in played.items()}


def _play(task: tuple[Line, Garden]) -> list[Season]:
    line, garden = task
    return [play(line, garden, place) for place in places(garden.seed)]


def _file(line: Line, seeds: Sequence[int]) -> Path:
    key = f"{line} {list(seeds)} {_code(domain=line.policy != 'oracle')}"
    return CACHE / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.json"


def _remembered(file: Path) -> list[Season] | None:
    return [Season(**one) for one in json.loads(file.read_text())] if file.exists() else None


def _remember(file: Path, found: Sequence[Season]) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([as_json(season) for season in found]))


@cache
def _code(*, domain: bool) -> str:
    """Return a digest of everything that could change a season; the oracle's needs no adviser."""
    files = [file for file in sorted(HERE.glob("*.py")) if file.name not in NOT_PLAYED]
    files += [HERE / "before" / "truth.py", FILE]
    files += sorted((DOMAIN if domain else DOMAIN / "water" / "science").rglob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
