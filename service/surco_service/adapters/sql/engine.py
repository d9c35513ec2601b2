"""Opens the Notebook's database, and brings its tables up to date.

SQLite: WAL, `synchronous=FULL`, foreign keys on. A transaction that writes takes its lock at once
(BEGIN IMMEDIATE): one that reads first and then writes would fail without waiting when another
writer was faster. Use `reading` and `writing`; they turn the database's errors into ours.
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from surco_service.errors import StoreUnavailable

REVISION = "0006"  # the newest migration
"""The newest migration; `tests/service/adapters/sql/test_migrations.py` holds it to the folder."""
_TURN = text("SELECT pg_advisory_xact_lock(5)")


def open_engine(url: str) -> Engine:
    """Open the database at a SQLAlchemy URL, with its tables up to date.

    Raises `StoreUnavailable` in words that a person can act on.
    """
    try:
        engine = _engine(url)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreUnavailable(f"not a database URL that Surco knows: {error}") from error
    try:
        _upgrade(engine)
    except StoreUnavailable:
        engine.dispose()
        raise
    except SQLAlchemyError as error:
        engine.dispose()
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise StoreUnavailable(f"{make_url(url).render_as_string()}: {cause}") from error
    return engine


@contextmanager
def reading(engine: Engine) -> Generator[Connection]:
    """Read in one transaction. Raises `StoreUnavailable`."""
    try:
        with engine.execution_options(reads_only=True).connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"notebook: {error.__class__.__name__}") from error


@contextmanager
def writing(engine: Engine) -> Generator[Connection]:
    """Write in one transaction, all or nothing. Raises `StoreUnavailable`."""
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"notebook: {error.__class__.__name__}") from error


@contextmanager
def writing_in_turn(engine: Engine) -> Generator[Connection]:
    """Write in one transaction while no other service does: ranges and numbers have one writer."""
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(_TURN)
        yield connection


def _engine(url: str) -> Engine:
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # BEGIN is ours
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _upgrade(engine: Engine) -> None:
    """Run the migrations that are missing. Alembic is heavy: it is imported only when one is."""
    there = _revision(engine)
    if there == REVISION:
        return
    if there is not None and there > REVISION:
        raise StoreUnavailable(
            f"{engine.url.render_as_string()}: written by a newer Surco (revision {there}, this one "
            f"knows {REVISION}); install that version again, or restore a copy from before it"
        )
    from alembic.command import upgrade
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # two services may start at once
            connection.execute(text("SELECT pg_advisory_xact_lock(6)"))
        config.attributes["connection"] = connection
        upgrade(config, "head")


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not engine.dialect.has_table(connection, "alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
