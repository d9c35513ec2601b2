"""Rules that every dashboard keeps, and that Grafana would not tell us about."""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from surco_dashboards.__main__ import DASHBOARDS, GENERATED, text
from surco_dashboards.panels import GAP_MS, VERDICTS
from surco_dashboards.queries import TIMEZONE, expand, panel_queries
from surco_service.domain.water.watering import CODES
from surco_service.web.frame.site import catalogue
from surco_service.web.frame.words import STATUSES

UNITS = {
    "none", "suffix:L", "suffix:kg", "suffix:mV", "suffix:dBm", "suffix:L/m²", "time:DD/MM HH:mm",
}  # fmt: skip
MADE = {name: make() for name, make in DASHBOARDS.items()}


def panels() -> Iterator[Any]:
    for name, dashboard in MADE.items():
        for panel in dashboard["panels"]:
            yield pytest.param(panel, id=f"{name}: {panel['title']}")


@pytest.mark.parametrize("name", DASHBOARDS)
def test_the_committed_json_is_what_the_code_makes(name: str) -> None:
    committed = (GENERATED / f"{name}.json").read_text(encoding="utf-8")
    assert committed == text(MADE[name]), "run make dashboards"


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_stand_on_the_grid_without_overlapping(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in MADE[name]["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = set(
            itertools.product(
                range(place["x"], place["x"] + place["w"]),
                range(place["y"], place["y"] + place["h"]),
            )
        )
        assert not cells & taken
        taken |= cells


def test_numbers_titles_and_uids_are_unique() -> None:
    for dashboard in MADE.values():
        numbers = [panel["id"] for panel in dashboard["panels"]]
        titles = [panel["title"] for panel in dashboard["panels"]]
        assert len(set(numbers)) == len(numbers)
        assert len(set(titles)) == len(titles)
    assert len({dashboard["uid"] for dashboard in MADE.values()}) == len(MADE)
    assert len({dashboard["title"] for dashboard in MADE.values()}) == len(MADE)


@pytest.mark.parametrize("panel", list(panels()))
def test_a_panel_says_what_it_shows_and_what_it_says_without_data(panel: dict[str, Any]) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    assert len(panel["description"]) > 20
    assert defaults["noValue"].startswith(("No sabemos", "Nada anotado"))
    noted = any('"harvest"' in t["query"] or '"watering"' in t["query"] for t in panel["targets"])
    assert defaults["noValue"].startswith("Nada anotado") == noted, "18.2: an ordinary day is known"
    assert defaults["thresholds"]["steps"][0]["value"] is None
    assert "value" not in defaults["thresholds"]["steps"][0] or len(defaults["thresholds"]) == 2
    if panel["type"] not in ("table", "state-timeline"):
        assert defaults["unit"] in UNITS
        assert "decimals" in defaults
    for override in panel["fieldConfig"]["overrides"]:
        for option in override["properties"]:
            assert option["id"] != "unit" or option["value"] in UNITS


@pytest.mark.parametrize("panel", list(panels()))
def test_a_table_names_its_columns_and_never_counts_on_their_order(panel: dict[str, Any]) -> None:
    if panel["type"] != "table":
        return
    (organize,) = panel["transformations"]
    options = organize["options"]
    assert options["renameByName"].keys() == options["indexByName"].keys()
    brought = {*options["excludeByName"], *options["indexByName"]}
    assert "Time" in brought, "18.2: it would be 1969"
    assert not options["excludeByName"].keys() & options["indexByName"].keys()
    assert {o["matcher"]["id"] for o in panel["fieldConfig"]["overrides"]} == {"byName"}


def test_every_bucket_has_a_row_and_those_of_nobody_become_holes() -> None:
    """18.2: no gap rule but Grafana's neighbours: it would be narrower than some bucket."""
    for dashboard in MADE.values():
        for panel in dashboard["panels"]:
            custom = panel["fieldConfig"]["defaults"].get("custom", {})
            if panel["type"] not in ("timeseries", "state-timeline"):
                continue
            (target,) = panel["targets"]
            query = target["query"]
            assert "fill(0)" in query
            assert custom["spanNulls" if "spanNulls" in custom else "barMaxWidth"] is not True
            assert not custom.get("insertNulls")
            if panel["type"] == "state-timeline":
                assert "GROUP BY time(1h)" in query
            elif custom["drawStyle"] == "bars":
                assert "$__interval" not in query
                assert f"tz('{TIMEZONE}')" in query
                assert panel["fieldConfig"]["defaults"]["min"] == 0
            if target["resultFormat"] == "table":
                assert re.search(r' AS "v",last\("\w+"\) AS "n" FROM', query)
                (matrix,) = [t for t in panel["transformations"] if t["id"] == "groupingToMatrix"]
                assert matrix["options"]["emptyValue"] == "null"


def test_a_field_that_may_be_missing_is_never_filled_with_a_zero_under_a_name() -> None:
    """18.1: a bed that is not known has a name and no number."""
    for dashboard in MADE.values():
        for title, query in panel_queries(dashboard):
            for field in ("depletion_mm", "wetness", "battery_mv", "rssi_dbm"):
                if f'("{field}")' in query and "fill(0)" in query:
                    assert f'"{field}" > -1000' in query, title


def test_no_unit_rescales_and_no_slug_is_shown() -> None:
    """18.2: 1400 L are no 1 kL. 18.3: tags carry ids, and nobody reads those."""
    assert not {"litre", "masskg", "mvolt"} & UNITS
    for dashboard in MADE.values():
        for panel in dashboard["panels"]:
            assert all("$tag" not in target["alias"] for target in panel["targets"])
            for transformation in panel.get("transformations", []):
                shown = transformation["options"].get("renameByName", {})
                assert not shown.keys() & {"garden", "bed", "crop", "unit", "node"}


def test_all_dashboards_show_the_same_time_of_day() -> None:
    assert TIMEZONE == "America/Mexico_City"
    for dashboard in MADE.values():
        assert dashboard["timezone"] == TIMEZONE
        for title, query in panel_queries(dashboard):
            if "time(1d" in query or "time(1w" in query:
                assert query.count(f"tz('{TIMEZONE}')") == 1, title


def test_what_is_called_now_is_younger_than_three_hours() -> None:
    """Stale is never fine: an old verdict is no verdict, and a line does not bridge an outage."""
    now = [
        (title, query)
        for dashboard in MADE.values()
        for title, query in panel_queries(dashboard)
        if "$timeFilter" not in query and "SHOW TAG" not in query
    ]
    assert len(now) == 13
    for title, query in now:
        assert query.count("time > now() - 3h") == 1, title
    assert GAP_MS == 3 * 3600 * 1000


def test_only_what_was_weighed_is_summed_as_kilos() -> None:
    sums = {
        found
        for dashboard in MADE.values()
        for _, query in panel_queries(dashboard)
        if '"harvest"' in query
        for found in re.findall(r'(?<!_)sum\("(\w+)"\)', query)
    }
    assert sums == {"kg_weighed"}, "bunches and pieces are no kilos"


def test_weeks_begin_on_monday() -> None:
    weekly = [q for d in MADE.values() for _, q in panel_queries(d) if "time(1w" in q]
    assert weekly
    assert all("time(1w,4d)" in query for query in weekly)


def test_verdicts_have_the_codes_of_the_service_and_a_word_beside_the_colour() -> None:
    assert {code for code, _, _ in VERDICTS} == set(CODES.values())
    assert CODES["unknown"] == 0
    spanish = catalogue("es").gettext
    said = {CODES[status]: spanish(word).lower() for status, word in STATUSES.items()}
    assert {code: word for code, word, _ in VERDICTS} == said, "the pages' own words"
    assert len({colour for _, _, colour in VERDICTS}) == len({word for _, word, _ in VERDICTS}) == 5


@pytest.mark.parametrize("name", DASHBOARDS)
def test_queries_keep_to_the_forms_that_mean_the_same_everywhere(name: str) -> None:
    for title, query in panel_queries(MADE[name]):
        assert isinstance(query, str), "Grafana leaves a variable with an object empty"
        for form in re.findall(r"\$\{?\w+(?::\w+)?\}?", query.replace("$/", "")):
            assert re.fullmatch(r"\$timeFilter|\$__interval|\$\{(huerto|cama):regex\}", form), title
        for expression in re.findall(r"=~ (\S+)", query):
            assert re.fullmatch(r"/\^\S+\$/", expression), f"{title}: not anchored"
        if title.startswith("annotation"):
            assert "GROUP BY" not in query


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("cama-1", "/^cama-1$/"),
        ("cama 3 (sombra)", r"/^cama 3 \(sombra\)$/"),
        (["cama-1"], "/^cama-1$/"),
        (["cama-1", "cama 3 (sombra)"], r"/^(cama-1|cama 3 \(sombra\))$/"),
        (("all", ".*"), "/^.*$/"),
        ("a/b", r"/^a\/b$/"),
        (r"a|b^c$d*e+f?g.h[i]{j}\k", r"/^a\|b\^c\$d\*e\+f\?g\.h\[i\]\{j\}\\k$/"),
    ],
)
def test_variables_expand_as_in_a_real_grafana(value: Any, sent: str) -> None:
    query = 'SELECT 1 FROM "x" WHERE "bed" =~ /^${cama:regex}$/ AND $timeFilter'
    text = expand(query, 1_000, 2_000, "15m", {"cama": value})
    assert text == f'SELECT 1 FROM "x" WHERE "bed" =~ {sent} AND time >= 1000ms and time <= 2000ms'


@pytest.mark.parametrize("query", ["$__timeFrom", "$huerto", "${__interval}", "[$__range]"])
def test_a_macro_that_grafana_would_not_expand_is_refused(query: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        expand(query, 0, 1, "1h", {"huerto": "x"})


def test_no_english_word_is_shown() -> None:
    shown = json.dumps([
        [d["title"], d["description"], [[p["title"], p["description"]] for p in d["panels"]]]
        for d in MADE.values()
    ])  # fmt: skip
    assert not re.search(r"\b(the|bed|garden|harvest|water|battery|last|node)\b", shown, re.I)
