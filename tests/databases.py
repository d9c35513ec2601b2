"""Databases for tests, migrated once in a process and copied for whoever needs one.

The migrations of an empty notebook take fifteen times as long as a copy of the file that they made.
What migrations and settings do is asked in `tests/service/adapters/sql/test_migrations.py`, which opens
its own.
"""

import tempfile
from functools import cache
from pathlib import Path

import psycopg
from sqlalchemy import Engine

from surco_service.adapters.sql.engine import open_engine
from surco_service.adapters.sql.schema import metadata
from tests.servers import Postgres


def new_notebook(folder: Path) -> Engine:
    """Open an empty `notebook.db` in a folder, with every table, as the service opens its own."""
    file = folder / "notebook.db"
    file.write_bytes(_migrated())
    return open_engine(f"sqlite:///{file}")


def empty(engine: Engine) -> None:
    """Take every row out of a notebook: faster than another one, for those who need many."""
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())


def new_database(server: Postgres) -> str:
    """Make an empty database with every table in place of the one before; return its URL."""
    with psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True) as postgres:
        there = {name for (name,) in postgres.execute("SELECT datname FROM pg_database")}
        if "migrated" not in there:
            postgres.execute("CREATE DATABASE migrated")
            open_engine(_database(server, "migrated")).dispose()
        postgres.execute("DROP DATABASE IF EXISTS notebook WITH (FORCE)")
        postgres.execute("CREATE DATABASE notebook TEMPLATE migrated")
    return _database(server, "notebook")


def _database(server: Postgres, name: str) -> str:
    return server.url.rpartition("/")[0] + f"/{name}"


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "notebook.db"
        open_engine(f"sqlite:///{file}").dispose()  # the last one out empties the log into the file
        return file.read_bytes()
