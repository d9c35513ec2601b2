"""The administrator's door: a link that works once becomes a session."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from surco_service.access import may
from surco_service.parts import Parts
from surco_service.usecases.people import sessions
from surco_service.usecases.people.access import SESSION_COOKIE
from surco_service.web.frame.site import go


def router(parts: Parts) -> APIRouter:
    """Return the door."""
    routes = APIRouter(include_in_schema=False, dependencies=[may(parts, "come-in")])

    @routes.get("/entrar/{token}")
    def enter(request: Request, token: str) -> Response:
        session = sessions.enter(parts.stores, token, parts.clock())
        if session is None:
            raise HTTPException(401)
        answer = go("/sensores")
        answer.set_cookie(
            SESSION_COOKIE, session, max_age=int(sessions.SESSION_LIVES.total_seconds()),
            httponly=True, samesite="lax", secure=request.url.scheme == "https",
        )  # fmt: skip
        return answer

    return routes
