"""A seeded service: answered in this process, or served on a port for a browser."""

import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import event
from starlette.testclient import TestClient

from surco_contract.credentials import token_hash
from surco_service.adapters.broadcast import Broadcast
from surco_service.adapters.sql.engine import open_engine
from surco_service.app import Parts, create_app
from surco_service.config import Settings
from tests.service.deliveries import Inlet
from tests.service.web.seed import sow

SESSION = "session of the administrator"


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    with seeded(tmp_path) as parts:
        yield parts


@contextmanager
def seeded(folder: Path, *pragmas: str) -> Iterator[Parts]:
    """Open a seeded service of one's own: whatever is done to it, nobody else sees."""
    for name, content in _sown().items():
        (folder / name).write_bytes(content)
    engine = open_engine(f"sqlite:///{folder}/notebook.db")
    for pragma in pragmas:
        event.listen(engine, "checkout", lambda db, *_, pragma=pragma: db.execute(pragma))
    with closing(Inlet(folder, engine)) as inlet:
        yield _parts(inlet, folder)


@cache
def _sown() -> dict[str, bytes]:
    """Return the files of a seeded service. Sowing takes far longer than a copy of them."""
    with tempfile.TemporaryDirectory() as path:
        folder = Path(path)
        with closing(Inlet(folder)) as inlet:
            inlet.stores.sessions.open_session(token_hash(SESSION), inlet.now + timedelta(days=1))
            sow(_parts(inlet, folder), inlet.now)
        return {file.name: file.read_bytes() for file in folder.iterdir()}


def _parts(inlet: Inlet, folder: Path) -> Parts:
    return Parts(inlet.stores, Broadcast(), lambda: inlet.now, Settings(data=folder))


@pytest.fixture
def phone(parts: Parts) -> Iterator[TestClient]:
    """A browser without an account, that asks for Spanish."""
    with closing(_a_browser(create_app(parts))) as client:
        yield client


@pytest.fixture
def reader(read_only: FastAPI) -> Iterator[TestClient]:
    """A browser like `phone` on a service that is shared, so nothing can be written to it."""
    with closing(_a_browser(read_only)) as client:
        yield client


@pytest.fixture(scope="session")
def read_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """A seeded service for all tests that only read pages: to make one takes longer than a page."""
    with seeded(tmp_path_factory.mktemp("read-only"), "PRAGMA query_only = ON") as parts:
        yield create_app(parts)


def _a_browser(app: FastAPI) -> TestClient:
    return TestClient(
        app, base_url="http://surco", raise_server_exceptions=False,
        headers={"Accept": "text/html", "Accept-Language": "es-MX"},
    )  # fmt: skip


@contextmanager
def serving(parts: Parts) -> Iterator[tuple[str, uvicorn.Server]]:
    """Serve on a free port; yields the address and the server, which may be told to stop."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(parts), log_config=None, lifespan="off", timeout_graceful_shutdown=1
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", server
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
