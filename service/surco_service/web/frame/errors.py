"""When something is wrong, a page that says so kindly; programs keep their problem+json."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from surco_service.access import refusal
from surco_service.errors import NotAllowed, NotFound, ServiceError, StoreUnavailable
from surco_service.parts import Parts
from surco_service.web.frame.site import page

Handler = Callable[[Request, Exception], Awaitable[Response]]
KINDS = (ServiceError, RequestValidationError, HTTPException, Exception)


def install(app: FastAPI, parts: Parts) -> None:
    """Answer browsers with pages; leave `/api` and whoever does not want HTML as they are."""
    for kind in KINDS:
        handler: Any = app.exception_handlers.get(kind)
        app.add_exception_handler(kind, _answer(parts, handler))


def _answer(parts: Parts, other: Handler) -> Handler:
    async def handler(request: Request, error: Exception) -> Response:
        wants_page = "text/html" in request.headers.get("accept", "")
        if request.url.path.startswith("/api/") or not wants_page:
            return await other(request, error)
        return page(parts, request, "error.html", status := _status(error), status=status)

    return handler


def _status(error: Exception) -> int:
    if isinstance(error, HTTPException):
        return error.status_code
    if isinstance(error, NotAllowed):
        return refusal(error).status
    if isinstance(error, NotFound | RequestValidationError):
        return 404
    return 503 if isinstance(error, StoreUnavailable) else 500
