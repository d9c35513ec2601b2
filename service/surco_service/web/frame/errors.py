"""When something is wrong, a page that says so kindly; programs keep their problem+json."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from surco_service.access import refusal
from surco_service.errors import NotAllowed, ServiceError, StoreUnavailable
from surco_service.parts import Parts
from surco_service.statuses import status_of
from surco_service.web.frame.site import page

Handler = Callable[[Request, Exception], Awaitable[Response]]
KINDS = (ServiceError, RequestValidationError, HTTPException, Exception)


LOST = ("notebook-damaged", "notebook-gone")  # somebody has to put a copy back


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
        return page(
            parts, request, "error.html", status := _status(error), status=status,
            lost=isinstance(error, StoreUnavailable) and error.code in LOST, copy=_copy(error),
        )  # fmt: skip

    return handler


def _copy(error: Exception) -> datetime | None:
    """Return of when the newest copy of a lost notebook is."""
    made = str(error.values.get("backup_at", "")) if isinstance(error, ServiceError) else ""
    return datetime.fromisoformat(made) if made else None


def _status(error: Exception) -> int:
    if isinstance(error, HTTPException):
        return error.status_code
    if isinstance(error, NotAllowed):
        return refusal(error).status
    if isinstance(error, RequestValidationError):  # an address that is none, or a field
        return 422 if any(one["loc"][0] == "body" for one in error.errors()) else 404
    return status_of(error)
