"""Behind the scenes: where each sensor is, and what their probes have learnt."""

from collections.abc import Callable
from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from surco_service.access import may
from surco_service.domain.stewardship.garden import SUN, WEEK
from surco_service.domain.water.calibration import Calibration
from surco_service.domain.water.science.crops import CROPS
from surco_service.domain.water.science.soils import SOILS
from surco_service.errors import Conflict, Invalid, NotFound
from surco_service.parts import Parts
from surco_service.usecases.mirror import moisture
from surco_service.usecases.nodes import diagnosis, registry
from surco_service.usecases.water import views
from surco_service.web.frame.forms import Field, number
from surco_service.web.frame.site import go, page
from surco_service.web.nodes.repair import CARDS

SINCE_EVER = timedelta(days=3650)  # a calibration holds for what the probe said before, too


def router(parts: Parts) -> APIRouter:
    """Return the pages of whoever looks after the sensors."""
    routes = APIRouter(include_in_schema=False)
    _add_looks(routes, parts)
    _add_forms(routes, parts)
    return routes


def _add_looks(routes: APIRouter, parts: Parts) -> None:
    @routes.get("/sensores", dependencies=[may(parts, "look-at-sensors")])
    def sensors(request: Request) -> HTMLResponse:
        return _sensors(parts, request, {})


def _sensors(parts: Parts, request: Request, wrong: dict[str, str], form: str = "") -> HTMLResponse:
    now = parts.clock()
    placed = {p.node: p for p in parts.stores.registry.placements() if p.holds(now)}
    calibrated = views.probes_with_scale(parts.stores, now)
    return page(
        parts, request, "sensors.html", 422 if wrong else 200, wrong=wrong, form=form,
        nodes=parts.stores.registry.nodes(), placed=placed, calibrated=calibrated,
        patients=diagnosis.diagnose(parts.stores, now),
        cards=CARDS, probes=parts.stores.registry.probes(), beds=parts.stores.records.beds(),
        gardens=parts.stores.records.gardens(), crops=list(CROPS), soils=SOILS.values(), suns=SUN, week=WEEK,
    )  # fmt: skip


def _add_forms(routes: APIRouter, parts: Parts) -> None:
    @routes.post("/sensores/lugar", dependencies=[may(parts, "place-probes")])
    def place(
        request: Request, node: Field = "", channel: Field = "r1", probe: Field = "",
        bed: Field = "", depth_cm: Field = "15",
    ) -> Response:  # fmt: skip
        def save() -> None:
            depth = number(depth_cm, "depth_m") / 100
            now = parts.clock()
            registry.place_probe(parts.stores, node, channel, probe, bed, depth, now)
            parts.follow_up.again(moisture.spans(parts.stores, now, probe=probe))

        return saved(parts, request, "lugar", save)

    @routes.post("/sensores/calibrar", dependencies=[may(parts, "calibrate-probes")])
    def calibrate(
        request: Request, probe: Field = "", dry_mv: Field = "", wet_mv: Field = ""
    ) -> Response:
        def save() -> None:
            soil = SOILS["mix"]  # dry in the hand, and full of water: the two ends of a usual bed
            registry.calibrate(parts.stores, Calibration(
                probe, number(dry_mv, "dry_mv"), 0.05, number(wet_mv, "wet_mv"),
                soil.field_capacity, parts.clock() - SINCE_EVER,
            ))  # fmt: skip
            parts.follow_up.again(moisture.spans(parts.stores, parts.clock(), probe=probe))

        return saved(parts, request, "calibrar", save)


def saved(parts: Parts, request: Request, form: str, save: Callable[[], None]) -> Response:
    """Save what a form says and go back; or show the form again with what is wrong."""
    try:
        save()
    except Invalid as error:
        return _sensors(parts, request, error.fields, form)
    except (NotFound, Conflict):
        return _sensors(parts, request, {"bed": "unknown-bed"}, form)
    return go("/sensores?hecho=1")
