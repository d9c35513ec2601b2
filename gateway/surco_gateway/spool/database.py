"""The SQLite file of the spool: two connections, one writer at a time, and what to do when it breaks.

* `durable` commits with synchronous=FULL: what it committed survives a power cut.
* `bookkeeping` commits without waiting for the disk. A power cut may undo its last commits. Then
  something is sent or done a second time, which does no harm.

A file that SQLite cannot read is moved aside and a new one begun; what is intact in it is taken
over, and `damage` says so. Only the newest damaged file is kept.
"""

import logging
import sqlite3
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

from surco_gateway.errors import SpoolBroken, SpoolFull
from surco_gateway.spool.salvage import PAGE, carve

QUICK_BYTES = 256 << 20  # a bigger file is not read through at every start
RESERVE_PAGES = 32  # for the book-keeping, when messages have filled the rest
_CHUNK = 2000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message(
  id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, payload BLOB NOT NULL,
  received_at REAL NOT NULL, clock_ok INTEGER NOT NULL, code TEXT, detail TEXT, crc INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS replay(lo INTEGER NOT NULL, hi INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS aside(id INTEGER PRIMARY KEY, again_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS note(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS held(id INTEGER PRIMARY KEY, node TEXT NOT NULL, payload BLOB NOT NULL);
"""
_BOOKKEEPING = {  # what is taken over from a damaged file as it stands, when it can be read
    "aside": "INSERT OR IGNORE INTO aside VALUES(?,?)",
    "note": "INSERT OR REPLACE INTO note VALUES(?,?)",
    "held": "INSERT OR IGNORE INTO held VALUES(?,?,?)",
}

log = logging.getLogger(__name__)


class Database:
    """Thread-safe inside `durable_transaction`, `bookkeeping_transaction` and `reading`."""

    durable: sqlite3.Connection
    bookkeeping: sqlite3.Connection

    def __init__(self, path: Path, max_pages: int) -> None:
        self.path, self.max_pages = path, max_pages
        self.damage = ""
        self._durable_lock, self._bookkeeping_lock = threading.RLock(), threading.RLock()
        self._open(thorough=False)

    @contextmanager
    def durable_transaction(self) -> Generator[sqlite3.Connection]:
        """Commit durably, or not at all. Raises `SpoolFull` or `SpoolBroken`."""
        with self._durable_lock, _transaction(self.durable) as connection:
            yield connection

    @contextmanager
    def bookkeeping_transaction(self) -> Generator[sqlite3.Connection]:
        """Commit soon, or not at all. Raises `SpoolFull` or `SpoolBroken`."""
        with (
            self._bookkeeping_lock,
            self._durable_lock,
            _transaction(self.bookkeeping) as connection,
        ):
            yield connection

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        """Read what was committed; `put` does not wait for it. Raises `SpoolBroken`."""
        with self._bookkeeping_lock, _errors():
            yield self.bookkeeping

    def repair(self) -> None:
        """Open the file anew; begin a new one when it is damaged. Raises `SpoolBroken`."""
        with self._bookkeeping_lock, self._durable_lock:
            self.close()
            self._open(thorough=True)

    def close(self) -> None:
        with self._bookkeeping_lock, self._durable_lock:
            for name in ("bookkeeping", "durable"):
                if connection := getattr(self, name, None):
                    with suppress(sqlite3.Error):
                        connection.close()

    def _open(self, thorough: bool) -> None:
        try:
            self._connect()
            intact = self._intact(thorough)
        except sqlite3.OperationalError as error:  # the disk, not the file
            self.close()
            raise (SpoolFull if _full(error) else SpoolBroken)(f"{self.path}: {error}") from error
        except sqlite3.DatabaseError:
            intact = False
        if not intact:
            self._begin_anew()

    def _connect(self) -> None:
        self.durable = _connection(self.path, "FULL", self.max_pages - RESERVE_PAGES)
        self.bookkeeping = _connection(self.path, "NORMAL", self.max_pages)
        self.durable.executescript(_SCHEMA)

    def _intact(self, thorough: bool) -> bool:
        if not thorough and self.path.stat().st_size > QUICK_BYTES:
            return True  # a damaged page shows when it is read; then `repair` is called
        return self.durable.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)

    def _begin_anew(self) -> None:
        kept_rows = {table: self._all_of(table) for table in _BOOKKEEPING}
        self.close()
        aside = self.path.with_name("spool.damaged.db")
        for suffix in ("", "-wal", "-shm"):
            source, target = (path.with_name(path.name + suffix) for path in (self.path, aside))
            target.unlink(missing_ok=True)
            with suppress(FileNotFoundError):
                source.rename(target)
        self._connect()
        kept = self._take_over(aside, kept_rows)
        self.damage = (
            f"the spool was damaged and is now {aside.name}; {kept} messages were taken over; "
            "check the disk or SD card"
        )
        log.error("spool_damaged aside=%s kept=%d", aside, kept)

    def _all_of(self, table: str) -> list[Any]:
        with suppress(sqlite3.Error, AttributeError):
            return self.bookkeeping.execute(f"SELECT * FROM {table}").fetchall()
        return []

    def _take_over(self, aside: Path, kept_rows: dict[str, list[Any]]) -> int:
        for table, insert in _BOOKKEEPING.items():
            _in_chunks(self.durable, insert, kept_rows[table])
        before = self.durable.total_changes
        _in_chunks(
            self.durable, "INSERT OR IGNORE INTO message VALUES(?,?,?,?,?,?,?,?)", carve(aside)
        )
        kept = self.durable.total_changes - before
        with _transaction(
            self.durable
        ) as durable:  # new messages must not get numbers of delivered ones
            durable.execute(
                "UPDATE note SET value=min(value,(SELECT coalesce(max(id),0) FROM message)) "
                "WHERE key='cursor'"
            )
        return kept


def _in_chunks(connection: sqlite3.Connection, insert: str, rows: Iterable[Any]) -> None:
    source = iter(rows)
    while chunk := list(islice(source, _CHUNK)):
        with _transaction(connection):
            connection.executemany(insert, chunk)


def _connection(path: Path, synchronous: str, max_pages: int) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=20, isolation_level=None, check_same_thread=False)
    try:
        for pragma in (
            f"page_size={PAGE}", "journal_mode=WAL", f"synchronous={synchronous}",
            f"max_page_count={max_pages}", "cache_size=-1000",
        ):  # fmt: skip
            connection.execute(f"PRAGMA {pragma}").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Generator[sqlite3.Connection]:
    with _errors():
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


@contextmanager
def _errors() -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if _full(error):
            raise SpoolFull("the spool has reached its cap, or the disk is full") from error
        raise SpoolBroken(f"the spool cannot be used: {error}") from error


def _full(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
