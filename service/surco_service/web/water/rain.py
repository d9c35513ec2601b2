"""The rain that somebody read in a jar: a garden's own eyes win over any weather service."""

from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from surco_service.access import may
from surco_service.errors import Invalid
from surco_service.parts import Parts
from surco_service.usecases.water.weather import note_rain
from surco_service.web.frame.forms import number
from surco_service.web.frame.site import go, page

DAYS = 3  # today and before, to choose from
Field = Annotated[str, Form(max_length=200)]


def router(parts: Parts) -> APIRouter:
    """Return the page where rain is noted."""
    routes = APIRouter(include_in_schema=False, dependencies=[may(parts, "note-rain")])

    def form(
        request: Request, garden_id: str, value: str, day: str, wrong: dict[str, str]
    ) -> HTMLResponse:
        garden = parts.stores.records.garden(garden_id)
        today = parts.clock().astimezone(ZoneInfo(garden.timezone)).date()
        days = [today - timedelta(days=back) for back in range(DAYS)]
        chosen = next((one for one in days if one.isoformat() == day), today)
        return page(
            parts, request, "rain.html", 422 if wrong else 200, timezone=garden.timezone,
            garden=garden, value=value,
            days=days, chosen=chosen, wrong=wrong,
        )  # fmt: skip

    @routes.get("/huerto/{garden}/lluvia")
    def ask(request: Request, garden: str) -> HTMLResponse:
        return form(request, garden, "", "", {})

    @routes.post("/huerto/{garden}/lluvia")
    def note(request: Request, garden: str, rain_mm: Field = "", day: Field = "") -> Response:
        try:
            when = date.fromisoformat(day)
        except ValueError:
            return form(request, garden, rain_mm, day, {"day": "too-long-ago"})
        try:
            note_rain(parts.stores, garden, number(rain_mm, "rain_mm"), when, parts.clock())
        except Invalid as error:
            return form(request, garden, rain_mm, day, error.fields)
        parts.follow_up.all_beds()
        return go(f"/huerto/{garden}")

    return routes
