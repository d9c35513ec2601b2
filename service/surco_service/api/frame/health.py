"""GET /health: for supervisors, `surco doctor` and whoever wants to know; no account needed."""

from functools import cache
from importlib.metadata import version

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from surco_service.access import may
from surco_service.parts import Parts

WORKING, BROKEN, ABSENT = "ok", "unavailable", "none"


class Wrong(BaseModel):
    """One thing that is wrong: docs/reference/troubles.md. `since` is null for a moment ago."""

    code: str
    about: str
    since: str | None


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
                    "troubles": [
                        {"code": "node-late", "about": "n-1", "since": "2026-11-22T14:10:00+00:00"}
                    ],
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
    troubles: list[Wrong]


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
    seen = parts.look()
    states = {
        "readings": WORKING if seen.readings else BROKEN,
        "notebook": WORKING if seen.known else BROKEN,
        "mirror": ABSENT if parts.stores.mirror is None else parts.follow_up.mirror_state,
    }
    usable = states["readings"] == states["notebook"] == WORKING
    return Health(
        status=WORKING if usable else BROKEN,
        version=_version(),
        parts=states,
        quarantine=seen.quarantined if seen.known else None,
        quarantine_moved=seen.moved if seen.known else None,
        undated=seen.undated if seen.known else None,
        gateways={name: at.isoformat() if at else None for name, at in seen.gateways.items()}
        if seen.known
        else {},
        troubles=[
            Wrong(
                code=one.code, about=one.about, since=one.since.isoformat() if one.since else None
            )
            for one in seen.notices
        ],
    )


@cache
def _version() -> str:
    return version("surco")
