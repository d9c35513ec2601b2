"""Every route has one rule, and whoever may not is turned away before anything happens."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.testclient import TestClient

from surco_contract.credentials import token_hash
from surco_service.access import REFUSALS, may
from surco_service.adapters.broadcast import Broadcast
from surco_service.app import Parts, create_app
from surco_service.config import Settings
from surco_service.domain.people.access import ACTIONS, is_public
from surco_service.errors import StoreUnavailable
from tests.service.deliveries import Inlet
from tests.service.routes import Route, actions_of

# TABLE of the routes that are not for everybody: who may call them
CLOSED: dict[Route, str] = {
    ("POST", "/api/v1/deliveries"): "that gateway",
    ("GET", "/api/v1/gateways/{gateway}/commands"): "that gateway",
    ("POST", "/api/v1/gateways/{gateway}/claims"): "that gateway",
    ("POST", "/api/v1/gateways/{gateway}/report"): "that gateway",
    ("GET", "/api/v1/firmware/{sha256}"): "any gateway",
    ("GET", "/api/v1/quarantine"): "administrator",
    ("POST", "/api/v1/quarantine/{number}/retry"): "administrator",
    ("DELETE", "/api/v1/quarantine/{number}"): "administrator",
    ("GET", "/sesiones"): "administrator",
    ("POST", "/sesiones/{id}/terminar"): "administrator",
    ("POST", "/sesiones/terminar"): "administrator",
    ("POST", "/salir"): "administrator",
    ("GET", "/cuarentena"): "administrator",
    ("POST", "/cuarentena/{number}/reintentar"): "administrator",
    ("POST", "/cuarentena/{number}/descartar"): "administrator",
    ("POST", "/cama/{bed}/siembra"): "administrator",
    ("POST", "/sensores/lugar"): "administrator",
    ("POST", "/sensores/calibrar"): "administrator",
    ("GET", "/sensores/calibrar/{probe}"): "administrator",
    ("POST", "/sensores/calibrar/{probe}"): "administrator",
    ("POST", "/sensores/huerto"): "administrator",
    ("POST", "/sensores/cama"): "administrator",
}
CALLERS: dict[str, dict[str, str]] = {
    "nobody": {},
    "a guessed token": {"Authorization": "Bearer guessed"},
    "another gateway": {"Authorization": "Bearer token of gateway-2"},
    "that gateway": {"Authorization": "Bearer token of gateway-1"},
    "an expired session": {"Cookie": "surco_session=expired"},
    "administrator": {"Cookie": "surco_session=valid"},
}
# TABLE: what each caller is answered; None: comes in
ANSWERS: dict[str, dict[str, int | None]] = {
    "that gateway": {"nobody": 401, "a guessed token": 401, "another gateway": 403,
                     "that gateway": None, "an expired session": 401, "administrator": 401},
    "any gateway": {"nobody": 401, "a guessed token": 401, "another gateway": None,
                    "that gateway": None, "an expired session": 401, "administrator": 401},
    "administrator": {"nobody": 401, "a guessed token": 401, "another gateway": 401,
                      "that gateway": 401, "an expired session": 401, "administrator": None},
}  # fmt: skip
VALUES = {"gateway": "gateway-1", "sha256": "0" * 64, "number": "7", "probe": "p-0001",
          "bed": "cama-3", "id": "0" * 64}  # fmt: skip
BODIES: dict[str, Any] = {
    "/api/v1/deliveries": {"json": {"gateway": "gateway-1", "messages": []}},
    "/api/v1/gateways/{gateway}/report": {"json": {}},
    "/api/v1/gateways/{gateway}/claims": {
        "json": {"node": "n-1", "hash": "$7$101$b64salt==$b64hash==", "key": "00" * 32}
    },
}
ASKING = {"gateways.by_token", "sessions.session_valid"}  # to find out who it is


class Watched:
    """Stands before a store, and writes down what is asked of it."""

    def __init__(self, inner: object, name: str, asked: set[str]) -> None:
        self._inner, self._name, self._asked = inner, name, asked

    def __getattr__(self, name: str) -> Any:
        self._asked.add(f"{self._name}.{name}")
        return getattr(self._inner, name)


@pytest.fixture(scope="module")
def asked() -> set[str]:
    """What the routes asked of stores, events and memory since it was cleared."""
    return set()


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory, asked: set[str]) -> Iterator[Parts]:
    folder: Path = tmp_path_factory.mktemp("access")
    with closing(Inlet(folder)) as inlet:
        for name in ("gateway-1", "gateway-2"):
            inlet.stores.gateways.add(name, token_hash(f"token of {name}"))
        for session, lives in (("valid", timedelta(days=1)), ("expired", -timedelta(seconds=1))):
            inlet.stores.sessions.open_session(token_hash(session), inlet.now + lives)
        watched: dict[str, Any] = {
            one.name: Watched(getattr(inlet.stores, one.name), one.name, asked)
            for one in fields(inlet.stores)
        }
        parts = Parts(
            replace(inlet.stores, **watched), Broadcast(), lambda: inlet.now, Settings(data=folder)
        )
        memory: dict[str, Any] = {
            name: Watched(getattr(parts, name), name, asked)
            for name in ("events", "follow_up", "presence")
        }
        yield replace(parts, **memory)


@pytest.fixture(scope="module")
def app(parts: Parts) -> FastAPI:
    return create_app(parts)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with closing(TestClient(app, base_url="http://surco", follow_redirects=False)) as client:
        yield client


@pytest.fixture(scope="module")
def actions(app: FastAPI) -> dict[Route, list[str]]:
    return actions_of(app)


def known(route: Route) -> Route:
    """Return under which path the application knows a route of the table."""
    method, path = route
    return (method, "/cuarentena/{number}/{what}") if "/cuarentena/" in path else route


def test_every_route_has_one_rule_and_its_action_stands_in_the_table(
    actions: dict[Route, list[str]], app: FastAPI
) -> None:
    documented = {
        (method.upper(), path)
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    }
    others = {("GET", path) for path in ("/", "/eventos", "/static/{name}", "/api/v1/openapi.json")}
    assert documented | others <= actions.keys(), "the walk does not see them all"
    assert {route: found for route, found in actions.items() if len(found) != 1} == {}
    assert {found[0] for found in actions.values()} == ACTIONS.keys()


def test_what_is_not_for_everybody_is_what_the_table_says(
    actions: dict[Route, list[str]],
) -> None:
    closed = {route for route, found in actions.items() if not all(map(is_public, found))}
    assert closed == {known(route) for route in CLOSED}


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("route", CLOSED, ids=" ".join)
def test_who_may_not_is_turned_away_before_anything_happens(
    client: TestClient, parts: Parts, asked: set[str], route: Route, caller: str
) -> None:
    lives = parts.clock() + timedelta(days=1)  # the route before may have ended it
    parts.stores.sessions.open_session(token_hash("valid"), lives)
    asked.clear()
    method, path = route
    answer = client.request(
        method, path.format_map(VALUES), headers=CALLERS[caller], **BODIES.get(path, {})
    )
    expected = ANSWERS[CLOSED[route]][caller]
    if expected is None:
        assert answer.status_code not in (401, 403)
        assert asked - ASKING
        return
    assert answer.status_code == expected
    assert asked - ASKING == set()
    problem, needs_gateway = answer.json(), CLOSED[route] != "administrator"
    if expected == 403:
        assert problem["detail"] == "This token was issued to gateway-2, not to gateway-1."
    else:
        needed = "needs-gateway" if needs_gateway else "needs-administrator"
        assert problem["detail"] == REFUSALS[needed].words
        assert ("www-authenticate" in answer.headers) is needs_gateway


@pytest.mark.parametrize("caller", ["nobody", "another gateway", "an expired session"])
def test_a_person_who_may_not_reads_why_in_spanish(client: TestClient, caller: str) -> None:
    headers = CALLERS[caller] | {"Accept": "text/html", "Accept-Language": "es"}
    answer = client.get("/cuarentena", headers=headers)
    assert answer.status_code == 401
    assert "Esta puerta es de quien administra" in answer.text


def test_a_route_whose_action_is_in_no_table_lets_nobody_in(
    parts: Parts, app: FastAPI, asked: set[str]
) -> None:
    router = APIRouter()

    @router.get("/api/v1/forgotten", dependencies=[may(parts, "forgotten")])
    def forgotten() -> str:
        parts.stores.records.gardens()
        return "came in"

    other = create_app(parts)
    other.include_router(router)
    asked.clear()
    with closing(TestClient(other)) as client:
        for headers in CALLERS.values():
            assert client.get("/api/v1/forgotten", headers=headers).status_code == 403
    assert asked - ASKING == set()


def test_what_anybody_may_needs_no_notebook_to_know_who_asks(
    client: TestClient, parts: Parts, asked: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailable("the notebook is away")

    monkeypatch.setattr(parts.stores.sessions, "session_valid", away, raising=False)
    asked.clear()
    assert client.get("/static/garden.css", headers=CALLERS["administrator"]).status_code == 200
    assert asked == set()
    assert client.get("/cuarentena", headers=CALLERS["administrator"]).status_code == 503
