"""Opens the Notebook's database, and brings its tables up to date.

SQLite: WAL, `synchronous=FULL`, foreign keys on. A transaction that writes takes its lock at once
(BEGIN IMMEDIATE): one that reads first and then writes would fail without waiting when another
writer was faster. Use `reading` and `writing`; they turn the database's errors into ours.
"""

from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    NoSuchModuleError,
    SQLAlchemyError,
    StatementError,
)

from surco_service.adapters.sql.gate import NEWER, Gate
from surco_service.errors import Invalid, ServiceError, StoreUnavailable

REVISION = "0012"  # the newest migration
"""The newest migration; `tests/service/adapters/sql/test_migrations.py` holds it to the folder."""
POOL_S = 5  # a request waits so long for one of the connections
_PATIENCE: dict[str, Any] = {  # seconds, except the last one: until a server that is silent is away
    "connect_timeout": 3, "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}  # fmt: skip
_TURN = text("SELECT pg_advisory_xact_lock(5)")


class NotAUrl(StoreUnavailable):
    """No database can be meant by this URL, whatever becomes of the machine."""


def open_engine(url: str) -> Engine:
    """Open the database at a SQLAlchemy URL, with its tables up to date.

    Raises `StoreUnavailable` in words that a person can act on.
    """
    engine, gate = open_later(url)
    try:
        gate.knock()
    except StoreUnavailable:
        engine.dispose()
        raise
    return engine


def open_later(url: str, expected: bool = False) -> tuple[Engine, Gate]:
    """Return an engine whose first connection brings the tables up to date, and its gate.

    `expected`: a file of SQLite that is not there was lost, and no new one is begun. Raises `NotAUrl`.
    """
    try:
        engine = _engine(url)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise NotAUrl(f"not a database URL that Surco knows: {error}") from error
    return engine, Gate(engine, _upgrade, expected)


@contextmanager
def reading(engine: Engine) -> Generator[Connection]:
    """Read in one transaction. Raises `StoreUnavailable`, `Invalid` (see `_ours`)."""
    try:
        with engine.execution_options(reads_only=True).connect() as connection:
            yield connection
    except (SQLAlchemyError, OverflowError, UnicodeError) as error:
        raise _ours(error) from error


@contextmanager
def writing(engine: Engine) -> Generator[Connection]:
    """Write in one transaction, all or nothing. Raises `StoreUnavailable`, `Invalid` (see `_ours`)."""
    try:
        with engine.begin() as connection:
            yield connection
    except (SQLAlchemyError, OverflowError, UnicodeError) as error:
        raise _ours(error) from error


def _ours(error: Exception) -> ServiceError:
    """A value that no database can hold is the sender's fault, and no database is away.

    Half a character (a lone surrogate), a zero byte on PostgreSQL, a number of 20 digits, a year 0.
    """
    cause = error.orig if isinstance(error, StatementError) else error
    if isinstance(error, DataError) or isinstance(cause, OverflowError | UnicodeError):
        return Invalid({"value": "cannot-be-kept"})
    return StoreUnavailable(f"notebook: {error.__class__.__name__}")


@contextmanager
def writing_in_turn(engine: Engine) -> Generator[Connection]:
    """Write in one transaction while no other service does: ranges and numbers have one writer."""
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(_TURN)
        yield connection


def forget_for_good(engine: Engine) -> None:
    """Take what was deleted out of SQLite's log, too; when somebody reads, the next call does it."""
    if engine.dialect.name == "sqlite":
        with suppress(SQLAlchemyError), engine.connect() as connection:
            cursor = connection.connection.cursor()
            try:
                cursor.execute("PRAGMA busy_timeout=200")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                cursor.execute("PRAGMA busy_timeout=5000")
                cursor.close()


def _engine(url: str) -> Engine:
    sort = make_url(url).get_backend_name()
    more: dict[str, Any] = {"connect_args": _PATIENCE} if sort == "postgresql" else {}
    engine = create_engine(url, pool_pre_ping=sort != "sqlite", pool_timeout=POOL_S, **more)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # BEGIN is ours
    for pragma in (
        "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000",
        "secure_delete=ON",  # orders hold passwords of networks
    ):  # fmt: skip
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
            f"knows {REVISION}); install that version again, or restore a copy from before it",
            NEWER, revision=there, known=REVISION,
        )  # fmt: skip
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
