"""The administrator's door: a link that works once becomes a session, which can be seen and ended."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from surco_contract.credentials import token_hash
from surco_service.access import may
from surco_service.parts import Parts
from surco_service.usecases.people import sessions
from surco_service.usecases.people.access import SESSION_COOKIE
from surco_service.web.frame.site import go, page
from surco_service.web.people.words import DEVICES

Hash = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


def router(parts: Parts) -> APIRouter:
    """Return the door."""
    routes = APIRouter(include_in_schema=False)
    _add_door(routes, parts)
    _add_sessions(routes, parts)
    return routes


def _add_door(routes: APIRouter, parts: Parts) -> None:
    @routes.get("/entrar/{token}", dependencies=[may(parts, "come-in")])
    def enter(request: Request, token: str) -> Response:
        agent = request.headers.get("user-agent", "")
        session = sessions.enter(parts.stores, token, parts.clock(), agent)
        if session is None:
            raise HTTPException(401)
        answer = go("/sensores")
        answer.set_cookie(
            SESSION_COOKIE, session, max_age=int(sessions.SESSION_LIVES.total_seconds()),
            httponly=True, samesite="lax", secure=_is_secure(parts, request),
        )  # fmt: skip
        return answer


def _add_sessions(routes: APIRouter, parts: Parts) -> None:
    @routes.get("/sesiones", dependencies=[may(parts, "end-sessions")])
    def show(request: Request) -> HTMLResponse:
        mine = token_hash(request.cookies.get(SESSION_COOKIE, ""))
        now = parts.clock()
        return page(
            parts, request, "sessions.html", sessions=parts.stores.sessions.sessions(now), mine=mine,
            links=parts.stores.sessions.admin_links(now), devices=DEVICES,
        )  # fmt: skip

    @routes.post("/sesiones/{id}/terminar", dependencies=[may(parts, "end-sessions")])
    def end(id: Hash) -> Response:
        parts.stores.sessions.end_session(id)
        return go("/sesiones")

    @routes.post("/sesiones/terminar", dependencies=[may(parts, "end-sessions")])
    def end_others(request: Request) -> Response:
        sessions.end_others(parts.stores, request.cookies.get(SESSION_COOKIE, ""), parts.clock())
        return go("/sesiones")

    @routes.post("/salir", dependencies=[may(parts, "end-sessions")])
    def leave(request: Request) -> Response:
        parts.stores.sessions.end_session(token_hash(request.cookies.get(SESSION_COOKIE, "")))
        answer = go("/")
        answer.delete_cookie(SESSION_COOKIE)
        return answer


def _is_secure(parts: Parts, request: Request) -> bool:
    """Tell whether people come by HTTPS: before a proxy that ends it, only the setting knows."""
    public_url = parts.settings.public_url or ""
    return public_url.lower().startswith("https:") or request.url.scheme == "https"
