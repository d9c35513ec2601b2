"""How long verdicts take: 200 beds with a year of diary, warm and from a cold start."""

import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from surco_service.adapters.readings.sqlite import SqliteReadings
from surco_service.adapters.sql.diary import SqlDiary
from surco_service.adapters.sql.engine import open_engine
from surco_service.adapters.sql.notebook import SqlNotebook
from surco_service.domain.stewardship.garden import Bed, Calibration, Garden, Node, Placement, Probe
from surco_service.domain.water.root_zone import root_zone
from surco_service.domain.water.science.water_balance import step
from surco_service.ports import Reading
from surco_service.usecases.sensors import read_registry
from surco_service.usecases.water import advice
from surco_service.usecases.water.diary import bring_up
from tests.benchmarks.report import Figure

BEDS, DAYS = 200, 60
NOW = datetime(2026, 5, 4, 13, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=DAYS)
TURNS = 5


class Nobody:
    ended = False

    def publish(self, bed: str) -> None:
        pass

    def end(self) -> None:
        pass

    def order(self, *_: object) -> None:
        pass


def run() -> tuple[list[Figure], dict[str, Any]]:
    """Measure; 200 beds with a probe each and sixty days of hourly nights."""
    with tempfile.TemporaryDirectory() as folder:
        samples = _verdicts(Path(folder))
    samples["a year of daily balance"] = [_year_s() for _ in range(20)]
    middle = {name: median(values) for name, values in samples.items()}
    bound = {"200 verdicts, warm": 100.0, "200 verdicts, cold start": 1000.0,
             "a year of daily balance": 5.0}  # fmt: skip
    figures = [
        Figure.most(name, 1000 * value, "ms", bound[name])
        if name in bound
        else Figure(name, round(1000 * value, 1), "ms")
        for name, value in middle.items()
    ]
    return figures, samples


def _verdicts(folder: Path) -> dict[str, list[float]]:
    readings = SqliteReadings(folder / "readings.db")
    url = f"sqlite:///{folder}/notebook.db"
    engine = open_engine(url)
    notebook, diary = SqlNotebook(engine), SqlDiary(engine)
    _plant(notebook, readings)
    beds, gardens = notebook.beds(), {g.id: g for g in notebook.gardens()}
    registry = read_registry(notebook)
    first = _timed(lambda: bring_up(diary, notebook, readings, registry, beds, gardens, NOW))
    engine.dispose()

    def cold() -> None:
        fresh = open_engine(url)
        _refresh(SqlNotebook(fresh), SqlDiary(fresh), readings)
        fresh.dispose()

    found = {"200 diaries of sixty days, written anew": [first]}
    found["200 verdicts, cold start"] = [_timed(cold) for _ in range(TURNS)]
    engine = open_engine(url)
    notebook, diary = SqlNotebook(engine), SqlDiary(engine)
    _refresh(notebook, diary, readings)
    found["200 verdicts, warm"] = [_warm_s(notebook, diary, readings) for _ in range(TURNS)]
    found["200 verdicts, saved and told"] = [
        _timed(lambda: _refresh(notebook, diary, readings)) for _ in range(TURNS)
    ]
    engine.dispose()
    readings.close()
    return found


def _refresh(notebook: SqlNotebook, diary: SqlDiary, readings: SqliteReadings) -> None:
    nobody: Any = Nobody()
    advice.refresh(notebook, diary, readings, nobody, nobody, None, NOW)


def _warm_s(notebook: SqlNotebook, diary: SqlDiary, readings: SqliteReadings) -> float:
    """Return the seconds that deciding takes when everything is in memory."""
    registry, beds = read_registry(notebook), notebook.beds()
    gardens = {garden.id: garden for garden in notebook.gardens()}
    pages = bring_up(diary, notebook, readings, registry, beds, gardens, NOW)
    latest = readings.latest([node.id for node in notebook.nodes()])
    known = advice.known_of(notebook, diary, beds, gardens, NOW)
    recent = {
        p.node: readings.means(p.node, "r1", int((NOW - timedelta(days=2)).timestamp()),
                               int(NOW.timestamp()) + 1, 6 * 3600)
        for p in registry.placements
    }  # fmt: skip

    class Memory:
        def means(self, node: str, *_: object) -> list[tuple[int, float]]:
            return recent[node]

    started = time.perf_counter()
    decided = [
        advice.decide(one, registry, latest, Memory(), pages[one.bed.id], NOW) for one in known
    ]
    took = time.perf_counter() - started
    assert {one.basis for one in decided} == {"fused"}, "each rests on balance and probe"
    return took


def _plant(notebook: SqlNotebook, readings: SqliteReadings) -> None:
    rows: list[Reading] = []
    notebook.save_garden(Garden("huerto", "Huerto"))
    for i in range(BEDS):
        bed, node, probe = f"cama-{i}", f"n-{i:03}", f"p-{i:03}"
        notebook.save_bed(Bed(bed, "huerto", bed, 4.0, "jitomate", date(2026, 2, 1)))
        notebook.save_node(Node(node))
        notebook.save_probe(Probe(probe))
        notebook.place(Placement(node, "r1", probe, bed, 0.15, SINCE))
        notebook.calibrate(Calibration(probe, 2300, 0.05, 900, 0.45, SINCE))
        rows += [_row(node, hour) for hour in range(DAYS * 24)]
    readings.add(rows)


def _row(node: str, hour: int) -> Reading:
    at = int(SINCE.timestamp()) + 3600 * hour + 1800
    mv = 1300.0 + 0.8 * (hour % 240) + (hour * 7919) % 11  # ten days of drying, then water
    return Reading(node, "9f3a01c7", hour, at, 2, {"r1": mv, "bv": 3900.0})


def _year_s() -> float:
    zone, depletion = root_zone(Bed("b", "g", "B", 1.0, "jitomate")), 10.0
    started = time.perf_counter()
    for day in range(365):
        depletion = step(
            depletion, taw_mm=zone.taw_mm, raw_mm=zone.raw_mm, etc_mm=5.0, et0_mm=5.0,
            rain_mm=float(day % 9 == 0) * 12, irrigation_mm=float(day % 5 == 0) * 20,
        ).depletion_mm  # fmt: skip
    return time.perf_counter() - started


def _timed(what: Any) -> float:
    started = time.perf_counter()
    what()
    return time.perf_counter() - started
