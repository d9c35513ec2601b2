"""The pages: for volunteers on a phone, for a fair on a big screen, for a workshop."""

from collections.abc import Callable

from fastapi import APIRouter

from surco_service.parts import Parts
from surco_service.web import (
    beds,
    calibrate,
    carry,
    codes,
    live,
    manage,
    rain,
    screen,
    today,
    why,
    workshop,
)

ROUTERS: tuple[Callable[[Parts], APIRouter], ...] = (
    live.router,
    today.router,
    beds.router,
    why.router,
    rain.router,
    screen.router,
    workshop.router,
    manage.router,
    calibrate.router,
    carry.router,
    codes.router,
)
