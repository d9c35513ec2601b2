"""POST /api/v1/gateways/{id}/report: how a gateway is, as its own `GET /health` tells it."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from surco_service.access import may
from surco_service.api.frame.problems import responses
from surco_service.parts import Parts
from surco_service.ports.intake import Alarm, GatewayReport

MOST_ALARMS, MOST_FACTS = 50, 20
LONGEST_S = 10 * 365 * 86_400
Fact = Annotated[str, Field(max_length=200)] | Annotated[float, Field(allow_inf_nan=False)] | None
Count = Annotated[int, Field(ge=0, lt=2**53)]


class SaidAlarm(BaseModel):
    """Something that is wrong at the gateway, and for how long: its clock may be wrong too."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
    for_s: Annotated[float, Field(ge=0, le=LONGEST_S)] = 0
    words: Annotated[str, Field(max_length=2000)] = ""
    facts: Annotated[dict[str, Fact], Field(max_length=MOST_FACTS)] = {}


class SaidSpool(BaseModel):
    undelivered: Count | None = None
    bytes: Count | None = None


class Report(BaseModel):
    """How a gateway is; what else it says is ignored."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "version": "0.1.0",
                    "spool": {"undelivered": 2116, "bytes": 1048576},
                    "alarms": [
                        {
                            "code": "clock",
                            "for_s": 86400,
                            "words": "this machine's clock is not known to be right",
                            "facts": {},
                        }
                    ],
                }
            ]
        }
    )
    version: Annotated[str, Field(max_length=64)] = ""
    spool: SaidSpool = SaidSpool()
    alarms: Annotated[list[SaidAlarm], Field(max_length=MOST_ALARMS)] = []


class Reported(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"surco": 1}]})
    surco: int


def router(parts: Parts) -> APIRouter:
    """Return the route of reports."""
    routes = APIRouter(tags=["gateways"])

    @routes.post(
        "/api/v1/gateways/{gateway}/report",
        dependencies=[may(parts, "report-health")],
        summary="Say how a gateway is",
        response_model=Reported,
        responses=responses(401, 403, 413, 422, 503),
    )
    def report(
        gateway: Annotated[str, Path(max_length=32, examples=["gateway-1"])], said: Report
    ) -> Reported:
        now = parts.clock()
        parts.stores.gateways.keep_report(gateway, _report(said, now))
        parts.presence.seen(parts.stores, gateway, now)
        return Reported(surco=1)

    return routes


def _report(said: Report, now: datetime) -> GatewayReport:
    alarms = [
        Alarm(one.code, now - timedelta(seconds=one.for_s), one.words, one.facts)
        for one in said.alarms
    ]
    return GatewayReport(now, alarms, said.version, said.spool.undelivered, said.spool.bytes)
