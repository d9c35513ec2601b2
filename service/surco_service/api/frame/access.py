"""How a request shows who sends it: a gateway's bearer token, or the administrator's session."""

from fastapi import HTTPException, Request
from starlette.concurrency import run_in_threadpool

from surco_service.parts import Parts
from surco_service.usecases.people.access import SESSION_COOKIE, gateway_of, is_administrator

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="surco"'}


async def gateway_that_asks(parts: Parts, request: Request) -> str:
    """Return the gateway whose token a request carries. Answers 401."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    found = None
    if scheme.lower() == "bearer":
        found = await run_in_threadpool(gateway_of, parts.stores, token.strip())
    if found is None:
        words = "Send the token that this gateway was given: Authorization: Bearer <token>."
        raise HTTPException(401, words, _CHALLENGE)
    return found


def require_same(gateway: str, name: str) -> None:
    """Let a gateway speak only for itself. Answers 403."""
    if gateway != name:
        raise HTTPException(403, f"This token was issued to {gateway}, not to {name}.")


def require_administrator(parts: Parts, request: Request) -> None:
    """Let only the administrator pass. Answers 401."""
    cookie = request.cookies.get(SESSION_COOKIE)
    if not is_administrator(parts.stores, cookie, parts.clock()):
        raise HTTPException(401, "Open the administrator link first: surco admin-link prints one.")
