"""Whatever a stranger asks, nothing breaks (issue 18, one hostile node costs nobody else anything, 6).

Every route of the API and of the pages is asked with absurd dates and numbers, zero bytes, half characters
and broken headers, by everybody who may come in; the answer may refuse, in words, but never break.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from surco_contract.credentials import token_hash
from surco_service.adapters.broadcast import Broadcast
from surco_service.adapters.sql.engine import open_engine
from surco_service.app import Parts, create_app
from surco_service.config import Settings
from tests.databases import new_database, new_notebook
from tests.service.deliveries import Inlet
from tests.service.routes import Route, details_of
from tests.service.web.conftest import SESSION
from tests.service.web.seed import sow

TOKEN = "token of gateway-1"
NEVER_ENDS = {"/eventos"}
WAITS = {"wait"}  # a long poll would wait
ENTRY = "0b0f3a2e-57a6-4a8c-8f0e-2f7a7b1f9d10"

TEXTS = [
    "", "0", "1", "-1", "2,5", "1,250", "1_0", "1e400", "nan", "true", "99999999999999999999",
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    "2026-11-24T14:00:00Z", "2026-11-24", "0001-01-01", "9999-12-31", f"0001-01-01T00:00:00+14:00~{ENTRY}",
    "\x00", "a\x00b", "\x1b[31mRED\r\n", "\u202e", "ñ" * 300, "../..", "//evil.example/", "http://[", "%s",
    "cama-3", "el-mezquite", "nodo-1", "gateway-1", "p-0001", "r1", "tomato", "jitomate", "kg", ENTRY,
    "0" * 64, "9f3a01c7", "reintentar", "descartar", "full", "mix",
]  # fmt: skip
VALUES: list[Any] = [*TEXTS, "\ud800", None, True, [], {}, 0, -1, 1e-320, 1e308, 2.5, 10**30]
HEADERS = {
    "origin": ["http://[", "null", "http://surco", "//", "\x1b[31m"],
    "referer": ["http://[", "http://x//evil.example/", "http://x/\\evil.example", "\x1b[31m"],
    "host": ["[", "surco", "a" * 3000, "a b", "x/../..", "surco:99999999", "[::1]:80", "\x1b[31m"],
    "accept": ["text/html", "application/json", "*/*"],
    "accept-language": ["en", "es-MX", ";;;,", "\x00"],
    "content-length": ["²", "-1"],
    "authorization": ["Bearer", "Bearer \x00", "Basic x"],
    "cookie": ["surco_session=\x00; surco_lang=%00", "surco_lang=xx; =;"],
}
CALLERS = {
    "nobody": {},
    "gateway": {"authorization": f"Bearer {TOKEN}"},
    "administrator": {"cookie": f"surco_session={SESSION}"},
}

texts = st.sampled_from(TEXTS) | st.text(max_size=20)
values = st.sampled_from(VALUES) | st.text(max_size=20)


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def parts(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Parts]:
    folder: Path = tmp_path_factory.mktemp("hostile")
    if request.param == "sqlite":
        engine = new_notebook(folder)
    else:
        engine = open_engine(new_database(request.getfixturevalue("postgres")))
    with closing(Inlet(folder, engine)) as inlet:
        parts = Parts(inlet.stores, Broadcast(), lambda: inlet.now, Settings(data=folder))
        sow(parts, inlet.now)
        inlet.stores.gateways.add("gateway-1", token_hash(TOKEN))
        yield parts


@pytest.fixture(scope="module")
def client(parts: Parts) -> Iterator[TestClient]:
    with closing(
        TestClient(
            create_app(parts), base_url="http://surco", raise_server_exceptions=False,
            follow_redirects=False,
        )
    ) as client:  # fmt: skip
        yield client


def routes(parts: Parts) -> dict[Route, Any]:
    return {
        route: names for route, names in details_of(create_app(parts)).items()
        if route[1] not in NEVER_ENDS
    }  # fmt: skip


@st.composite
def requests(draw: st.DrawFn, method: str, path: str, names: Any) -> dict[str, Any]:
    for name in names.path:
        path = path.replace(f"{{{name}}}", quote(draw(texts), safe=""))
    asked = {name: draw(texts) for name in sorted(names.query - WAITS) if draw(st.booleans())}
    headers = dict(CALLERS[draw(st.sampled_from(sorted(CALLERS)))])
    for name in draw(st.lists(st.sampled_from(sorted(HEADERS)), max_size=2, unique=True)):
        headers[name] = draw(st.sampled_from(HEADERS[name]))
    said = {name: draw(values) for name in sorted(names.body) if draw(st.integers(0, 9))}
    content, kind = b"", ""
    if method == "POST" and path.startswith("/api/"):
        content, kind = json.dumps(said).encode(), "application/json"
    elif method == "POST":
        texts_said = {name: str(value).encode("utf-8", "replace") for name, value in said.items()}
        content, kind = urlencode(texts_said).encode(), "application/x-www-form-urlencoded"
        kind += draw(st.sampled_from(["", "; charset=unicode_escape"]))
    if kind:
        headers["content-type"] = kind
    return {
        "method": method, "url": f"{path}?{urlencode(asked)}", "content": content,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip


def test_no_request_breaks_the_service(client: TestClient, parts: Parts) -> None:
    found = routes(parts)
    assert len(found) > 40

    @settings(max_examples=6, suppress_health_check=[*HealthCheck])
    @given(st.data())
    def ask(route: Route, data: st.DataObject) -> None:
        request = data.draw(requests(*route, found[route]))
        host = dict(request["headers"]).get(b"host", b"surco").decode()
        parts.stores.sessions.open_session(token_hash(SESSION), parts.clock().replace(year=2099))
        answer = client.request(**request)
        assert answer.status_code < 500, answer.text[:300]
        where = answer.headers.get("location", "/").removeprefix(f"http://{host}")
        assert where.startswith("/")
        assert not where.startswith(("//", "/\\")), where

    for route in found:
        ask(route)


# TABLE of what broke, as found: what is asked → what is answered
BROKEN: list[tuple[str, str, dict[str, Any], int]] = [
    ("GET", "/api/v1/nodes/nodo-1/series?code=r1&end=0001-01-01T00:00:00Z", {}, 200),
    ("GET", "/api/v1/nodes/nodo-1/senml?end=0001-01-01T00:00:00Z", {}, 200),
    ("GET", "/api/v1/beds/cama-3/waterings?since=0001-01-01T00:00:00%2B14:00", {}, 200),
    ("GET", "/api/v1/beds/cama-3/harvests?since=9999-12-31T23:59:59-14:00", {}, 200),
    ("GET", "/api/v1/beds/cama-3/harvests?limit=1_0", {}, 422),
    ("GET", "/api/v1/nodes/nodo-1/series?code=r1&every=9e2", {}, 422),
    ("POST", "/cama/cama-3/riego", {"headers": {"origin": "http://["}}, 403),
    ("GET", "/idioma?a=en", {"headers": {"referer": "http://["}}, 303),
    ("GET", "/pantalla", {"headers": {"host": "a" * 3000}}, 400),
    ("GET", "/codigo/cama-3.svg", {"headers": {"host": "a" * 3000}}, 400),
    ("GET", "/cama/%00", {}, 400),
    ("GET", "/pantalla/x%00%0A%1b[31mRED", {}, 400),
    ("GET", "/codigo/%00.svg", {}, 400),
    ("GET", "/huerto/%00/lluvia", {}, 400),
    ("POST", "/cuarentena/99999999999999999999/descartar",
     {"headers": {"cookie": f"surco_session={SESSION}"}}, 422),
]  # fmt: skip


@pytest.mark.parametrize(("method", "url", "more", "status"), BROKEN)
def test_what_broke_is_answered_in_words(
    client: TestClient, parts: Parts, method: str, url: str, more: dict[str, Any], status: int
) -> None:
    parts.stores.sessions.open_session(token_hash(SESSION), parts.clock().replace(year=2099))
    assert client.request(method, url, **more).status_code == status


@pytest.mark.parametrize(
    ("note", "told"),
    [('"half \\ud800"', 422), ('"zero \\u0000"', 422), ('"whole \\ud83c\\udf31"', 201)],
)
def test_a_note_is_text_or_is_refused(
    client: TestClient, parts: Parts, note: str, told: int
) -> None:
    at = parts.clock().isoformat()
    body = f'{{"id": "{ENTRY[:-1]}{told % 10}", "litres": 1, "at": "{at}", "note": {note}}}'
    json_body = {"content-type": "application/json"}
    answer = client.post("/api/v1/beds/cama-3/waterings", content=body.encode(), headers=json_body)
    assert answer.status_code == told
    assert answer.json()
    if told == 422:
        assert answer.json()["errors"][0]["field"] == "note"


@pytest.mark.parametrize(("letters", "status"), [(2_500, 422), (70_000, 413)])
def test_what_is_too_long_is_said_on_a_page(client: TestClient, letters: int, status: int) -> None:
    """C13: 2 500 letters in a field were "this page is not here", 70 kB were JSON in English."""
    headers = {"accept": "text/html"}
    form = {"id": ENTRY, "litres": "9" * letters}
    answer = client.post("/cama/cama-3/riego?lang=es", data=form, headers=headers)
    assert answer.status_code == status
    assert "No pudimos leerlo" in answer.text


def test_the_language_link_leads_nowhere_else(client: TestClient) -> None:
    """A page under `//evil.example/` linked to itself, and so to another site."""
    for referer in ("http://surco//evil.example/login", "http://surco/\\evil.example/login"):
        answer = client.get("/idioma?a=en", headers={"referer": referer})
        assert answer.headers["location"] == "/evil.example/login"
