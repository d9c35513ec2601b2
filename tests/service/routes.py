"""A walk over every route of the service, and the actions of their rules."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Names:
    """What a route reads of a request."""

    path: tuple[str, ...]
    query: frozenset[str]
    body: frozenset[str]


def details_of(app: FastAPI) -> dict[Route, Names]:
    """Return the names that every route reads in its path, its query and its body."""
    return {
        (method, route.path): _names(route.dependant)
        for route in _routes(app.routes)
        for method in route.methods
    }


def _names(dependant: Any) -> Names:
    body: set[str] = set()
    for param in dependant.body_params:
        fields = getattr(param.field_info.annotation, "model_fields", None)
        body |= {param.alias} if fields is None else fields.keys()
    query = frozenset(param.alias for param in dependant.query_params)
    return Names(tuple(param.alias for param in dependant.path_params), query, frozenset(body))


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
