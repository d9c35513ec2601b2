"""One function for each kind of panel. Colours and words are those of the pages (LOOK).

Rules, each learnt from a panel that lied: a status is drawn from hourly codes and never beyond an
hour without one; a line stops at an outage, however wide the buckets are; what is "latest" is bounded
in time; a unit never rescales (1400 L are no "1 kL"); what nobody knows is no zero.

Curves are called by names that people gave. InfluxDB has those in a field, for a tag that changes
makes another series. So a query asks for a table of "v" and "n", and `_curves` makes curves of it.
Its fill(0) gives every bucket a row: one without a name is nobody's, and becomes a hole.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]

SOURCE: Json = {"type": "influxdb", "uid": "surco"}
GAP_MS = 3 * 3600 * 1000  # empty buckets that a line bridges; neighbours are always joined
BAR_PX = 48  # at most: one day alone is no wall

VERDICTS: tuple[tuple[int, str, str], ...] = (  # code, word, colour
    (0, "no sabemos", "#7d756b"),
    (1, "muy mojado", "#0a568a"),
    (2, "bien", "#2b6a1f"),
    (3, "pronto", "#b07d00"),
    (4, "riega", "#ad3506"),
)
GREY, BLUE, GREEN, AMBER, RED, EARTH = (
    "#7d756b", "#0a568a", "#2b6a1f", "#b07d00", "#ad3506", "#8f6a42",
)  # fmt: skip

BASES = {"fused": "su sensor y el clima", "model": "solo cálculo", "none": "nada que lo diga"}
SURE = {"high": "seguros", "medium": "casi seguros", "low": "con dudas", "none": "no sabemos"}

NO_DATA = "No sabemos: no hay datos"
NOTHING_NOTED = "Nada anotado en estos días"

LITRES, KILOS, MILLIVOLTS, DBM = "suffix:L", "suffix:kg", "suffix:mV", "suffix:dBm"
LITRES_M2 = "suffix:L/m²"


def target(query: str, alias: str = "", table: bool = False) -> Json:
    """Return one query. Aliases: a name, or `$tag_bed`."""
    return {
        "refId": "A", "datasource": SOURCE, "query": query, "rawQuery": True, "alias": alias,
        "resultFormat": "table" if table else "time_series",
    }  # fmt: skip


def steps(*bounds: tuple[float | None, str]) -> Json:
    """Return thresholds; the first bound is None, the base."""
    return {"mode": "absolute", "steps": [{"value": v, "color": c} for v, c in bounds]}


def stat(
    title: str, description: str, query: str, *, unit: str, decimals: int = 0,
    thresholds: Json | None = None, width: int = 6, name: str = "", beside: tuple[str, str] | None = None,
    nothing: str = NO_DATA,
) -> Json:  # fmt: skip
    """A number; `beside`: the name and query of a second one, so that "3" may say "3 + 1 no sabemos"."""
    defaults = {
        "unit": unit, "decimals": decimals, "noValue": nothing,
        "thresholds": thresholds or steps((None, GREY), (-1e9, EARTH)),
    }  # fmt: skip
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "colorMode": "value", "graphMode": "none", "justifyMode": "auto",
        "textMode": "value_and_name" if beside else "value", "orientation": "vertical",
    }  # fmt: skip
    queries = [target(query, name)] + ([target(beside[1], beside[0])] if beside else [])
    panel = _panel("stat", title, description, queries, defaults, options, (width, 4))
    if beside:
        grey = [
            {"id": "unit", "value": "none"},
            {"id": "decimals", "value": 0},
            {"id": "thresholds", "value": steps((None, GREY))},
        ]
        panel["fieldConfig"]["overrides"] = [
            {"matcher": {"id": "byFrameRefID", "options": "B"}, "properties": grey}
        ]
    return panel


def lines(
    title: str, description: str, query: Json, *, unit: str, decimals: int = 1,
    least: float | None = None, most: float | None = None, thresholds: Json | None = None,
    width: int = 24, legend: bool | str = True, nothing: str = NO_DATA,
) -> Json:  # fmt: skip
    """Curves over time. `most` only moves the axis: a higher value is still drawn."""
    custom: Json = {
        "drawStyle": "line", "lineInterpolation": "linear", "lineWidth": 2, "fillOpacity": 0,
        "showPoints": "auto", "pointSize": 4, "spanNulls": GAP_MS, "insertNulls": False,
        "thresholdsStyle": {"mode": "area" if thresholds else "off"},
    }  # fmt: skip
    soft = {"axisSoftMin": least, "axisSoftMax": most}
    custom |= {name: value for name, value in soft.items() if value is not None}
    defaults: Json = {"unit": unit, "decimals": decimals, "custom": custom, "noValue": nothing}
    defaults["thresholds"] = thresholds or steps((None, EARTH))
    defaults["color"] = {"mode": "palette-classic"}
    options = _series_options(legend)
    panel = _panel("timeseries", title, description, [query], defaults, options, (width, 9))
    return _curves(_quiet_axis(panel))


def bars(
    title: str, description: str, query: Json, *, unit: str, decimals: int = 0, width: int = 12,
    stacked: bool = True, legend: bool = True,
) -> Json:  # fmt: skip
    """Sums of what people noted per day or week: a fixed bucket, from zero up."""
    custom = {
        "drawStyle": "bars", "barAlignment": 1, "barWidthFactor": 0.6, "barMaxWidth": BAR_PX, "lineWidth": 1,
        "fillOpacity": 80, "showPoints": "never",
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
    }  # fmt: skip
    defaults = {
        "unit": unit, "decimals": decimals, "min": 0, "custom": custom,
        "color": {"mode": "palette-classic"}, "thresholds": steps((None, EARTH)),
        "noValue": NOTHING_NOTED,
    }  # fmt: skip
    options = _series_options(legend)
    panel = _panel("timeseries", title, description, [query], defaults, options, (width, 8))
    return _curves(_quiet_axis(panel))


def verdict_timeline(title: str, description: str, query: Json, *, height: int = 9) -> Json:
    defaults = {
        "mappings": _verdict_words(), "thresholds": steps(*_verdict_colours()),
        "color": {"mode": "thresholds"},
        "custom": {"lineWidth": 0, "fillOpacity": 85, "insertNulls": False, "spanNulls": False},
    }  # fmt: skip
    options: Json = {
        "mergeValues": True, "showValue": "auto", "alignValue": "left", "rowHeight": 0.85,
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "single", "sort": "none"},
    }  # fmt: skip
    panel = _panel("state-timeline", title, description, [query], defaults, options, (24, height))
    return _curves(panel)


def _quiet_axis(panel: Json) -> Json:
    """Keep the words for "no value" for an empty panel: Grafana writes them beside an axis as well."""
    numbers = {"id": "byType", "options": "number"}
    panel["fieldConfig"]["overrides"] = [
        {"matcher": numbers, "properties": [{"id": "noValue", "value": ""}]}
    ]
    return panel


def _curves(panel: Json) -> Json:
    """Make a curve of each name in a table of Time, "n" and "v"; a series that has a name stays."""
    if panel["targets"][0]["resultFormat"] == "table":
        matrix = {"columnField": "n", "rowField": "Time", "valueField": "v", "emptyValue": "null"}
        again = {"targetField": "Time\\n", "destinationType": "time"}  # in Grafana 10 it is text
        nobodys = {"indexByName": {}, "renameByName": {}, "excludeByName": {"Value": True}}
        panel["transformations"] = [
            {"id": "sortBy", "options": {"sort": [{"field": "Time"}]}},
            {"id": "groupingToMatrix", "options": matrix},
            {"id": "convertFieldType", "options": {"conversions": [again], "fields": {}}},
            {"id": "organize", "options": nobodys},
        ]
    return panel


def table(
    title: str, description: str, query: str, columns: Mapping[str, Json], *, width: int = 24,
    height: int = 9, sort: str | None = None, descending: bool = True, nothing: str = NO_DATA,
) -> Json:  # fmt: skip
    """A table whose columns are named, in this order; others that the query brings are hidden.

    `columns`: name in the result → {"title", "unit", "decimals", "mappings", "width", "nothing"}.
    """
    brought = {"Time", *re.findall(r'"(\w+)"', query.partition(" GROUP BY ")[2]), *_selected(query)}
    overrides = [_column(name, column) for name, column in columns.items()]
    organize = {
        "indexByName": {name: place for place, name in enumerate(columns)},
        "renameByName": {name: column["title"] for name, column in columns.items()},
        "excludeByName": dict.fromkeys(sorted(brought - columns.keys()), True),
    }
    options: Json = {"showHeader": True, "cellHeight": "sm"}
    if sort is not None:
        options["sortBy"] = [{"displayName": columns[sort]["title"], "desc": descending}]
    defaults = {
        "custom": {"align": "left", "inspect": False}, "thresholds": steps((None, EARTH)),
        "noValue": nothing,
    }  # fmt: skip
    asked, size = [target(query, table=True)], (width, height)
    panel = _panel("table", title, description, asked, defaults, options, size)
    panel["fieldConfig"]["overrides"] = overrides
    panel["transformations"] = [{"id": "organize", "options": organize}]
    return panel


def _selected(query: str) -> list[str]:
    """Return the names of the columns that a query brings besides its tags."""
    asked = query.removeprefix("SELECT ").partition(" FROM ")[0]
    return [re.findall(r'"(\w+)"', one)[-1] for one in asked.split(",")]


def _verdict_words() -> list[Json]:
    options = {
        str(code): {"text": word, "color": colour, "index": place}
        for place, (code, word, colour) in enumerate(VERDICTS)
    }
    return [{"type": "value", "options": options}]


def _verdict_colours() -> list[tuple[float | None, str]]:
    return [(None if code == 0 else float(code), colour) for code, _, colour in VERDICTS]


def verdict_column(title: str, width: int = 140) -> Json:
    return {"title": title, "mappings": _verdict_words(), "width": width, "coloured": True}


def now_columns() -> dict[str, Json]:
    """The columns of a table of newest verdicts, after those that say which bed."""
    return {
        "code": verdict_column("Veredicto"),
        "litres": {
            "title": "Litros", "unit": LITRES, "decimals": 0, "width": 110, "nothing": "no sabemos",
        },
        "depletion_mm": {
            "title": "Le faltan", "unit": LITRES_M2, "decimals": 0, "width": 110,
            "nothing": "no sabemos",
        },
        "basis": words_column("Cómo lo sabemos", BASES, 170),
        "confidence": words_column("Qué tan seguros", SURE, 130),
        "Time": {"title": "Cuándo", "unit": "time:DD/MM HH:mm", "width": 130},
    }  # fmt: skip


def words_column(title: str, words: Mapping[str, str], width: int) -> Json:
    """A column of codes that are shown as words."""
    options = {code: {"text": word, "index": i} for i, (code, word) in enumerate(words.items())}
    return {"title": title, "mappings": [{"type": "value", "options": options}], "width": width}


_COLUMN_OPTIONS = (
    ("unit", "unit"), ("decimals", "decimals"), ("mappings", "mappings"), ("nothing", "noValue"),
    ("width", "custom.width"),
)  # fmt: skip


def _column(name: str, column: Json) -> Json:
    properties: list[Json] = []
    for key, option in _COLUMN_OPTIONS:
        if key in column:
            properties.append({"id": option, "value": column[key]})
    if "coloured" in column:
        properties.append({"id": "custom.cellOptions", "value": {"type": "color-text"}})
    return {"matcher": {"id": "byName", "options": name}, "properties": properties}


def _series_options(legend: bool | str) -> Json:
    """`legend`: whether there is one, or where: "right" when it is long."""
    where = legend if isinstance(legend, str) else "bottom"
    return {
        "legend": {
            "displayMode": "list",
            "placement": where,
            "showLegend": bool(legend),
            "calcs": [],
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    }


def _panel(
    kind: str, title: str, description: str, targets: Sequence[Json], defaults: Json, options: Json,
    size: tuple[int, int],
) -> Json:  # fmt: skip
    named = [{**one, "refId": chr(ord("A") + place)} for place, one in enumerate(targets)]
    return {
        "type": kind, "title": title, "description": description, "datasource": SOURCE,
        "gridPos": {"x": 0, "y": 0, "w": size[0], "h": size[1]},
        "targets": named, "options": options,
        "fieldConfig": {"defaults": {"noValue": NO_DATA, **defaults}, "overrides": []},
    }  # fmt: skip
