"""One reading, all the way: real firmware on real MicroPython to a verdict that a person reads."""

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from surco_dashboards.queries import expand, panel_queries
from surco_service.adapters.sql.engine import open_engine
from tests.builders import plant
from tests.firmware.wakes import SimulatedNode
from tests.journeys.browser import phone
from tests.journeys.stack import Stack
from tests.servers import Influxd, wait_until
from tests.service.stores import stores_on
from tests.surco.programs import Surco

GENERATED = Path(__file__).parents[2] / "dashboards/generated"
THETA = 0.245  # a tomato bed that wants water; `plant` calibrates its probe to these millivolts

pytestmark = [
    pytest.mark.journey,
    pytest.mark.micropython,
    pytest.mark.chromium,
    pytest.mark.timeout(400),
]


def garden_dashboard_finds(influxd: Influxd, bucket: str, garden: str, value: float) -> list[str]:
    """Return the titles of the garden dashboard's panels whose query returns this very value."""
    dashboard = json.loads((GENERATED / "huerto.json").read_text(encoding="utf-8"))
    now_ms = int(time.time() * 1000) + 60_000
    values = {"huerto": garden, "garden": garden, "cama": ("all", ".*"), "bed": ("all", ".*")}
    found: list[str] = []
    for title, query in panel_queries(dashboard):
        text = expand(query, now_ms - 3_600_000, now_ms, "1m", values)
        for row in influxd.query(text, bucket):
            if any(
                isinstance(cell, float) and cell == pytest.approx(value) for cell in row.values()
            ):
                found.append(title)
    return found


@pytest.mark.mosquitto
@pytest.mark.influxdb
def test_from_the_node_through_influxdb_to_the_page_and_the_dashboard(tmp_path: Path) -> None:
    with (
        Influxd(tmp_path / "influxd") as influxd,
        Stack(tmp_path, ["n-001"], mosquitto=True, influxd=influxd, plant=plant) as stack,
        phone() as page,
    ):
        node = SimulatedNode(
            tmp_path / "n-001", stack.broker.port, stack.secrets["n-001"], "micropython"
        )
        node.soil(theta=THETA)
        assert node.wake() == (0, "")
        (b, q), *_ = node.committed()

        def stored() -> list[dict[str, object]]:
            return influxd.query('SELECT * FROM "reading"')

        wait_until(lambda: len(stored()) == 1, "the reading is in InfluxDB")
        (reading,) = stored()
        assert (reading["node"], reading["b"], reading["q"]) == ("n-001", b, q)

        wait_until(lambda: bool(influxd.query('SELECT * FROM "advice"')), "the verdict is decided")
        page.goto(f"{stack.service.url}/cama/cama-3")
        page.get_by_text("Toca la tierra", exact=True).first.wait_for()
        assert "Cama 3" in page.inner_text("main")
        assert "litros" in page.inner_text("main")

        # 1 m of soil at theta 0.245 between wilting 0.15 and field capacity 0.35: 47.5 % full
        theta = 0.05 + (2300 - float(str(reading["r1"]))) / 1400 * 0.40
        wetness = (theta - 0.15) / (0.35 - 0.15) * 100
        wait_until(
            lambda: bool(garden_dashboard_finds(influxd, "surco", "el-mezquite", wetness)),
            "the garden dashboard's queries return that very reading",
        )


def test_the_same_with_surco_up_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Surco(data, "up", "--broker", "small") as surco, phone() as page:
        surco.wait_for("Ctrl-C", 120)
        engine = open_engine(f"sqlite:///{data}/notebook.db")
        plant(stores_on(engine))
        engine.dispose()
        config = json.loads(surco.run("node", "add", "n-001").stdout.partition("}")[0] + "}")
        node = SimulatedNode(tmp_path / "n-001", config["port"], config["password"], "micropython")
        node.soil(theta=THETA)

        def arrives() -> bool:
            """The broker learns of a new node a moment after it was added."""
            node.lose_power()
            assert node.wake() == (0, "")
            with closing(sqlite3.connect(data / "readings.db")) as readings:
                return readings.execute("SELECT count(*) FROM reading").fetchone()[0] > 0

        wait_until(arrives, "a reading is stored")

        def verdict() -> str:
            page.goto(f"{surco.url}/cama/cama-3")
            return page.inner_text("main")

        wait_until(lambda: "Toca la tierra" in verdict() and "litros" in verdict(), "the verdict")
