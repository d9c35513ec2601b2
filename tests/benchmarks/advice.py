"""How long verdicts take: 200 beds with a year of diary, warm and from a cold start."""

import tempfile
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from surco_service.adapters.readings.sqlite import SqliteReadings
from surco_service.adapters.sql.engine import open_engine
from surco_service.domain.nodes.node import Node, Placement, Probe
from surco_service.domain.stewardship.garden import Bed, Garden
from surco_service.domain.water.calibration import Calibration
from surco_service.domain.water.root_zone import root_zone
from surco_service.domain.water.science.water_balance import step
from surco_service.ports.intake import Reading
from surco_service.ports.stores import Stores
from surco_service.usecases.sensors import read_sensors
from surco_service.usecases.water import advice
from surco_service.usecases.water.diary import bring_up
from tests.benchmarks.report import Figure
from tests.service.stores import stores_on

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
    stores = stores_on(engine, readings)
    _plant(stores, readings)
    beds, gardens = stores.records.beds(), {g.id: g for g in stores.records.gardens()}
    sensors = read_sensors(stores)
    first = _timed(lambda: bring_up(stores, sensors, beds, gardens, NOW))
    engine.dispose()

    def cold() -> None:
        fresh = open_engine(url)
        _refresh(stores_on(fresh, readings))
        fresh.dispose()

    found = {"200 diaries of sixty days, written anew": [first]}
    found["200 verdicts, cold start"] = [_timed(cold) for _ in range(TURNS)]
    engine = open_engine(url)
    stores = stores_on(engine, readings)
    _refresh(stores)
    found["200 verdicts, warm"] = [_warm_s(stores) for _ in range(TURNS)]
    found["200 verdicts, saved and told"] = [_timed(lambda: _refresh(stores)) for _ in range(TURNS)]
    engine.dispose()
    readings.close()
    return found


def _refresh(stores: Stores) -> None:
    nobody: Any = Nobody()
    advice.refresh(replace(stores, gateways=nobody), nobody, None, NOW)


def _warm_s(stores: Stores) -> float:
    """Return the seconds that deciding takes when everything is in memory."""
    sensors, beds = read_sensors(stores), stores.records.beds()
    gardens = {garden.id: garden for garden in stores.records.gardens()}
    pages = bring_up(stores, sensors, beds, gardens, NOW)
    latest = stores.readings.latest([node.id for node in stores.registry.nodes()])
    known = advice.known_of(stores, beds, gardens, NOW)
    recent = {
        p.node: stores.readings.means(p.node, "r1", int((NOW - timedelta(days=2)).timestamp()),
                               int(NOW.timestamp()) + 1, 6 * 3600)
        for p in sensors.placements
    }  # fmt: skip

    class Memory:
        def means(self, node: str, *_: object) -> list[tuple[int, float]]:
            return recent[node]

    started = time.perf_counter()
    decided = [
        advice.decide(one, sensors, latest, Memory(), pages[one.bed.id], NOW) for one in known
    ]
    took = time.perf_counter() - started
    assert {one.basis for one in decided} == {"fused"}, "each rests on balance and probe"
    return took


def _plant(stores: Stores, readings: SqliteReadings) -> None:
    rows: list[Reading] = []
    stores.records.save_garden(Garden("huerto", "Huerto"))
    for i in range(BEDS):
        bed, node, probe = f"cama-{i}", f"n-{i:03}", f"p-{i:03}"
        stores.records.save_bed(Bed(bed, "huerto", bed, 4.0, "jitomate", date(2026, 2, 1)))
        stores.registry.save_node(Node(node))
        stores.registry.save_probe(Probe(probe))
        stores.registry.place(Placement(node, "r1", probe, bed, 0.15, SINCE))
        stores.registry.calibrate(Calibration(probe, 2300, 0.05, 900, 0.45, SINCE))
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
