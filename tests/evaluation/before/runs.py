"""Plays many seasons on all cores, and remembers those whose code and scenario did not change."""

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import surco_service.domain
from tests.benchmarks.report import BUILD
from tests.evaluation.before.scenarios import CROPS, SOILS, SOWINGS, Scenario, load
from tests.evaluation.before.season import Season, as_json, play

CACHE = BUILD / "evaluate-cache" / "before"
HERE, DOMAIN = Path(__file__).parent, Path(surco_service.domain.__path__[0])


def seasons(
    policy: str, fault: str, seeds: Sequence[int], pool: ProcessPoolExecutor
) -> list[Season]:
    """Return every season of a policy under a fault, for these seeds."""
    key = hashlib.sha256(f"{policy} {fault} {list(seeds)} {_code()}".encode()).hexdigest()[:16]
    file = CACHE / f"{key}.json"
    if file.exists():
        return [Season(**one) for one in json.loads(file.read_text())]
    scenarios = [s for s in load() if s.seed in seeds]
    found = [
        s for some in pool.map(_seed, [(policy, fault, one) for one in scenarios]) for s in some
    ]
    CACHE.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([as_json(season) for season in found]))
    return found


def workers() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(os.cpu_count())


def _seed(asked: tuple[str, str, Scenario]) -> list[Season]:
    policy, fault, scenario = asked
    return [
        play(policy, fault, scenario, crop, soil, sowing)
        for crop in CROPS
        for soil in SOILS
        for sowing in SOWINGS
    ]


def _code() -> str:
    """Return a digest of everything that could change a season."""
    files = [
        *sorted(HERE.glob("*.py")),
        HERE.parent / "climate.py",
        HERE / "scenarios.json",
        *sorted(DOMAIN.rglob("*.py")),
    ]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
