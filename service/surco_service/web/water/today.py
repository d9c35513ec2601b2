"""The gardens at a glance, and one garden today."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from surco_service.access import may
from surco_service.domain.stewardship.garden import Garden, common_timezone
from surco_service.domain.water.root_zone import crop_of
from surco_service.domain.water.science.weather import WeatherDay
from surco_service.parts import Parts
from surco_service.usecases.water import views
from surco_service.usecases.water.weather import cistern_litres
from surco_service.web.frame.charts import CARD, draw
from surco_service.web.frame.site import page


def router(parts: Parts) -> APIRouter:
    """Return the pages of the gardens."""
    routes = APIRouter(include_in_schema=False, dependencies=[may(parts, "look-at-gardens")])

    @routes.get("/")
    def gardens(request: Request) -> HTMLResponse:
        now = parts.clock()
        found = sorted(views.gardens_today(parts.stores, now), key=_urgency)
        return page(
            parts, request, "gardens.html",
            timezone=common_timezone(view.garden for view in found), gardens=found,
            totals=views.totals(parts.stores, now), status_of=garden_status,
        )  # fmt: skip

    @routes.get("/huerto/{garden}")
    def garden(request: Request, garden: str, hecho: str = "") -> HTMLResponse:
        now = parts.clock()
        view = views.garden_today(parts.stores, garden, now)
        beds = [one.bed for one in view.beds]
        curves = views.bed_curves(parts.stores, beds, now)
        return page(
            parts, request, "garden.html", timezone=view.garden.timezone, view=view,
            drawn={bed.id: draw(curves[bed.id], CARD, 1 - crop_of(bed).p) for bed in beds}, curves=curves,
            **_weather(parts, view.garden, now),
            done=next((b.last_watering for b in view.beds
                       if b.last_watering and b.last_watering.id == hecho), None),
        )  # fmt: skip

    return routes


def _weather(parts: Parts, garden: Garden, now: datetime) -> dict[str, object]:
    """Return yesterday's, today's and tomorrow's weather, as far as it is known."""
    today = now.astimezone(ZoneInfo(garden.timezone)).date()
    days = parts.stores.diary.weather(
        garden.id, today - timedelta(days=1), today + timedelta(days=1)
    )
    cistern = cistern_litres(parts.stores, garden, now)
    return {
        "weather": days,
        "cistern": cistern,
        "from_api": any(_from_api(day) for day in days),
    }


def _from_api(day: WeatherDay) -> bool:
    """Tell whether anything that the page says of a day was told by the weather service."""
    told = (day.temp_min_c, day.temp_max_c, day.rain_chance)
    return day.rain_source == "api" or any(value is not None for value in told)


def garden_status(view: views.GardenView) -> str:
    """Return what a garden as a whole needs: that of its most urgent bed."""
    return view.beds[0].advice.status if view.beds else "unknown"


def _urgency(view: views.GardenView) -> tuple[int, str]:
    return views.ORDER.index(garden_status(view)), view.garden.name
