"""Every error of the API is `application/problem+json` (RFC 9457), and says what to do next."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from surco_service.access import refusal
from surco_service.errors import Invalid, NotAllowed, ServiceError
from surco_service.statuses import status_of

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = "5"

TITLES: dict[int, str] = {
    400: "This request cannot be read",
    401: "A token or session is needed",
    403: "This is not yours to do",
    404: "There is no such thing",
    405: "This cannot be done here",
    409: "This contradicts what is recorded",
    413: "This is too large",
    422: "Some fields are wrong",
    500: "Something broke in the service",
    503: "A database does not answer",
}


class FieldError(BaseModel):
    field: str
    detail: str


class Problem(BaseModel):
    """What every error of the API looks like."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": TITLES[422],
                    "status": 422,
                    "detail": "litres: at most 2000",
                    "errors": [{"field": "litres", "detail": "at most 2000"}],
                }
            ]
        }
    )
    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] = []


def problem(
    status: int,
    detail: str = "",
    errors: Sequence[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with an error."""
    body = {
        "type": "about:blank",
        "title": TITLES.get(status, "This did not work"),
        "status": status,
        "detail": detail,
        "errors": [{"field": field, "detail": words} for field, words in errors],
    }
    text = json.dumps(body)  # ASCII: half a character that somebody sent does not break the answer
    return Response(text, status, dict(headers or {}), MEDIA_TYPE)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declare for OpenAPI which errors a route answers with."""
    return {status: _declared(status) for status in statuses}


def _declared(status: int) -> dict[str, Any]:
    example: dict[str, Any] = {"type": "about:blank", "title": TITLES[status], "status": status,
                               "detail": "…", "errors": []}  # fmt: skip
    return {
        "description": TITLES[status],
        "content": {
            MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
        },
    }


def install(app: FastAPI) -> None:
    """Make every error that leaves a route a problem, and describe problems in OpenAPI."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        document = described()
        for operations in document["paths"].values():
            for operation in operations.values():  # the guard's answer, the same for every route
                operation["responses"].setdefault("400", _declared(400))
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        parts = schema.pop("$defs")
        document["components"]["schemas"].update(parts | {"Problem": schema})
        return document

    app.openapi = openapi
    app.add_exception_handler(ServiceError, _service_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _broken)


async def _service_error(request: Request, error: Exception) -> Response:
    if isinstance(error, NotAllowed):
        said = refusal(error)
        return problem(said.status, said.words, headers=said.headers)
    status = status_of(error)
    fields = list(error.fields.items()) if isinstance(error, Invalid) else []
    headers = {"Retry-After": RETRY_AFTER_S} if status == 503 else None
    if status >= 500:
        log.error("answered status=%d path=%s error=%s", status, request.url.path, error)
    return problem(status, str(error), fields, headers)


async def _invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = [
        (".".join(str(part) for part in one["loc"][1:]) or str(one["loc"][0]), str(one["msg"]))
        for one in error.errors()
    ]
    return problem(422, "; ".join(f"{field}: {words}" for field, words in fields), fields)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, str(error.detail), headers=error.headers)


async def _broken(request: Request, error: Exception) -> Response:
    return problem(500, "This is a fault of the service; its log says more.")
