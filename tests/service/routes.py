"""A walk over every route of the service, and the actions of their rules."""

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import FastAPI

from surco_service.access import Rule

Route = tuple[str, str]  # method and path


def actions_of(app: FastAPI) -> dict[Route, list[str]]:
    """Return the actions of every route; one without a rule has none."""
    return {
        (method, getattr(route, "path", repr(route))): [
            rule.action for rule in _rules(getattr(route, "dependant", None))
        ]
        for route in _routes(app.routes)
        for method in getattr(route, "methods", None) or ["?"]
    }


def _routes(routes: Iterable[Any]) -> Iterator[Any]:
    """Return every route there is, also those of routers that FastAPI keeps whole."""
    for one in routes:
        router = getattr(one, "original_router", None)
        if router is None:
            yield one
        else:
            yield from _routes(router.routes)


def _rules(dependant: Any) -> list[Rule]:
    if dependant is None:  # a mounted application, a socket, a route of Starlette: no rule
        return []
    own = [dependant.call] if isinstance(dependant.call, Rule) else []
    return own + [rule for inner in dependant.dependencies for rule in _rules(inner)]
