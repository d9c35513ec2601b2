"""One function for each kind of panel. Colours and words are those of the pages (LOOK).

Three rules, each learnt from a panel that lied: a status is drawn from hourly codes with fill(0), so
that a hole reads *no sabemos*; a line stops at an outage; what is "latest" is bounded in time.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]

SOURCE: Json = {"type": "influxdb", "uid": "surco"}
GAP_MS = 3 * 3600 * 1000  # a line does not bridge more than this

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

NO_DATA = "No sabemos: no hay datos"


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
    thresholds: Json | None = None, calculation: str = "lastNotNull", width: int = 6,
) -> Json:  # fmt: skip
    defaults = {
        "unit": unit,
        "decimals": decimals,
        "thresholds": thresholds or steps((None, EARTH)),
    }
    options = {
        "reduceOptions": {"calcs": [calculation], "fields": "", "values": False},
        "colorMode": "value", "graphMode": "none", "justifyMode": "auto", "textMode": "auto",
        "orientation": "auto",
    }  # fmt: skip
    return _panel("stat", title, description, [target(query)], defaults, options, (width, 4))


def lines(
    title: str, description: str, queries: Sequence[Json], *, unit: str, decimals: int = 1,
    least: float | None = None, most: float | None = None, thresholds: Json | None = None,
    width: int = 24, legend: bool = True,
) -> Json:  # fmt: skip
    custom: Json = {
        "drawStyle": "line", "lineInterpolation": "linear", "lineWidth": 2, "fillOpacity": 12,
        "showPoints": "auto", "pointSize": 4, "spanNulls": GAP_MS, "insertNulls": GAP_MS,
        "thresholdsStyle": {"mode": "area" if thresholds else "off"},
    }  # fmt: skip
    defaults: Json = {"unit": unit, "decimals": decimals, "custom": custom}
    defaults["thresholds"] = thresholds or steps((None, EARTH))
    defaults["color"] = {"mode": "palette-classic"}
    defaults |= {n: v for n, v in (("min", least), ("max", most)) if v is not None}
    return _panel(
        "timeseries", title, description, queries, defaults, _series_options(legend), (width, 9)
    )


def bars(
    title: str, description: str, query: Json, *, unit: str, decimals: int = 0, width: int = 12,
    stacked: bool = True, legend: bool = True,
) -> Json:  # fmt: skip
    """Sums per day or week: a fixed bucket with fill(0), from zero up."""
    custom = {
        "drawStyle": "bars", "barAlignment": 1, "barWidthFactor": 0.6, "lineWidth": 1,
        "fillOpacity": 80, "showPoints": "never",
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
    }  # fmt: skip
    defaults = {
        "unit": unit, "decimals": decimals, "min": 0, "custom": custom,
        "color": {"mode": "palette-classic"}, "thresholds": steps((None, EARTH)),
    }  # fmt: skip
    return _panel(
        "timeseries", title, description, [query], defaults, _series_options(legend), (width, 8)
    )


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
    return _panel("state-timeline", title, description, [query], defaults, options, (24, height))


def table(
    title: str, description: str, query: str, columns: Mapping[str, Json], *, width: int = 24,
    sort: str | None = None, descending: bool = True,
) -> Json:  # fmt: skip
    """A table whose columns are named, in this order; others are hidden.

    `columns`: name in the result → {"title", "unit", "decimals", "mappings", "width"}.
    """
    overrides = [_column(name, column) for name, column in columns.items()]
    organize = {
        "indexByName": {name: place for place, name in enumerate(columns)},
        "renameByName": {name: column["title"] for name, column in columns.items()},
        "excludeByName": {},
    }
    options: Json = {"showHeader": True, "cellHeight": "sm"}
    if sort is not None:
        options["sortBy"] = [{"displayName": columns[sort]["title"], "desc": descending}]
    defaults = {"custom": {"align": "auto", "inspect": False}, "thresholds": steps((None, EARTH))}
    panel = _panel(
        "table", title, description, [target(query, table=True)], defaults, options, (width, 9)
    )
    panel["fieldConfig"]["overrides"] = overrides
    panel["transformations"] = [{"id": "organize", "options": organize}]
    return panel


def _verdict_words() -> list[Json]:
    options = {
        str(code): {"text": word, "color": colour, "index": place}
        for place, (code, word, colour) in enumerate(VERDICTS)
    }
    return [{"type": "value", "options": options}]


def _verdict_colours() -> list[tuple[float | None, str]]:
    return [(None if code == 0 else float(code), colour) for code, _, colour in VERDICTS]


def verdict_column(title: str, width: int = 140) -> Json:
    return {"title": title, "mappings": _verdict_words(), "width": width}


def _column(name: str, column: Json) -> Json:
    properties: list[Json] = []
    for key, option in (("unit", "unit"), ("decimals", "decimals"), ("mappings", "mappings")):
        if key in column:
            properties.append({"id": option, "value": column[key]})
    if "width" in column:
        properties.append({"id": "custom.width", "value": column["width"]})
    return {"matcher": {"id": "byName", "options": name}, "properties": properties}


def _series_options(legend: bool) -> Json:
    return {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": legend, "calcs": []},
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
