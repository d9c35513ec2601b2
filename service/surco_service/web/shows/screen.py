"""The fair screen: large, calm, and never an error."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from surco_service.access import may
from surco_service.domain.stewardship.garden import common_timezone
from surco_service.parts import Parts
from surco_service.usecases.water import views
from surco_service.web.frame.codes import qr_path
from surco_service.web.frame.site import page

SHOWN = 5  # beds at a time; they turn with the minute


def router(parts: Parts) -> APIRouter:
    """Return the fair screen."""
    routes = APIRouter(include_in_schema=False, dependencies=[may(parts, "look-at-gardens")])

    @routes.get("/pantalla")
    def programme(request: Request) -> HTMLResponse:
        return show(request, views.gardens_today(parts.stores, parts.clock()))

    @routes.get("/pantalla/{garden}")
    def garden(request: Request, garden: str) -> HTMLResponse:
        return show(request, [views.garden_today(parts.stores, garden, parts.clock())])

    def show(request: Request, gardens: list[views.GardenView]) -> HTMLResponse:
        now = parts.clock()
        beds = [bed for view in gardens for bed in view.beds]
        turn = int(now.timestamp()) // 15
        name = gardens[0].garden.name if len(gardens) == 1 else None
        where = f"/huerto/{gardens[0].garden.id}" if name else "/"
        base = parts.settings.public_url or str(request.base_url)
        return page(
            parts, request, "screen.html",
            timezone=common_timezone(view.garden for view in gardens), name=name, beds=turning(beds, turn),
            waiting=[b for b in beds if b.advice.status == "water"], turn=turn,
            litres=sum(view.litres for view in gardens),
            age_s=min((b.age_s for b in beds if b.age_s is not None), default=None),
            totals=views.totals(parts.stores, now), qr=qr_path(base.rstrip("/") + where),
        )  # fmt: skip

    return routes


def turning(beds: list[views.BedView], turn: int) -> list[views.BedView]:
    """Return the beds whose turn it is; every bed is seen after a few turns."""
    if len(beds) <= SHOWN:
        return beds
    start = turn * SHOWN % len(beds)
    return (beds + beds)[start : start + SHOWN]
