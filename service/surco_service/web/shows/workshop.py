"""The workshop: one sensor, a big number, and its last hour."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from surco_service.access import may
from surco_service.domain.stewardship.garden import TIMEZONE
from surco_service.parts import Parts
from surco_service.usecases.water import views
from surco_service.web.frame.charts import LIVE, draw
from surco_service.web.frame.site import page


def router(parts: Parts) -> APIRouter:
    """Return the workshop's pages."""
    routes = APIRouter(include_in_schema=False, dependencies=[may(parts, "look-at-readings")])

    @routes.get("/taller")
    def choose(request: Request) -> HTMLResponse:
        now = parts.clock()
        nodes = parts.stores.registry.nodes()
        return page(
            parts, request, "workshop.html",
            nodes=[(node, views.is_live(node, now)) for node in nodes],
        )  # fmt: skip

    @routes.get("/taller/{node}")
    def live(request: Request, node: str) -> HTMLResponse:
        found = views.node_live(parts.stores, node, parts.clock())
        garden = parts.stores.records.garden(found.bed.garden) if found.bed else None
        return page(
            parts, request, "live.html", timezone=garden.timezone if garden else TIMEZONE,
            live=found, drawing=draw(found.curve, LIVE),
            simulated=node.startswith("sim-") or node.startswith("demo-"),
        )  # fmt: skip

    return routes
