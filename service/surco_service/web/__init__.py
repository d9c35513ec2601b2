"""The pages: for volunteers on a phone, for a fair on a big screen, for a workshop."""

from collections.abc import Callable

from fastapi import APIRouter

from surco_service.parts import Parts
from surco_service.web.frame import codes, live
from surco_service.web.intake import mule, quarantine
from surco_service.web.nodes import calibrate, health, sensors
from surco_service.web.people import door
from surco_service.web.shows import screen, workshop
from surco_service.web.stewardship import beds, gardens
from surco_service.web.water import rain, soil, today, why

ROUTERS: tuple[Callable[[Parts], APIRouter], ...] = (
    live.router,
    today.router,
    beds.router,
    why.router,
    rain.router,
    soil.router,
    screen.router,
    workshop.router,
    door.router,
    health.router,
    sensors.router,
    calibrate.router,
    gardens.router,
    quarantine.router,
    mule.router,
    codes.router,
)
