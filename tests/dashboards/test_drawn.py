"""What a person reads in Grafana, said by Grafana's own code over the demonstration (issue 18, Grafana)."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from surco.demo.gardens import GARDENS
from surco_dashboards.__main__ import DASHBOARDS
from surco_dashboards.panels import GAP_MS, VERDICTS, Json
from tests.dashboards.demo import fill
from tests.dashboards.grafana import FULL_PX, Grafana, dumped, grafana
from tests.servers import Influxd

pytestmark = [
    pytest.mark.influxdb, pytest.mark.chromium, pytest.mark.node_js, pytest.mark.timeout(600),
    pytest.mark.xdist_group("grafana"),
]  # fmt: skip

HERE = {"huerto": "agua-clara", "cama": ("all", ".*")}
DAY, MONTH = timedelta(days=1), timedelta(days=30)
HOUR_MS = 3_600_000
PANELS = {name: make()["panels"] for name, make in DASHBOARDS.items()}
CURVES = [
    pytest.param(panel, id=f"{name}: {panel['title']}")
    for name, panels in PANELS.items()
    for panel in panels
    if panel["fieldConfig"]["defaults"].get("custom", {}).get("drawStyle") == "line"
]


@pytest.fixture(scope="module")
def drawer(influxd: Influxd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grafana]:
    bucket, folder = influxd.new_bucket("drawn"), tmp_path_factory.mktemp("drawn")
    now = fill(influxd, bucket, folder)
    with grafana(influxd, bucket, now) as page:
        yield page


@pytest.fixture(scope="module")
def said(drawer: Grafana) -> dict[str, dict[str, Any]]:
    """What each panel says, by dashboard and days; the pictures lie beside for whoever looks."""
    found: dict[str, dict[str, Any]] = {}
    for name, panels in PANELS.items():
        for back in (DAY, MONTH):
            which = f"{name} {back.days}"
            picture = drawer.folder / f"{name}-{back.days}d.png"
            found[which] = drawer.draw(panels, drawer.now, back, HERE, picture)
            picture.with_suffix(".json").write_text(dumped(found[which]), encoding="utf-8")
    return found


def words(said: dict[str, dict[str, Any]], which: str, title: str) -> list[str]:
    return said[which][title]["words"]


def test_18_1_what_nobody_knows_is_no_zero(said: dict[str, dict[str, Any]]) -> None:
    assert words(said, "programa 1", "Camas que piden agua")[1] == "no sabemos: 2"
    assert words(said, "programa 1", "Agua para hoy")[1] == "camas sin saber: 2"
    unknown = [row for row in words(said, "programa 1", "Ahora") if "no sabemos" in row]
    assert len(unknown) == 2
    assert all(row.count("no sabemos") == 3 and " 0 " not in row for row in unknown)


def test_18_1_a_garden_of_unknown_beds_shows_no_number_of_its_own(drawer: Grafana) -> None:
    stats = [panel for panel in PANELS["huerto"] if panel["type"] == "stat"][:2]
    hierbas = {"huerto": "jacaranda", "cama": "jacaranda-3"}
    found = drawer.draw(stats, drawer.now, DAY, hierbas)
    assert found["Camas que piden agua"]["words"] == ["no sabemos: 1"]
    assert found["Agua para hoy"]["words"] == ["camas sin saber: 1"]
    grey = VERDICTS[0][2]
    assert found["Camas que piden agua"]["colours"] == found["Agua para hoy"]["colours"] == [grey]
    nobody = drawer.draw(stats, drawer.now, DAY, {"huerto": "nadie", "cama": ("all", ".*")})
    for one in nobody.values():
        assert one["words"][0].endswith("No sabemos: no hay datos")
        assert one["colours"] == [grey]


def test_18_2_units_stay_what_they_are(said: dict[str, dict[str, Any]], drawer: Grafana) -> None:
    everything = dumped({**said["programa 30"], **said["huerto 30"]})
    assert not re.search(r"\d (kL|g|V)\b", everything)
    assert "2000 L" in said["huerto 30"]["Riego acumulado"]["axes"]
    for unit, value, decimals, shown in (
        ("suffix:L", 1400, 0, "1400 L"), ("suffix:kg", 0.8, 1, "0.8 kg"),
        ("suffix:mV", 3450, 0, "3450 mV"), ("suffix:L/m²", 20.06, 0, "20 L/m²"),
    ):  # fmt: skip
        assert drawer.format(unit, value, decimals) == shown
    axis = [a for a in said["programa 30"]["Pila de cada sensor"]["axes"] if a.endswith("mV")]
    assert len(set(axis)) == len(axis) >= 3, "the axis said 4 V, 4 V, 4 V"


def test_18_2_no_axis_says_that_there_are_no_data(said: dict[str, dict[str, Any]]) -> None:
    for panels in said.values():
        for title, one in panels.items():
            assert not [a for a in one["axes"] if "No sabemos" in a or "Nada" in a], title
    assert said["huerto 30"]["Cosecha por semana"]["axes"], "the axes are read"


def test_18_2_no_table_has_a_column_of_1969(said: dict[str, dict[str, Any]]) -> None:
    everything = dumped(said["programa 30"]) + dumped(said["programa 1"])
    assert "1969" not in everything
    assert "31/12" not in everything
    assert words(said, "programa 1", "Horas sin noticias")[0] == "Sensor | Horas"


def test_18_2_a_day_without_a_harvest_is_known(drawer: Grafana) -> None:
    noted = [p for p in PANELS["huerto"] if "osecha" in p["title"]]
    nothing = drawer.draw(noted, drawer.now + timedelta(days=5), timedelta(days=2), HERE)
    assert {title: one["words"] for title, one in nothing.items()} == {
        panel["title"]: ["Nada anotado en estos días"] for panel in noted
    }


def test_18_2_no_row_of_verdicts_begins_with_a_doubt_that_nobody_had(
    said: dict[str, dict[str, Any]],
) -> None:
    for which in ("programa 1", "huerto 1"):
        for row in words(said, which, "Veredicto de cada cama, hora por hora"):
            states = row.partition(": ")[2].split(",")
            first = next(state for state in states if state)
            assert states[0] in ("", first), "the hour in which the range begins is left blank"


def test_18_3_things_are_called_by_their_names(said: dict[str, dict[str, Any]]) -> None:
    everything = "".join(map(dumped, said.values()))
    slugs = [one.id for garden in GARDENS for one in (garden, *garden.beds)]
    assert not [slug for slug in slugs if re.search(rf"\b{slug}\b", everything)]
    assert not re.search(r"\b(bunch|piece|rabano|mediterraneas|fused|model|high|low)\b", everything)
    assert "Huerto Agua Clara · Fresas" in everything
    assert re.search(r"\d+ manojos", everything)


def test_18_3_a_verdict_without_its_sensor_says_so(said: dict[str, dict[str, Any]]) -> None:
    (row,) = [row for row in words(said, "programa 1", "Ahora") if "rábanos" in row]
    assert "solo cálculo" in row
    (fresas,) = [row for row in words(said, "huerto 1", "Ahora") if "Fresas" in row]
    assert "su sensor y el clima" in fresas
    assert re.search(r"\| \d+ L/m² \|", fresas), "one value and one unit for what a bed lacks"


@pytest.mark.parametrize("days", [1, 30])
def test_18_3_a_dead_sensor_stays(said: dict[str, dict[str, Any]], days: int) -> None:
    stat = words(said, f"programa {days}", "Sensores que mandaron datos hoy")
    assert stat == ["mandaron datos: 12", "son en total: 13"]
    rows = words(said, f"programa {days}", "Sensores")[1:]
    assert len(rows) == 13
    assert [("rábanos" in row) for row in rows if "sin noticias" in row] == [True]
    hours = dict(
        row.split(" | ") for row in words(said, f"programa {days}", "Horas sin noticias")[1:]
    )
    silent = hours.pop("Huerto El Colibrí · Cama 3, rábanos")
    assert int(silent) >= (24 if days == 1 else 70)
    assert set(hours.values()) == {"0"}


def test_18_4_the_past_has_verdicts(said: dict[str, dict[str, Any]]) -> None:
    rows = words(said, "programa 30", "Veredicto de cada cama, hora por hora")
    known = [row for row in rows if row.count("no sabemos") < row.count(",") / 2]
    assert len([row for row in known if row.count(",,") < 10]) >= 13, "no grey wall"


def test_18_2_the_soil_is_not_cut_off_above(said: dict[str, dict[str, Any]]) -> None:
    for panels in PANELS.values():
        for panel in panels:
            assert "max" not in panel["fieldConfig"]["defaults"]


# ---------------------------------------------------------------- every curve has its line


@pytest.mark.parametrize("panel", CURVES)
def test_18_2_every_curve_is_a_line_at_any_range_and_width(drawer: Grafana, panel: Json) -> None:
    """By Grafana's own interval and nulls: neighbours join, an outage stays open."""
    end = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)
    for hours in (1, 3, 6, 24, 7 * 24, 30 * 24, 90 * 24, 120 * 24, 180 * 24, 365 * 24):
        for px in (200, 590, FULL_PX):
            start = end - timedelta(hours=hours)
            bucket = _bucket_ms(panel, drawer.interval(start, end, px))
            times = list(range(_ms(start), _ms(end), bucket))
            lost = max(2, -(-GAP_MS // bucket))  # buckets of an outage, if there is room for one
            out = (
                range(len(times) // 3, len(times) // 3 + lost)
                if len(times) > 3 * lost
                else range(0)
            )
            drawn = drawer.curves(panel, _answer(panel, times, out), start, end)
            for curve in drawn["lines"]:
                values = curve["values"]
                known = [i for i, v in enumerate(values) if isinstance(v, int | float)]
                where = (panel["title"], hours, px, bucket)
                assert len(known) == len(times) - (len(out) if _named(panel) else 0), where
                for one, other in pairwise(known):
                    between = set(values[one + 1 : other])
                    outage = drawn["time"][other] - drawn["time"][one] >= GAP_MS
                    assert between == ({"hole"} if outage and other - one > 1 else set()), where


@pytest.mark.parametrize("every", [1, 2, 4, 8])
def test_18_2_readings_that_come_every_few_buckets_are_joined(drawer: Grafana, every: int) -> None:
    """A node that visits every hour leaves three of four buckets empty: that is no outage."""
    panel = next(p for p in PANELS["huerto"] if p["title"] == "Agua en la tierra")
    end = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)
    times = list(range(_ms(end - DAY), _ms(end), 900_000))
    silent = [i for i in range(len(times)) if i % every]
    drawn = drawer.curves(panel, _answer(panel, times, silent), end - DAY, end)
    for curve in drawn["lines"]:
        last = max(i for i, v in enumerate(curve["values"]) if isinstance(v, int | float))
        assert "hole" not in curve["values"][:last]


def _ms(t: datetime) -> int:
    return int(t.timestamp() * 1000)


def _named(panel: Json) -> bool:
    return panel["targets"][0]["resultFormat"] == "table"


def _bucket_ms(panel: Json, interval: str) -> int:
    (of,) = set(re.findall(r"time\(([^),]+)", panel["targets"][0]["query"]))
    number, unit = re.fullmatch(r"(\d+)([smhdw])", of.replace("$__interval", interval)).groups()  # type: ignore[union-attr]
    return (
        int(number)
        * {"s": 1000, "m": 60_000, "h": HOUR_MS, "d": 24 * HOUR_MS, "w": 168 * HOUR_MS}[unit]
    )


def _answer(panel: Json, times: list[int], silent: Any) -> list[dict[str, Any]]:
    """What InfluxDB answers with fill(0): two beds, some of whose buckets are nobody's."""
    empty = set(silent)
    if not _named(panel):
        values = [[t, 0 if i in empty else i] for i, t in enumerate(times)]
        return [{"name": "watering", "columns": ["time", "cumulative_sum"], "values": values}]
    return [
        {
            "name": "x", "tags": {"bed": bed}, "columns": ["time", "v", "n"],
            "values": [[t, 0, ""] if i in empty else [t, i % 7 + 20, bed] for i, t in enumerate(times)],
        }
        for bed in ("Fresas", "Milpa")
    ]  # fmt: skip
