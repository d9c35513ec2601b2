"""Who may call a route: every route has one rule, those of the API and the pages alike.

    @routes.get("/cuarentena", dependencies=[may(parts, "look-at-quarantine")])

A router whose routes all do the same has the rule itself: `APIRouter(dependencies=[may(…)])`.
The actions, and who may do them, are a table: domain/people/access.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from surco_service.domain.people.access import ANONYMOUS, Actor, authorize, is_public, speak_for
from surco_service.errors import NotAllowed
from surco_service.parts import Parts
from surco_service.usecases.people.access import SESSION_COOKIE, who_asks


def may(parts: Parts, action: str) -> Any:
    """Return the rule of a route, a dependency: only who may do this action comes in."""
    return Depends(Rule(parts, action))


class Rule:
    """Finds out who asks, and lets pass who may; returns who it is."""

    def __init__(self, parts: Parts, action: str) -> None:
        self._parts, self.action = parts, action

    async def __call__(self, request: Request) -> Actor:
        """Raise `NotAllowed`, before anything of the route has run."""
        actor = ANONYMOUS if is_public(self.action) else await self._who(request)
        authorize(actor, self.action, request.path_params.get("garden"))
        gateway = request.path_params.get("gateway")
        if gateway is not None:
            speak_for(actor, gateway)
        return actor

    async def _who(self, request: Request) -> Actor:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        shown = token.strip() if scheme.lower() == "bearer" else None
        session = request.cookies.get(SESSION_COOKIE)
        return await run_in_threadpool(
            who_asks, self._parts.stores, shown, session, self._parts.clock()
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a refusal is answered; without words, those of the error."""

    status: int
    words: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


REFUSALS: dict[str, Refusal] = {  # by the code of `NotAllowed`
    "needs-gateway": Refusal(
        401,
        "Send the token that this gateway was given: Authorization: Bearer <token>.",
        {"WWW-Authenticate": 'Bearer realm="surco"'},
    ),
    "needs-administrator": Refusal(
        401, "Open the administrator link first: surco admin-link prints one."
    ),
    "another-gateway": Refusal(403),
    "nobody": Refusal(403),
}


def refusal(error: NotAllowed) -> Refusal:
    """Return how to answer who may not."""
    found = REFUSALS.get(error.code, Refusal(403))
    return found if found.words else Refusal(found.status, str(error), found.headers)
