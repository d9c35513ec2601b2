"""Behind the scenes: health, sensors without a place, quarantine, and the administrator's door."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from surco_contract.reasons import REASONS
from surco_service.domain.nodes import signs
from surco_service.domain.stewardship.garden import SUN, WEEK, Bed, Garden, common_timezone
from surco_service.domain.water.calibration import Calibration
from surco_service.domain.water.science.crops import CROPS
from surco_service.domain.water.science.soils import SOILS
from surco_service.errors import Conflict, Invalid, NotFound
from surco_service.parts import Parts
from surco_service.usecases.intake import quarantine
from surco_service.usecases.mirror import moisture
from surco_service.usecases.nodes import diagnosis, registry
from surco_service.usecases.people import sessions
from surco_service.usecases.people.access import SESSION_COOKIE, is_administrator
from surco_service.usecases.water import views
from surco_service.web.frame.site import go, page, read_number
from surco_service.web.nodes import words
from surco_service.web.nodes.repair import CARDS

Field = Annotated[str, Form(max_length=2000)]
SINCE_EVER = timedelta(days=3650)  # a calibration holds for what the probe said before, too


def router(parts: Parts) -> APIRouter:
    """Return the pages of whoever looks after the sensors."""
    routes = APIRouter(include_in_schema=False)
    _add_door(routes, parts)
    _add_looks(routes, parts)
    _add_quarantine(routes, parts)
    _add_registry(routes, parts)
    return routes


def require_administrator(parts: Parts, request: Request) -> None:
    if not is_administrator(parts.stores, request.cookies.get(SESSION_COOKIE), parts.clock()):
        raise HTTPException(401)


def _add_door(routes: APIRouter, parts: Parts) -> None:
    @routes.get("/entrar/{token}")
    def enter(request: Request, token: str) -> Response:
        session = sessions.enter(parts.stores, token, parts.clock())
        if session is None:
            raise HTTPException(401)
        answer = go("/sensores")
        answer.set_cookie(
            SESSION_COOKIE, session, max_age=int(sessions.SESSION_LIVES.total_seconds()),
            httponly=True, samesite="lax", secure=request.url.scheme == "https",
        )  # fmt: skip
        return answer


def _add_looks(routes: APIRouter, parts: Parts) -> None:
    @routes.get("/salud")
    def health(request: Request) -> HTMLResponse:
        now, nodes = parts.clock(), parts.stores.registry.nodes()
        gardens = _gardens_of_nodes(parts, now)
        return page(
            parts, request, "health.html", timezone=common_timezone(parts.stores.records.gardens()),
            nodes=[(node, views.is_live(node, now), gardens.get(node.id)) for node in nodes],
            signs=signs, says=words, gateways=parts.stores.gateways.all(),
            quarantined=parts.stores.ledger.quarantine_count(),
        )  # fmt: skip

    @routes.get("/sensores")
    def sensors(request: Request) -> HTMLResponse:
        return _sensors(parts, request, {})


def _gardens_of_nodes(parts: Parts, now: datetime) -> dict[str, Garden]:
    """Return in which garden each node hangs now."""
    gardens = {garden.id: garden for garden in parts.stores.records.gardens()}
    beds = {bed.id: gardens[bed.garden] for bed in parts.stores.records.beds()}
    here = [p for p in parts.stores.registry.placements() if p.holds(now)]
    return {p.node: beds[p.bed] for p in here if p.bed in beds}


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


def _add_quarantine(routes: APIRouter, parts: Parts) -> None:
    @routes.get("/cuarentena")
    def show(request: Request) -> HTMLResponse:
        require_administrator(parts, request)
        return page(
            parts, request, "quarantine.html",
            timezone=common_timezone(parts.stores.records.gardens()),
            messages=parts.stores.ledger.quarantine(50),
            count=parts.stores.ledger.quarantine_count(), reasons=REASONS,
        )  # fmt: skip

    @routes.post("/cuarentena/{number}/{what}")
    def act(request: Request, number: int, what: str) -> RedirectResponse:
        require_administrator(parts, request)
        if what == "reintentar":
            now = parts.clock()
            receipt = quarantine.retry(parts.stores, number, now)
            parts.follow_up.after(receipt, now)
        elif what == "descartar":
            quarantine.discard(parts.stores, number)
        else:
            raise HTTPException(404)
        return go("/cuarentena")


def _add_registry(routes: APIRouter, parts: Parts) -> None:
    @routes.post("/sensores/lugar")
    def place(
        request: Request, node: Field = "", channel: Field = "r1", probe: Field = "",
        bed: Field = "", depth_cm: Field = "15",
    ) -> Response:  # fmt: skip
        def save() -> None:
            depth = _number(depth_cm, "depth_m") / 100
            now = parts.clock()
            registry.place_probe(parts.stores, node, channel, probe, bed, depth, now)
            parts.follow_up.again(moisture.spans(parts.stores, now, probe=probe))

        return _saved(parts, request, "lugar", save)

    @routes.post("/sensores/calibrar")
    def calibrate(
        request: Request, probe: Field = "", dry_mv: Field = "", wet_mv: Field = ""
    ) -> Response:
        def save() -> None:
            soil = SOILS["mix"]  # dry in the hand, and full of water: the two ends of a usual bed
            registry.calibrate(parts.stores, Calibration(
                probe, _number(dry_mv, "dry_mv"), 0.05, _number(wet_mv, "wet_mv"),
                soil.field_capacity, parts.clock() - SINCE_EVER,
            ))  # fmt: skip
            parts.follow_up.again(moisture.spans(parts.stores, parts.clock(), probe=probe))

        return _saved(parts, request, "calibrar", save)

    @routes.post("/sensores/huerto")
    def garden(
        request: Request, id: Field = "", name: Field = "", can_litres: Field = "10",
        latitude: Field = "", longitude: Field = "", elevation_m: Field = "",
        cistern_litres: Field = "", roof_m2: Field = "",
        water_days: Annotated[list[str] | None, Form()] = None,
    ) -> Response:  # fmt: skip
        def save() -> None:
            known = {one.id: one for one in parts.stores.records.gardens()}.get(id) or Garden(
                id, name
            )
            above_sea_m = _maybe(elevation_m, "elevation_m")
            registry.save_garden(parts.stores, replace(
                known, name=name, can_litres=_number(can_litres, "can_litres"),
                latitude=_maybe(latitude, "latitude"), longitude=_maybe(longitude, "longitude"),
                elevation_m=known.elevation_m if above_sea_m is None else above_sea_m,
                water_days=",".join(water_days or []),
                cistern_litres=_maybe(cistern_litres, "cistern_litres"), roof_m2=_maybe(roof_m2, "roof_m2"),
            ))  # fmt: skip
            parts.follow_up.all_beds()

        return _saved(parts, request, "huerto", save)

    @routes.post("/sensores/cama")
    def bed(
        request: Request, id: Field = "", name: Field = "", garden: Field = "",
        area_m2: Field = "", crop: Field = "", soil: Field = "mix", planted: Field = "",
        depth_cm: Field = "", sun: Field = "full", container: Field = "", mulch: Field = "",
    ) -> Response:  # fmt: skip
        def save() -> None:
            depth_cm_ = _maybe(depth_cm, "depth_m")
            area = _number(area_m2, "area_m2")
            known = {one.id: one for one in parts.stores.records.beds()}.get(id) or Bed(
                id, garden, name, area
            )
            registry.save_bed(parts.stores, replace(
                known, garden=garden, name=name, area_m2=area, crop=crop or None,
                planted=_day(planted), soil=soil, sun=sun, container=bool(container),
                depth_m=None if depth_cm_ is None else depth_cm_ / 100, mulch=bool(mulch),
            ))  # fmt: skip
            parts.follow_up.again(moisture.spans(parts.stores, parts.clock(), bed=id))
            parts.events.publish(id)

        return _saved(parts, request, "cama", save)


def _maybe(text: str, field: str) -> float | None:
    return _number(text, field) if text.strip() else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid({"planted": "not-a-day"}) from None


def _number(text: str, field: str) -> float:
    number = read_number(text)
    if number is None:
        raise Invalid({field: "not-a-number"})
    return number


def _saved(parts: Parts, request: Request, form: str, save: Callable[[], None]) -> Response:
    """Save what a form says and go back; or show the form again with what is wrong."""
    require_administrator(parts, request)
    try:
        save()
    except Invalid as error:
        return _sensors(parts, request, error.fields, form)
    except (NotFound, Conflict):
        return _sensors(parts, request, {"bed": "unknown-bed"}, form)
    return go("/sensores?hecho=1")
