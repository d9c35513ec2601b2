"""InfluxQL for Grafana, in the only form of macros and variables that we allow ourselves.

`$timeFilter`, `$__interval` and `${name:regex}` inside `/^…$/`: these mean the same for one value,
several and All. `expand` does what Grafana does with them (read off the requests of a real Grafana
10.4), so that every query can be tried on a real InfluxDB without Grafana.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from surco_service.domain.stewardship.garden import TIMEZONE

Values = str | Sequence[str] | tuple[str, str]
"""One value, several, or ("all", ".*") for All with its own expression."""

_VARIABLE = re.compile(r"\$\{(\w+):regex\}")
_SPECIAL = re.compile(r"[\\^$*+?.()|\[\]{}/]")

ZONE = f"tz('{TIMEZONE}')"
"""A day, and a week, of the dashboards begins at midnight there."""

RECENT = "time > now() - 3h"
"""What "now" means for a verdict: an older one is no verdict any more."""

NAMED = "time > now() - 1d"
"""Whose names are offered: those of beds that were there today."""

CHOICE = r"/^(?<text>.+) \[(?<value>[^\]]+)\]$/"
"""How a variable reads "Fresas [agua-clara-2]": people see the name, queries get the id."""

BED = '"garden" =~ /^${huerto:regex}$/ AND "bed" =~ /^${cama:regex}$/'


def latest_sum(field: str, places: str, where: str = RECENT) -> str:
    """Ask for the sum of a field over the newest verdict of each bed; no row when none has it.

    The field is that of the very point that is newest: the last time it was known may be long ago.
    """
    newest = f'SELECT last("code") AS "code","{field}" AS "w" FROM "advice"'
    return f'SELECT sum("w") FROM ({newest} WHERE {where} GROUP BY {places})'


def expand(
    query: str, start_ms: int, end_ms: int, interval: str, values: Mapping[str, Values]
) -> str:
    """Return the query as Grafana sends it. Raises ValueError for a macro that is not allowed."""
    text = query.replace("$timeFilter", f"time >= {start_ms}ms and time <= {end_ms}ms")
    text = text.replace("$__interval", interval)
    if "$" in _VARIABLE.sub("", text).replace("$/", ""):  # "$/" ends a regular expression
        raise ValueError(f"a macro or a form of variable that is not allowed: {query}")
    return _VARIABLE.sub(lambda found: _regex(values[found[1]]), text)


def panel_queries(dashboard: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (title of the panel, query) of everything that a dashboard asks."""
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["query"]
    for variable in dashboard["templating"]["list"]:
        yield f"variable {variable['name']}", variable["query"]
    for annotation in dashboard["annotations"]["list"]:
        yield f"annotation {annotation['name']}", annotation["target"]["query"]


def _regex(value: Values) -> str:
    if isinstance(value, str):
        return _escape(value)
    if isinstance(value, tuple):
        return value[1]
    if len(value) == 1:
        return _escape(value[0])
    return "(" + "|".join(map(_escape, value)) + ")"


def _escape(value: str) -> str:
    return _SPECIAL.sub(lambda found: "\\" + found[0], value)
