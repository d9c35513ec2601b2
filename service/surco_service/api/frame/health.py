"""GET /health: for supervisors, `surco doctor` and whoever wants to know; no account needed."""

import logging
from collections.abc import Callable
from functools import cache
from importlib.metadata import version

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from surco_service.access import may
from surco_service.errors import ServiceError
from surco_service.parts import Parts

log = logging.getLogger(__name__)

WORKING, BROKEN, ABSENT = "ok", "unavailable", "none"


class Health(BaseModel):
    """`status` is ok, or unavailable when deliveries cannot be stored now (answered with 503)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "ok",
                    "version": "0.1.0",
                    "parts": {"readings": "ok", "notebook": "ok", "mirror": "none"},
                    "quarantine": 0,
                    "quarantine_moved": 0,
                    "undated": 0,
                    "gateways": {"gateway-1": "2026-11-24T02:45:00+00:00"},
                }
            ]
        }
    )
    status: str
    version: str
    parts: dict[str, str]
    quarantine: int | None
    quarantine_moved: int | None
    undated: int | None
    gateways: dict[str, str | None]


def router(parts: Parts) -> APIRouter:
    """Return the route of health."""
    routes = APIRouter(tags=["health"], dependencies=[may(parts, "look-at-sensors")])

    @routes.get(
        "/health",
        summary="What works and what waits",
        response_model=Health,
        responses={503: {"model": Health, "description": "Deliveries cannot be stored now"}},
    )
    def health() -> JSONResponse:
        found = look(parts)
        return JSONResponse(found.model_dump(), 200 if found.status == WORKING else 503)

    return routes


def look(parts: Parts) -> Health:
    """Ask every part how it is."""
    ledger, gateways = parts.stores.ledger, parts.stores.gateways
    states = {
        "readings": _state(lambda: parts.stores.readings.latest(["health"])),
        "notebook": _state(gateways.all),
        "mirror": ABSENT if parts.stores.mirror is None else parts.follow_up.mirror_state,
    }
    usable = states["readings"] == states["notebook"] == WORKING
    there = states["notebook"] == WORKING
    return Health(
        status=WORKING if usable else BROKEN,
        version=_version(),
        parts=states,
        quarantine=ledger.quarantine_count() if there else None,
        quarantine_moved=ledger.quarantine_moved() if there else None,
        undated=ledger.shelf_count() if there else None,
        gateways={name: at.isoformat() if at else None for name, at in gateways.all().items()}
        if there
        else {},
    )


def _state(ask: Callable[[], object]) -> str:
    try:
        ask()
    except ServiceError as error:
        log.warning("unhealthy error=%s", error)
        return BROKEN
    return WORKING


@cache
def _version() -> str:
    return version("surco")
