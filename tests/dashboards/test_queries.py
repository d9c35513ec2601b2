"""Every query of every dashboard on a real InfluxDB, over data that the service itself wrote."""

import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from surco_dashboards.__main__ import DASHBOARDS
from surco_dashboards.access import AccessRefused, read_only_token
from surco_dashboards.queries import Values, expand, latest_sum, panel_queries
from surco_service.domain.nodes.node import NodeStatus
from surco_service.domain.water.advice import StoredAdvice
from surco_service.usecases.mirror.census import bed_name_line, node_line
from surco_service.usecases.mirror.moisture import moisture_line
from surco_service.usecases.mirror.records import harvest_lines, watering_lines
from surco_service.usecases.names import named
from surco_service.usecases.nodes.status import health_line
from surco_service.usecases.sensors import Sensors
from surco_service.usecases.water.advice import advice_line
from surco_service.usecases.water.moisture import Scales
from tests.builders import (
    a_bed,
    a_calibration,
    a_harvest,
    a_placement,
    a_reading,
    a_watering,
    raw_mv,
)
from tests.servers import Influxd

pytestmark = pytest.mark.influxdb

GARDEN, BEDS = "la-cañada", ("cama-1", "cama 3 (sombra)", "d'Ávila")
NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)


def lines() -> Iterator[str]:
    placement = a_placement(since=NOW - 100 * HOUR)
    sensors = Sensors({}, [placement], [a_calibration(since=NOW - 100 * HOUR)])
    for name in BEDS:
        bed = a_bed(id=name, garden=GARDEN)
        for hours in range(48):
            at = NOW - hours * HOUR
            if hours not in (5, 6, 7, 8, 9):  # an outage
                advice = StoredAdvice(name, "water", 25.0, (), at, at, at + HOUR, depletion_mm=30.0)
                yield advice_line(bed, named({}, GARDEN, name), advice, at)
            yield bed_name_line(bed, {}, NOW)
            mv = raw_mv(0.25 + hours / 1000)
            reading = a_reading(hours, t=int(at.timestamp()), values={"r1": mv})
            yield moisture_line(bed, placement, sensors, Scales(), reading)
        for day in range(3):
            at = NOW - day * 24 * HOUR - HOUR
            yield from harvest_lines(a_harvest(bed=name, garden=GARDEN, at=at, id=str(uuid4())))
            yield from watering_lines(a_watering(bed=name, garden=GARDEN, at=at, id=str(uuid4())))
    for hours in range(0, 40, 2):
        status = NodeStatus(NOW - hours * HOUR, "asleep", battery_mv=3900, rssi_dbm=-70, held=0)
        yield health_line("nodo-1", status)
        yield node_line("nodo-1", "La barda", status, status.at, status.at)


@pytest.fixture(scope="module")
def bucket(influxd: Influxd) -> str:
    name = influxd.new_bucket("dashboards")
    write(influxd, name, lines())
    return name


def write(influxd: Influxd, name: str, written: Iterable[str]) -> None:
    answer = httpx.post(
        f"{influxd.url}/api/v2/write",
        params={"org": influxd.org, "bucket": name, "precision": "ns"},
        headers={"Authorization": f"Token {influxd.token}"},
        content="\n".join(written).encode(),
    )
    assert answer.status_code == 204, answer.text


ASKED = [
    pytest.param(name, title, query, id=f"{name}: {title}")
    for name, make in DASHBOARDS.items()
    for title, query in panel_queries(make())
]


def rows(influxd: Influxd, bucket: str, query: str, interval: str, bed: Values) -> list[dict]:
    now_ms = int(time.time() * 1000)
    start_ms = now_ms - 4 * 24 * 3_600_000
    text = expand(query, start_ms, now_ms, interval, {"huerto": GARDEN, "cama": bed})
    return influxd.query(text, bucket)


@pytest.mark.parametrize("interval", ["15m", "1h", "1d"])
@pytest.mark.parametrize(("name", "title", "query"), ASKED)
def test_every_query_finds_data(
    influxd: Influxd, bucket: str, name: str, title: str, query: str, interval: str
) -> None:
    values: list[Values] = [BEDS[0], BEDS[1], BEDS[2], list(BEDS[:2]), ("all", ".*")]
    for bed in values if "${cama" in query else [("all", ".*")]:
        found = rows(influxd, bucket, query, interval, bed)
        cells = [c for row in found for k, c in row.items() if k != "time"]
        assert any(cell is not None for cell in cells), (title, bed)


@pytest.mark.parametrize(("name", "title", "query"), ASKED)
def test_a_garden_that_is_not_there_shows_nothing_and_is_no_error(
    influxd: Influxd, bucket: str, name: str, title: str, query: str
) -> None:
    if "${" in query:
        now_ms = int(time.time() * 1000)
        text = expand(query, 0, now_ms, "1h", {"huerto": "", "cama": ""})
        assert influxd.query(text, bucket) == []


def test_a_hole_in_the_verdicts_belongs_to_nobody(influxd: Influxd, bucket: str) -> None:
    query = next(q for _, title, q in (p.values for p in ASKED) if title.startswith("Veredicto"))
    found = rows(influxd, bucket, query, "1h", ("all", ".*"))
    recent = [row for row in found if int(row["time"]) > (NOW - 20 * HOUR).timestamp() * 1e9]
    assert {row["v"] for row in recent if row["n"]} == {4}
    assert len([row for row in recent if not row["n"]]) >= 4 * len(BEDS), "the outage"


def test_a_correction_is_not_listed_as_a_harvest_nor_is_what_it_corrects(influxd: Influxd) -> None:
    """Issue 18.3."""
    name = influxd.new_bucket("corrected")
    old, kept = a_harvest(amount=25, at=NOW - HOUR), a_harvest(amount=1, at=NOW - 2 * HOUR)
    new = a_harvest(amount=2.5, at=NOW - HOUR, replaces=old.id)
    gone = a_harvest(amount=0, at=NOW - 2 * HOUR, replaces=kept.id)
    written = [
        *harvest_lines(old), *harvest_lines(kept), *harvest_lines(new, old),
        *harvest_lines(gone, kept),
    ]  # fmt: skip
    write(influxd, name, written)
    (query,) = [
        q for n, t, q in (p.values for p in ASKED) if (n, t) == ("programa", "Últimas cosechas")
    ]
    assert [row["text"] for row in rows(influxd, name, query, "1h", ("all", ".*"))] == ["2.5 kilos"]
    (query,) = [
        q for n, t, q in (p.values for p in ASKED) if (n, t) == ("programa", "Cosecha del periodo")
    ]
    assert [row["sum"] for row in rows(influxd, name, query, "1h", ("all", ".*"))] == [2.5]


def test_a_bed_that_was_known_two_hours_ago_is_not_counted_twice(influxd: Influxd) -> None:
    """Issue 18.1: the newest verdict counts, also when it has no litres."""
    name, bed = influxd.new_bucket("unknown"), a_bed(garden=GARDEN)
    before = StoredAdvice(bed.id, "water", 25.0, (), NOW, NOW, NOW + HOUR)
    called = named({}, GARDEN, bed.id)
    write(influxd, name, [
        advice_line(bed, called, before, NOW - 2 * HOUR), advice_line(bed, called, None, NOW - HOUR / 2),
    ])  # fmt: skip
    for field, sums in (("needs", []), ("litres", []), ("unknown", [1])):
        found = rows(influxd, name, latest_sum(field, '"garden","bed"'), "1h", "")
        assert [row["sum"] for row in found] == sums, field


def test_grafanas_token_reads_one_bucket_and_can_do_nothing_else(
    influxd: Influxd, bucket: str
) -> None:
    other = influxd.new_bucket("other")
    token = read_only_token(influxd.url, influxd.org, bucket, influxd.token)
    with httpx.Client(base_url=influxd.url, headers={"Authorization": f"Token {token}"}) as grafana:
        ask = {"db": bucket, "q": 'SELECT count("code") FROM "advice"'}
        assert grafana.post("/query", data=ask).json()["results"][0]["series"]
        write = {"org": influxd.org, "bucket": bucket}
        assert grafana.post("/api/v2/write", params=write, content="x v=1").status_code >= 400
        drop = {"db": bucket, "q": 'DROP MEASUREMENT "advice"'}
        grafana.post("/query", data=drop)
        assert grafana.post("/query", data=ask).json()["results"][0]["series"], "it deleted"
        elsewhere = grafana.post("/query", data={"db": other, "q": "SHOW MEASUREMENTS"})
        assert elsewhere.status_code >= 400 or not elsewhere.json()["results"][0].get("series")
        assert {b["name"] for b in grafana.get("/api/v2/buckets").json()["buckets"]} <= {bucket}


def test_a_bucket_that_is_not_there_is_said(influxd: Influxd) -> None:
    with pytest.raises(AccessRefused, match="'nada'"):
        read_only_token(influxd.url, influxd.org, "nada", influxd.token)
