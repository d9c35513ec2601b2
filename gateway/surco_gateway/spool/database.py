"""The SQLite file of the spool: two connections, one writer at a time, and what to do when it breaks.

* `durable` commits with synchronous=FULL: what it committed survives a power cut.
* `bookkeeping` commits without waiting for the disk. A power cut may undo its last commits. Then
  something is sent or done a second time, which does no harm.

A file that SQLite cannot read is moved aside and a new one begun; what is intact in it is taken
over. Only the newest damaged file is kept. A file that was removed or replaced while it is used is
found out at the next commit; as long as this process lives, it can still be read, and a new file
takes all of it over. Either is told in the new file, so that the words outlive the process.
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
from surco_gateway.spool import age
from surco_gateway.spool.place import Place
from surco_gateway.spool.salvage import PAGE, carve

QUICK_BYTES = 256 << 20  # a bigger file is not read through at every start
RESERVE_PAGES = 32  # for the book-keeping, when messages have filled the rest
_CHUNK = 2000

_SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS message(
  id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, payload BLOB NOT NULL,
  received_at REAL NOT NULL, clock_ok INTEGER NOT NULL, code TEXT, detail TEXT, crc INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS replay(lo INTEGER NOT NULL, hi INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS aside(id INTEGER PRIMARY KEY, again_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS note(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS held(id INTEGER PRIMARY KEY, node TEXT NOT NULL, payload BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS told(code TEXT PRIMARY KEY, words TEXT NOT NULL) WITHOUT ROWID;
"""
    + age.SCHEMA
)
_MESSAGE = "INSERT OR IGNORE INTO message VALUES(?,?,?,?,?,?,?,?)"
_BOOKKEEPING = {  # what is taken over from a damaged file as it stands, when it can be read
    "aside": "INSERT OR IGNORE INTO aside VALUES(?,?)",
    "note": "INSERT OR REPLACE INTO note VALUES(?,?)",
    "held": "INSERT OR IGNORE INTO held VALUES(?,?,?)",
    "told": "INSERT OR REPLACE INTO told VALUES(?,?)",
    "mark": "INSERT OR IGNORE INTO mark VALUES(?,?)",
}

log = logging.getLogger(__name__)


class Database:
    """Thread-safe inside `durable_transaction`, `bookkeeping_transaction` and `reading`."""

    durable: sqlite3.Connection
    bookkeeping: sqlite3.Connection
    _place: Place | None = None  # while it is open

    def __init__(self, path: Path, max_pages: int) -> None:
        self.path, self.max_pages = path, max_pages
        self._durable_lock, self._bookkeeping_lock = threading.RLock(), threading.RLock()
        self._open(thorough=False)

    @contextmanager
    def durable_transaction(self) -> Generator[sqlite3.Connection]:
        """Commit durably, or not at all. Raises `SpoolFull` or `SpoolBroken`."""
        with self._durable_lock:
            self.look()
            with _transaction(self.durable) as connection:
                yield connection
            self.look()

    def look(self) -> None:
        """Raise `SpoolBroken` when the file is not in its place any more: it must not be used."""
        if self._is_lost():
            raise SpoolBroken(f"{self.path} was removed or replaced while the gateway ran")

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
            if self._is_lost():
                self._move_out()
                return
            self.close()
            self._open(thorough=True)

    def _is_lost(self) -> bool:
        return self._place is not None and not self._place.holds()

    def close(self) -> None:
        with self._bookkeeping_lock, self._durable_lock:
            self._place = None
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
        self._place = Place(self.path)

    def _intact(self, thorough: bool) -> bool:
        if not thorough and self.path.stat().st_size > QUICK_BYTES:
            return True  # a damaged page shows when it is read; then `repair` is called
        return self.durable.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)

    # ------------------------------------------------------------ a new file

    def _begin_anew(self) -> None:
        kept_rows = {table: self._all_of(table) for table in _BOOKKEEPING}
        self.close()
        aside = self._put_aside("spool.damaged.db")
        self._connect()
        kept = self._take_over(carve(aside), kept_rows)
        self.tell(
            "damage",
            f"the spool was damaged and is now {aside.name}; {kept} messages were taken over, and "
            "the nodes are asked for what is missing; check the disk or SD card",
        )
        log.error("spool_damaged aside=%s kept=%d", aside, kept)

    def _move_out(self) -> None:
        """Take all that the lost file holds over into a new one. Raises `SpoolFull` or `SpoolBroken`.

        Then nothing has changed: the lost file stays open, for another try.
        """
        lost = (self.durable, self.bookkeeping)
        kept_rows = {table: self._all_of(table) for table in _BOOKKEEPING}
        try:
            with _errors():
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._put_aside("spool.found.db")
                self._connect()
                kept = self._take_over(_messages(lost[1], "id>", "id"), kept_rows)
                with suppress(
                    SpoolFull
                ):  # what was delivered, the newest first, as far as there is room
                    kept += self._add(_messages(lost[1], "id<=", "id DESC"))
        except (OSError, SpoolFull, SpoolBroken) as error:
            self._back_to(*lost)
            if isinstance(error, OSError):
                raise SpoolBroken(f"{self.path}: {error}") from error
            raise
        for connection in lost:
            with suppress(sqlite3.Error):
                connection.close()
        self.tell(
            "spool-removed",
            f"{self.path.name} was removed or replaced while the gateway ran; a new one was begun "
            f"and {kept} messages were taken over; leave the files of a running gateway alone",
        )
        log.error("spool_was_removed path=%s kept=%d", self.path, kept)

    def _back_to(self, durable: sqlite3.Connection, bookkeeping: sqlite3.Connection) -> None:
        for fresh in {self.durable, self.bookkeeping} - {durable, bookkeeping}:
            fresh.close()
        self.durable, self.bookkeeping = durable, bookkeeping
        for suffix in ("", "-wal", "-shm"):
            with suppress(OSError):
                self.path.with_name(self.path.name + suffix).unlink()

    def _put_aside(self, name: str) -> Path:
        aside = self.path.with_name(name)
        for suffix in ("", "-wal", "-shm"):
            source, target = (path.with_name(path.name + suffix) for path in (self.path, aside))
            if source.exists():
                source.replace(target)
            elif suffix:
                target.unlink(missing_ok=True)  # of an older file
        return aside

    def tell(self, code: str, words: str) -> None:
        """Keep words about what happened to the file, until somebody confirms them."""
        with _transaction(self.durable) as durable:
            durable.execute(_BOOKKEEPING["told"], (code, words))

    def _all_of(self, table: str) -> list[Any]:
        with suppress(sqlite3.Error, AttributeError):
            return self.bookkeeping.execute(f"SELECT * FROM {table}").fetchall()
        return []

    def _take_over(self, messages: Iterable[Any], kept_rows: dict[str, list[Any]]) -> int:
        for table, insert in _BOOKKEEPING.items():
            _in_chunks(self.durable, insert, kept_rows[table])
        kept = self._add(messages)
        with _transaction(
            self.durable
        ) as durable:  # new messages must not get numbers of delivered ones
            durable.execute(
                "UPDATE note SET value=min(value,(SELECT coalesce(max(id),0) FROM message)) "
                "WHERE key='cursor'"
            )
        return kept

    def _add(self, messages: Iterable[Any]) -> int:
        before = self.durable.total_changes
        _in_chunks(self.durable, _MESSAGE, messages)
        return self.durable.total_changes - before


def _messages(connection: sqlite3.Connection, which: str, order: str) -> Generator[Any]:
    """Yield the messages on one side of what was delivered, as far as they can be read."""
    query = (
        f"SELECT * FROM message WHERE {which}"
        f"coalesce((SELECT value FROM note WHERE key='cursor'),0) ORDER BY {order}"
    )
    try:
        yield from connection.execute(query)
    except sqlite3.Error as error:
        log.error("lost_spool_not_read reason=%s", error)


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
