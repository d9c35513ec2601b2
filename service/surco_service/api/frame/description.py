"""GET /api/v1/openapi.json: the API describes itself."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from surco_service.access import may
from surco_service.parts import Parts


def router(parts: Parts) -> APIRouter:
    """Return the route of the description; FastAPI's own would have no rule."""
    routes = APIRouter(include_in_schema=False, dependencies=[may(parts, "load-the-site")])

    @routes.get("/api/v1/openapi.json")
    def describe(request: Request) -> JSONResponse:
        return JSONResponse(request.app.openapi())

    return routes
