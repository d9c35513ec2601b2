"""GET /metrics: the same as Salud in numbers, as OpenMetrics text for Prometheus and its like.

Names and help are the tables below. Names of people, gardens and beds are not in it; nodes, gateways
and files go by their ids.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Response

from surco_contract.troubles import URGENCIES, kind_of
from surco_service.access import may
from surco_service.parts import Parts
from surco_service.usecases.nodes.troubles import State, node_of, rows_of

if TYPE_CHECKING:
    from prometheus_client import Metric

MEDIA_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
MISSING = "rows-missing"

HELP: Mapping[str, str] = {
    "surco_trouble_start_timestamp_seconds": "What is wrong now, and since when.",
    "surco_troubles": "How many things are wrong now, by how soon they should be mended.",
    "surco_database_up": "1: this database answers.",
    "surco_node_up": "1: the node keeps its promise to speak; 0: it is late, or never spoke.",
    "surco_node_heard_timestamp_seconds": "When the node last spoke.",
    "surco_node_battery_volts": "What the node last said of its battery.",
    "surco_node_held_rows": "Readings that the node still keeps and nobody has acknowledged.",
    "surco_node_missing_rows": "Readings of the node that are missing between others.",
    "surco_gateway_heard_timestamp_seconds": "When the gateway was last heard.",
    "surco_gateway_undelivered_messages": "Messages that wait in the gateway for the service.",
    "surco_gateway_spool_bytes": "Size of what the gateway keeps.",
    "surco_quarantine_messages": "Messages, or rows of one, that could not be read.",
    "surco_quarantine_moved_messages": "Refusals that went to a file since the quarantine was full.",
    "surco_undated_rows": "Readings that wait for a date.",
    "surco_deliveries": "Deliveries since the service started, by what became of them.",
    "surco_rows": "Rows of these deliveries, by where they went.",
    "surco_build": "Which Surco this is.",
}


class _Collector:
    """What the library asks for the families of one answer."""

    def __init__(self, parts: Parts, state: State) -> None:
        self._parts, self._state = parts, state

    def collect(self) -> Iterator["Metric"]:
        yield from _troubles(self._state)
        yield _family("surco_database_up", ["database"], [
            (["readings"], float(self._state.readings)), (["notebook"], float(self._state.known)),
            *_mirror(self._parts),
        ])  # fmt: skip
        if self._state.known:
            yield from _nodes(self._state)
            yield from _gateways(self._state)
            yield from _queues(self._state)
        yield from _counts(self._parts)


def router(parts: Parts) -> APIRouter:
    """Return the route of metrics."""
    routes = APIRouter(tags=["health"], dependencies=[may(parts, "look-at-metrics")])

    @routes.get(
        "/metrics",
        summary="The same in numbers, for a monitor",
        response_class=Response,
        responses={
            200: {"content": {"application/openmetrics-text": {"example": "# EOF\n"}},
                  "description": "OpenMetrics text"},
        },
    )  # fmt: skip
    def metrics() -> Response:
        return Response(write(parts, parts.look()), media_type=MEDIA_TYPE)

    return routes


def write(parts: Parts, state: State) -> bytes:
    """Write the state of everything as OpenMetrics text."""
    from prometheus_client import CollectorRegistry  # many gardens have no monitor
    from prometheus_client.openmetrics import exposition as library

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(parts, state))
    untyped: Any = library
    return bytes(untyped.generate_latest(registry))


def _family(
    name: str, labels: list[str], samples: list[tuple[list[str], float]], kind: str = "Gauge"
) -> "Metric":
    from prometheus_client import core

    made: Any = getattr(core, f"{kind}MetricFamily")(name, HELP[name], labels=labels)
    for values, value in samples:
        made.add_metric(values, value)
    return made


def _troubles(state: State) -> Iterator["Metric"]:
    kinds = [kind_of(one.code) for one in state.notices]
    yield _family(
        "surco_trouble_start_timestamp_seconds", ["code", "about", "urgency", "mender"],
        [
            ([one.code, one.about.rpartition("/")[2] or one.about, kind.urgency, kind.mender],
             _stamp(one.since or state.at))
            for one, kind in zip(state.notices, kinds, strict=True)
        ],
    )  # fmt: skip
    counts = [
        ([urgency], float(sum(kind.urgency == urgency for kind in kinds))) for urgency in URGENCIES
    ]
    yield _family("surco_troubles", ["urgency"], counts)


def _mirror(parts: Parts) -> list[tuple[list[str], float]]:
    if parts.stores.mirror is None:
        return []
    return [(["mirror"], float(parts.follow_up.mirror_state == "ok"))]


def _nodes(state: State) -> Iterator["Metric"]:
    spoke = [(node.id, node.status) for node in state.nodes if node.status]
    up = [
        ([node.id], float(node.id in state.heard and node.id not in state.late))
        for node in state.nodes
    ]
    yield _family("surco_node_up", ["node"], up)
    heard = [([node], _stamp(at)) for node, at in state.heard.items()]
    yield _family("surco_node_heard_timestamp_seconds", ["node"], heard)
    volts = [([n], s.battery_mv / 1000) for n, s in spoke if s.battery_mv is not None]
    yield _family("surco_node_battery_volts", ["node"], volts)
    held = [([n], float(s.held)) for n, s in spoke if s.held is not None]
    yield _family("surco_node_held_rows", ["node"], held)
    missing: dict[str, float] = {}
    for one in state.notices:
        rows = rows_of(one)
        if one.code == MISSING and rows is not None:
            missing[node_of(one)] = missing.get(node_of(one), 0.0) + rows
    samples = [([node], rows) for node, rows in missing.items()]
    yield _family("surco_node_missing_rows", ["node"], samples)


def _gateways(state: State) -> Iterator["Metric"]:
    heard = [([name], _stamp(at)) for name, at in state.gateways.items() if at]
    yield _family("surco_gateway_heard_timestamp_seconds", ["gateway"], heard)
    said = state.reports.items()
    waiting = [([n], float(r.undelivered)) for n, r in said if r.undelivered is not None]
    yield _family("surco_gateway_undelivered_messages", ["gateway"], waiting)
    kept = [([n], float(r.spool_bytes)) for n, r in said if r.spool_bytes is not None]
    yield _family("surco_gateway_spool_bytes", ["gateway"], kept)


def _queues(state: State) -> Iterator["Metric"]:
    for name, count in (
        ("surco_quarantine_messages", state.quarantined),
        ("surco_quarantine_moved_messages", state.moved),
        ("surco_undated_rows", state.undated),
    ):
        yield _family(name, [], [([], float(count))])


def _counts(parts: Parts) -> Iterator["Metric"]:
    for name, counts in (
        ("surco_deliveries", parts.tally.deliveries), ("surco_rows", parts.tally.rows),
    ):  # fmt: skip
        yield _family(
            name, ["outcome"], [([how], float(n)) for how, n in counts.items()], "Counter"
        )
    from prometheus_client import core

    name = "surco_build"
    yield core.InfoMetricFamily(name, HELP[name], value={"version": version("surco")})


def _stamp(at: datetime) -> float:
    return at.timestamp()
