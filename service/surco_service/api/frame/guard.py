"""What holds for every request: size, origin, and the headers that keep a browser out of harm.

Plain ASGI, because Starlette's own middleware class costs more than the routes behind it.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from surco_service.api.frame.problems import problem

LARGEST_BODY = 64 * 1024
LARGEST_BODIES: dict[str, int] = {
    "/api/v1/deliveries": 4 * 1024 * 1024,
    "/cargar": 3 * 1024 * 1024,  # files that a phone brings from boxes
}
_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

HEADERS: dict[str, str] = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guard:
    """Refuses what is no address, too large or from another site; adds the headers to answers."""

    def __init__(self, app: ASGIApp, public_url: str | None = None) -> None:
        self._app = app
        self._public = urlsplit(public_url or "")
        self._headers = dict(HEADERS)
        if self._public.scheme == "https":
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        guarded = _with_headers(send, self._headers)
        unclear = _unclear(scope["path"], headers)
        limit = LARGEST_BODIES.get(scope["path"], LARGEST_BODY)
        if unclear:
            await problem(400, unclear)(scope, receive, guarded)
        elif scope["method"] not in _SAFE and self._from_elsewhere(headers):
            words = "A page of another site sent this; open Surco's own page and do it there."
            await problem(403, words)(scope, receive, guarded)
        elif _announced(headers) > limit:
            answer = await _refusal(scope, HTTPException(413, _too_large(limit)))
            await answer(scope, receive, guarded)
        else:
            await self._app(scope, _limited(receive, limit), guarded)

    def _from_elsewhere(self, headers: Headers) -> bool:
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None:
            return site not in ("same-origin", "none")
        if origin is None:
            return False  # not a browser
        try:
            netloc = urlsplit(origin).netloc
        except ValueError:
            return True
        return netloc not in (headers.get("host"), self._public.netloc or None)


def _unclear(path: str, headers: Headers) -> str:
    """Return what no route should have to read in an address; empty when it is one."""
    host = headers.get("host")
    if host is not None and not _HOST.match(host):
        return "The Host of this request is no name of a machine."
    return "The address has characters that cannot be seen." if _CONTROL.search(path) else ""


async def _refusal(scope: Scope, error: HTTPException) -> Response:
    """Refuse as the application does: a browser gets a page."""
    handlers = scope["app"].exception_handlers
    return await handlers[HTTPException](Request(scope), error)


def _announced(headers: Headers) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isdecimal() else 0


def _too_large(limit: int) -> str:
    return f"At most {limit} bytes; send it in smaller parts."


def _limited(receive: Receive, limit: int) -> Receive:
    """Stop a body that grows beyond the limit without having announced it."""
    size = 0

    async def limited() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise HTTPException(413, _too_large(limit))
        return message

    return limited


def _with_headers(send: Send, headers: Mapping[str, str]) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = MutableHeaders(scope=message)
            for name, value in headers.items():
                present.setdefault(name, value)
        await send(message)

    return guarded
