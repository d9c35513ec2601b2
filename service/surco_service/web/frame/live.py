"""What keeps open pages fresh, the files they load, and the choice of language."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol, cast
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from surco_service.access import may
from surco_service.parts import Parts
from surco_service.web.frame.site import LANGUAGES, go, remember, static_files

PULSE_S = 15.0  # a comment so that a dead connection is noticed
CALM_S = 0.3  # many beds change at once; one message is enough
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class _Listener(Protocol):
    async def changed(self, timeout_s: float) -> set[str]: ...


class _Listening(Protocol):
    ended: bool

    def listen(self) -> AbstractAsyncContextManager[_Listener]: ...


def router(parts: Parts) -> APIRouter:
    """Return the stream of changes, the static files and the language door."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/eventos", dependencies=[may(parts, "look-at-gardens")])
    async def events() -> StreamingResponse:
        stream = _stream(cast(_Listening, parts.events))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    @routes.get("/static/{name}", dependencies=[may(parts, "load-the-site")])
    def static(request: Request, name: str) -> Response:
        if name not in static_files():
            raise HTTPException(404)
        data, mark = static_files()[name]
        age = "max-age=31536000, immutable" if request.query_params.get("v") else "no-cache"
        headers = {"ETag": f'"{mark}"', "Cache-Control": age}
        if request.headers.get("if-none-match") == f'"{mark}"':
            return Response(status_code=304, headers=headers)
        kind = next(kind for end, kind in KINDS.items() if name.endswith(end))
        return Response(data, media_type=kind, headers=headers)

    @routes.get("/idioma", dependencies=[may(parts, "load-the-site")])
    def language(request: Request, a: str = "es") -> RedirectResponse:
        answer = go(_here(request.headers.get("referer", "")))
        if a in LANGUAGES:
            remember(answer, a)
        return answer

    return routes


def _here(url: str) -> str:
    """Return the path of an address, so that it leads nowhere else: `//elsewhere` is another site."""
    try:
        return "/" + urlsplit(url).path.lstrip("/\\")
    except ValueError:
        return "/"


async def _stream(events: _Listening) -> AsyncIterator[str]:
    async with events.listen() as listener:
        yield "retry: 3000\n\n"
        while not events.ended:
            beds = await listener.changed(PULSE_S)
            yield f"data: {' '.join(sorted(beds))}\n\n" if beds else ": still here\n\n"
            await asyncio.sleep(CALM_S)
