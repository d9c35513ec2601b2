"""What a notebook has committed survives a power cut: asked of every connection that commits.

A killed process cannot show it, because the system keeps what was written; only the settings can.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event

from surco_service.adapters.sql.engine import open_engine, reading
from surco_service.adapters.sql.ledger import SqlLedger
from tests.builders import a_harvest, plant
from tests.service.stores import stores_on

FULL = 2  # the log is on the disk before a commit returns; 1 and 0 leave it to the system
SURELY = ("wal", FULL, 1)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path}/notebook.db")
    yield engine
    engine.dispose()


def settings(connection: Connection) -> tuple[str, int, int]:
    def ask(pragma: str) -> object:
        return connection.connection.cursor().execute(f"PRAGMA {pragma}").fetchone()[0]

    return ask("journal_mode"), ask("synchronous"), ask("foreign_keys")


def test_every_commit_is_on_the_disk_when_it_returns(engine: Engine, tmp_path: Path) -> None:
    commits: list[tuple[str, int, int]] = []
    event.listen(engine, "commit", lambda connection: commits.append(settings(connection)))
    stores = stores_on(engine)
    plant(stores)
    engine.dispose()  # as after an error: the next connection is a new one
    stores.records.record_harvest(a_harvest())
    SqlLedger(engine, tmp_path / "overflow").settle([("n-1", "9f3a01c7", 1)])
    assert len(commits) >= 8
    assert set(commits) == {SURELY}


def test_every_connection_of_the_pool_is_as_careful_as_the_first(engine: Engine) -> None:
    most = engine.pool.size() + engine.pool._max_overflow
    with ExitStack() as together:
        connections = [together.enter_context(reading(engine)) for _ in range(most)]
        assert len({id(one.connection.dbapi_connection) for one in connections}) == most > 5
        assert {settings(one) for one in connections} == {SURELY}
