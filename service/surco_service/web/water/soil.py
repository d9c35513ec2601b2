"""Which soil is it? Three questions to a handful of it, and the soil of the bed form to choose."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from surco_service.access import may
from surco_service.domain.water.science.soil_water import total_available_mm
from surco_service.domain.water.science.soils import SOILS
from surco_service.domain.water.soil_by_hand import by_hand
from surco_service.parts import Parts
from surco_service.web.frame.reasons import N_
from surco_service.web.frame.site import page

DEPTH_M = 0.3  # what the answer says the soil keeps for the plants

BALLS = {"yes": N_("It makes a ball"), "no": N_("It falls apart")}
RIBBONS = {
    "none": N_("No ribbon"), "short": N_("Less than 2.5 cm"), "medium": N_("2.5 to 5 cm"),
    "long": N_("5 cm or more"),
}  # fmt: skip
FEELS = {
    "gritty": N_("Gritty, like sugar"), "smooth": N_("Smooth, like flour"),
    "even": N_("Neither of them"),
}  # fmt: skip


def router(parts: Parts) -> APIRouter:
    """Return the page that names a soil."""
    routes = APIRouter(include_in_schema=False, dependencies=[may(parts, "look-at-gardens")])

    @routes.get("/suelo")
    def ask(request: Request, ball: str = "", ribbon: str = "", feel: str = "") -> HTMLResponse:
        found = by_hand(ball == "yes", ribbon, feel) if ball in BALLS else None
        soil = SOILS[found] if found else None
        return page(
            parts, request, "soil.html", soil=soil, mix=SOILS["mix"],
            litres=soil and total_available_mm(soil.field_capacity, soil.wilting_point, DEPTH_M),
            questions={"ball": BALLS, "ribbon": RIBBONS, "feel": FEELS},
            chosen={"ball": ball, "ribbon": ribbon, "feel": feel},
        )  # fmt: skip

    return routes
