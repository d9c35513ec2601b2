"""A harvest from the page reaches InfluxDB; when the bucket is lost, everything comes back."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from surco_dashboards.queries import expand, panel_queries
from surco_service.adapters.sql.engine import open_engine
from tests.builders import plant
from tests.firmware.wakes import SimulatedNode
from tests.journeys.browser import phone
from tests.servers import Influxd, wait_until
from tests.service.stores import stores_on
from tests.surco.programs import Surco

GENERATED = Path(__file__).parents[2] / "dashboards/generated"
KILOGRAMS = 'SELECT sum("kg_weighed") FROM "harvest"'


def kilograms(influxd: Influxd) -> float:
    rows = influxd.query(KILOGRAMS)
    return float(str(rows[0]["sum"])) if rows else 0.0


def in_the_dashboard(influxd: Influxd, value: float) -> bool:
    """Tell whether some panel of the garden dashboard returns this harvest."""
    dashboard = json.loads((GENERATED / "huerto.json").read_text(encoding="utf-8"))
    now_ms = int(time.time() * 1000) + 60_000
    values = {
        "huerto": "el-mezquite",
        "garden": "el-mezquite",
        "cama": ("all", ".*"),
        "bed": ("all", ".*"),
    }
    for _, query in panel_queries(dashboard):
        if '"harvest"' in query:
            for row in influxd.query(expand(query, now_ms - 10**9, now_ms, "1d", values)):
                if value in row.values():
                    return True
    return False


def stored(influxd: Influxd) -> list[tuple[object, ...]]:
    rows = influxd.query('SELECT "b", "q", "r1" FROM "reading" GROUP BY "node"')
    return sorted((row["node"], row["b"], row["q"], row["r1"], row["time"]) for row in rows)


def a_node(surco: Surco, folder: Path) -> SimulatedNode:
    words = surco.run("node", "add", folder.name).stdout
    config = json.loads(words[words.index("{") : words.index("}") + 1])
    return SimulatedNode(folder, config["port"], config["password"], "micropython")


@pytest.mark.journey
@pytest.mark.micropython
@pytest.mark.mosquitto
@pytest.mark.influxdb
@pytest.mark.chromium
@pytest.mark.timeout(400)
def test_harvests_and_readings_survive_the_loss_of_influxdb(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Influxd(tmp_path / "influxd") as influxd:
        surco = Surco(data, "up", "--broker", "mosquitto", "--influx", influxd.url)
        surco.environment["SURCO_SERVICE_INFLUX_TOKEN"] = influxd.token
        with surco:
            surco.wait_for("Ctrl-C", 120)
            engine = open_engine(f"sqlite:///{data}/notebook.db")
            stores = stores_on(engine)
            plant(stores)
            with phone() as page:
                page.goto(f"{surco.url}/cama/cama-3/cosecha")
                page.locator("input[name=amount]").fill("2,5")
                page.locator("main form[method=post] button").last.click()
                page.get_by_text("2.5").first.wait_for()
            (harvest,) = stores.records.harvests(bed="cama-3")
            engine.dispose()
            assert (harvest.amount, harvest.unit) == (2.5, "kg")
            wait_until(lambda: kilograms(influxd) == 2.5, "the harvest is in InfluxDB")
            assert in_the_dashboard(influxd, 2.5)

            node = a_node(surco, tmp_path / "n-001")

            def measured() -> int:
                node.lose_power()  # so that it does not wait after a failure
                assert node.wake() == (0, "")
                return len(stored(influxd))

            wait_until(lambda: measured() >= 5, "five readings are in InfluxDB", 120)
            wait_until(lambda: len(stored(influxd)) == len(node.committed()), "all of them")
            before = stored(influxd)

            influxd.delete_bucket("surco")
            influxd.new_bucket("surco")
            assert stored(influxd) == []
            replayed = surco.run("gateway", "replay", "--since", f"{datetime.now(UTC):%Y-%m-%d}")
            assert replayed.returncode == 0, replayed.stderr
            wait_until(
                lambda: stored(influxd) == before, "the gateway sent every reading again", 40
            )
            rebuilt = surco.run("rebuild")
            assert rebuilt.returncode == 0, rebuilt.stderr
            assert kilograms(influxd) == 2.5
            assert in_the_dashboard(influxd, 2.5)
            assert influxd.query('SELECT "theta" FROM "bed_moisture"')
