"""Puts the parts of the service together; knows all of them, and nothing of settings files."""

import random
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from surco_service.api.frame import description, health, metrics, problems
from surco_service.api.frame.guard import Guard
from surco_service.api.intake import commands, deliveries, quarantine, readings, reports
from surco_service.api.nodes import claims, firmware
from surco_service.api.stewardship import gardens
from surco_service.parts import Parts
from surco_service.usecases.water.weather import Source
from surco_service.watcher import Watcher
from surco_service.web import ROUTERS as PAGES
from surco_service.web.frame import errors as error_pages
from surco_service.worker import Worker

__all__ = ["Parts", "create_app"]

SMALL_BYTES = 1000  # an answer up to this size travels as it is

ROUTERS: tuple[Callable[[Parts], APIRouter], ...] = (
    deliveries.router,
    commands.router,
    reports.router,
    claims.router,
    firmware.router,
    quarantine.router,
    readings.router,
    gardens.router,
    health.router,
    metrics.router,
    description.router,
    *PAGES,
)


def _ask_the_weather(parts: Parts) -> Source:
    """Open the weather service; httpx is heavy, and many gardens never ask."""
    from surco_service.adapters.weather.open_meteo import OpenMeteo

    return OpenMeteo(parts.settings.weather_url)


def create_app(parts: Parts) -> FastAPI:
    """Return the whole service as one ASGI application."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        worker, watcher = Worker(parts), Watcher(parts, _ask_the_weather, spread=random.random)
        worker.start()
        watcher.start()
        yield
        watcher.stop()
        worker.stop()

    app = FastAPI(
        title="Surco",
        summary="Readings in, watering advice out.",
        version="1",
        lifespan=lifespan,
        openapi_url=None,  # a route of ours, with a rule: api/frame/description.py
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
    )
    problems.install(app)
    error_pages.install(app, parts)
    app.add_middleware(Guard, public_url=parts.settings.public_url)
    app.add_middleware(GZipMiddleware, minimum_size=SMALL_BYTES)  # never the stream of changes
    for router in ROUTERS:
        app.include_router(router(parts))
    return app
