"""Makes a dashboard of panels: places them on the grid, numbers them, adds what all share."""

from collections.abc import Sequence
from typing import Any

from surco_dashboards.panels import SOURCE, Json
from surco_dashboards.queries import CHOICE
from surco_service.domain.stewardship.garden import TIMEZONE

COLUMNS = 24


def dashboard(
    uid: str, title: str, description: str, panels: Sequence[Json], *,
    variables: Sequence[Json] = (), annotations: Sequence[Json] = (), since: str = "now-14d",
) -> Json:  # fmt: skip
    """Return a whole dashboard. Panels stand in reading order and wrap like words."""
    return {
        "uid": uid, "title": title, "description": description, "tags": ["surco"],
        "schemaVersion": 36, "version": 1, "editable": False, "graphTooltip": 1,
        "time": {"from": since, "to": "now"}, "timezone": TIMEZONE,
        "weekStart": "monday", "refresh": "5m", "fiscalYearStartMonth": 0, "liveNow": False,
        "timepicker": {}, "links": [_link()],
        "templating": {"list": list(variables)}, "annotations": {"list": list(annotations)},
        "panels": _placed(panels),
    }  # fmt: skip


def variable(name: str, label: str, query: str, *, many: bool) -> Json:
    """Return a variable of "name [id]" tags; sorted here, for engines do not sort."""
    everything = {"selected": True, "text": "All", "value": "$__all"}
    return {
        "type": "query", "name": name, "label": label, "datasource": SOURCE, "query": query,
        "definition": query, "refresh": 1, "sort": 1, "regex": CHOICE, "hide": 0,
        "multi": many, "includeAll": many, "skipUrlSync": False, "options": [],
        **({"allValue": ".*", "current": everything} if many else {}),
    }  # fmt: skip


def annotation(name: str, query: str, colour: str) -> Json:
    """Return marks on the lines; the query selects a text and its tags, and groups by nothing."""
    asked: dict[str, Any] = {
        "refId": "Anno", "query": query, "rawQuery": True, "fromAnnotations": True,
        "textColumn": "text", "tagsColumn": "bed_name", "name": name, "datasource": SOURCE,
    }  # fmt: skip
    return {
        "name": name, "enable": True, "hide": False, "iconColor": colour, "datasource": SOURCE,
        "target": asked,
    }  # fmt: skip


def _placed(panels: Sequence[Json]) -> list[Json]:
    placed: list[Json] = []
    x = y = height = 0
    for number, panel in enumerate(panels, 1):
        width = panel["gridPos"]["w"]
        if x + width > COLUMNS:
            x, y, height = 0, y + height, 0
        place = {"x": x, "y": y, "w": width, "h": panel["gridPos"]["h"]}
        placed.append({**panel, "id": number, "gridPos": place})
        x, height = x + width, max(height, panel["gridPos"]["h"])
    return placed


def _link() -> Json:
    return {
        "type": "dashboards", "title": "Surco", "tags": ["surco"], "asDropdown": False,
        "includeVars": False, "keepTime": True, "targetBlank": False, "icon": "external link",
        "tooltip": "", "url": "",
    }  # fmt: skip
