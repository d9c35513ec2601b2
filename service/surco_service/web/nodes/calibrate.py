"""Two points of a probe, guided: in dry soil, then in soil that was soaked the day before."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from surco_service.access import may
from surco_service.domain.nodes.node import Placement
from surco_service.domain.water.calibration import Calibration
from surco_service.domain.water.root_zone import soil_of
from surco_service.errors import Invalid, NotFound, StoreUnavailable
from surco_service.parts import Parts
from surco_service.usecases.mirror import moisture
from surco_service.usecases.nodes import registry
from surco_service.web.frame.forms import maybe, number
from surco_service.web.frame.site import go, page

RECENT = timedelta(minutes=90)
SINCE_EVER = timedelta(days=3650)
Field = Annotated[str, Form(max_length=40)]


def router(parts: Parts) -> APIRouter:
    """Return the page that guides through a calibration."""
    routes = APIRouter(include_in_schema=False, dependencies=[may(parts, "calibrate-probes")])

    def show(
        request: Request, probe: str, dry: float | None, wrong: dict[str, str]
    ) -> HTMLResponse:
        mv, age_s = _now(parts, _placement(parts, probe))
        return page(
            parts, request, "calibrate.html", 422 if wrong else 200, probe=probe, mv=mv,
            age_s=age_s, dry=dry, wrong=wrong,
        )  # fmt: skip

    @routes.get("/sensores/calibrar/{probe}")
    def guide(request: Request, probe: str, dry: str = "") -> HTMLResponse:
        try:
            return show(request, probe, maybe(dry, "dry_mv"), {})
        except Invalid as error:
            return show(request, probe, None, error.fields)

    @routes.post("/sensores/calibrar/{probe}")
    def save(request: Request, probe: str, dry: Field = "", wet: Field = "") -> Response:
        placement, now = _placement(parts, probe), parts.clock()
        soil = soil_of(parts.stores.records.bed(placement.bed))
        dry_mv = None
        try:
            dry_mv = number(dry, "dry_mv")
            wet_mv = number(wet, "wet_mv")
            registry.calibrate(parts.stores, Calibration(
                probe, dry_mv, soil.wilting_point / 2, wet_mv, soil.field_capacity, now - SINCE_EVER,
            ))  # fmt: skip
        except Invalid as error:
            return show(request, probe, dry_mv, error.fields)
        parts.follow_up.again(moisture.spans(parts.stores, now, probe=probe))
        return go("/sensores?hecho=1")

    return routes


def _placement(parts: Parts, probe: str) -> Placement:
    now = parts.clock()
    here = [p for p in parts.stores.registry.placements() if p.probe == probe and p.holds(now)]
    if not here:
        raise NotFound(f"probe {probe!r} is in no bed")
    return here[-1]


def _now(parts: Parts, placement: Placement) -> tuple[float | None, float]:
    """Return what a probe says now in mV, and how old that is in seconds; None when it is silent."""
    now = parts.clock()
    try:
        reading = parts.stores.readings.latest([placement.node]).get(placement.node)
    except StoreUnavailable:
        return None, 0.0
    if reading is None or reading.t < placement.since.timestamp():
        return None, 0.0
    age = now - datetime.fromtimestamp(reading.t, UTC)
    return (reading.values.get(placement.channel) if age < RECENT else None), age.total_seconds()
