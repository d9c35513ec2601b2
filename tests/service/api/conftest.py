"""A service on two SQLite files, its gateway and its administrator."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from surco_contract.credentials import token_hash
from surco_service.adapters.broadcast import Broadcast
from surco_service.app import Parts, create_app
from surco_service.config import Settings
from tests.service.deliveries import Inlet

TOKEN, SESSION = "token of gateway-1", "session of the administrator"


@pytest.fixture
def inlet(tmp_path: Path) -> Iterator[Inlet]:
    with closing(Inlet(tmp_path)) as inlet:
        inlet.stores.gateways.add("gateway-1", token_hash(TOKEN))
        inlet.stores.sessions.open_session(token_hash(SESSION), inlet.now + timedelta(days=1))
        yield inlet


@pytest.fixture
def parts(inlet: Inlet, tmp_path: Path) -> Parts:
    return Parts(inlet.stores, Broadcast(), lambda: inlet.now, Settings(data=tmp_path))


@pytest.fixture
def anybody(parts: Parts) -> Iterator[TestClient]:
    """A caller with neither token nor session."""
    client = TestClient(create_app(parts), base_url="http://surco", raise_server_exceptions=False)
    yield client
    client.close()


@pytest.fixture
def gateway(anybody: TestClient) -> TestClient:
    anybody.headers["Authorization"] = f"Bearer {TOKEN}"
    return anybody


@pytest.fixture
def administrator(anybody: TestClient) -> TestClient:
    anybody.cookies.set("surco_session", SESSION)
    return anybody
