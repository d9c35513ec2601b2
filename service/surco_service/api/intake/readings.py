"""Readings of a node: the latest, one column over time, and everything as SenML."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from surco_contract.quantities import QUANTITIES
from surco_contract.senml import write_senml
from surco_service.access import may
from surco_service.api.frame.problems import responses
from surco_service.api.frame.values import Moment, Whole
from surco_service.parts import Parts
from surco_service.ports.intake import Reading
from surco_service.usecases.intake import readings as usecases

NodeId = Annotated[str, Path(pattern=r"^[a-z0-9-]{3,32}$", examples=["nodo-1"])]
DAY = timedelta(days=1)


SENML = "application/senml+json"
SENML_EXAMPLE = [
    {"bn": "urn:dev:ops:surco-nodo-1:", "n": "probe_1", "u": "mV", "t": 1795364100, "v": 1805.0}
]


class SenmlResponse(JSONResponse):
    """A SenML pack."""

    media_type = SENML


class Latest(BaseModel):
    """The newest reading of a node by its own time; values by column code."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "node": "nodo-1",
                    "time": "2026-11-24T02:45:00+00:00",
                    "age_s": 90,
                    "b": "9f3a01c7",
                    "q": 1042,
                    "tq": 2,
                    "plausible": True,
                    "values": {"r1": 1806.0, "bv": 3911.0},
                }
            ]
        }
    )
    node: str
    time: datetime
    age_s: int
    b: str
    q: int
    tq: int
    plausible: bool
    values: dict[str, float]


class Series(BaseModel):
    """Means of one column: pairs of the second at which a bucket starts, and its value."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "node": "nodo-1",
                    "code": "r1",
                    "unit": "mV",
                    "every_s": 900,
                    "points": [[1795364100, 1805.0], [1795365000, 1806.0]],
                }
            ]
        }
    )
    node: str
    code: str
    unit: str
    every_s: int
    points: list[tuple[int, float]]


def router(parts: Parts) -> APIRouter:
    """Return the routes of readings."""
    routes = APIRouter(
        prefix="/api/v1/nodes/{node}",
        tags=["readings"],
        dependencies=[may(parts, "look-at-readings")],
    )

    @routes.get("/latest", summary="The newest reading", responses=responses(404, 422, 503))
    def latest(node: NodeId) -> Latest:
        return _latest(usecases.latest(parts.stores, node), parts.clock())

    @routes.get("/series", summary="One column over time", responses=responses(422, 503))
    def series(
        node: NodeId,
        code: Annotated[str, Query(examples=["r1"])],
        start: Annotated[Moment | None, Query(description="A day before `end`.")] = None,
        end: Annotated[Moment | None, Query(description="Now.")] = None,
        every: Annotated[Whole, Query(ge=1, le=31_536_000, description="Seconds.")] = 900,
    ) -> Series:
        first, last = _span(start, end, parts.clock())
        points = usecases.series(parts.stores, node, code, first, last, every)
        return Series(
            node=node, code=code, unit=QUANTITIES[code].unit, every_s=every, points=points
        )

    @routes.get(
        "/senml",
        summary="Everything of a time as SenML (RFC 8428)",
        response_class=SenmlResponse,
        responses={**responses(422, 503), 200: {"content": {SENML: {"example": SENML_EXAMPLE}}}},
    )
    def senml(
        node: NodeId,
        start: Annotated[Moment | None, Query(description="A day before `end`.")] = None,
        end: Annotated[Moment | None, Query(description="Now.")] = None,
    ) -> SenmlResponse:
        found = usecases.rows(parts.stores, node, *_span(start, end, parts.clock()))
        return SenmlResponse(write_senml(node, ((row.t, row.values) for row in found)))

    return routes


def _span(start: datetime | None, end: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    last = end or now + timedelta(seconds=1)
    return start or last - DAY, last


def _latest(reading: Reading, now: datetime) -> Latest:
    return Latest(
        node=reading.node,
        time=datetime.fromtimestamp(reading.t, UTC),
        age_s=max(0, int(now.timestamp()) - reading.t),
        b=reading.b,
        q=reading.q,
        tq=reading.tq,
        plausible=reading.plausible,
        values=dict(reading.values),
    )
