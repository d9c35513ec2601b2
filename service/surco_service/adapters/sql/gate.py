"""The gate of the Notebook's database: it is shut while the database is away, damaged, gone or too new.

Nobody who uses the engine need know: the gate listens to SQLAlchemy's own events. The first
connection brings the tables up to date, whenever the database comes; a file that another one
replaced is noticed at the next connection. What keeps the gate shut has a code, for people.
"""

import logging
import re
import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError, SQLAlchemyError

from surco_service.adapters.sql.backups import backups, made_at
from surco_service.adapters.sqlite_files import Identity, damaged, identity, whats_wrong
from surco_service.errors import StoreUnavailable

log = logging.getLogger(__name__)

AGAIN_S = 1.0  # a database that does not answer is asked at most so often
LOOK_S = 10.0  # for reading a file through before it is used

AWAY, REFUSES, NEWER = "notebook-away", "notebook-refuses", "notebook-newer"
DAMAGED, GONE = "notebook-damaged", "notebook-gone"
CODES = (AWAY, REFUSES, NEWER, DAMAGED, GONE)

_REFUSAL = re.compile(r"password authentication failed|(role|database) .* does not exist|pg_hba")


class Gate:
    """Watches one engine. `prepare` brings the tables up to date; `expected`: the file was there once."""

    def __init__(
        self, engine: Engine, prepare: Callable[[Engine], None], expected: bool = False
    ) -> None:
        self._engine, self._prepare, self._expected = engine, prepare, expected
        self.file = _file_of(engine)  # None: a server keeps it
        self._lock = threading.RLock()
        self._opening = self._ready = self._was_open = False
        self._seen: Identity | None = None  # the file that was opened
        self._refused: object = None  # how the file looked when it was refused
        self._failed_at = float("-inf")
        self._trouble: StoreUnavailable | None = None
        self.since: datetime | None = None  # when it was shut
        event.listen(engine, "do_connect", self._before)
        event.listen(engine, "connect", self._connected)
        event.listen(engine, "checkout", self._checkout)
        event.listen(engine, "handle_error", self._heard)

    @property
    def trouble(self) -> StoreUnavailable | None:
        """Return what keeps the gate shut, None when it is open."""
        return self._trouble

    def knock(self) -> None:
        """Try to come in. Raises `StoreUnavailable`, with one of `CODES`."""
        try:
            with self._engine.connect():
                return
        except SQLAlchemyError as error:
            raise self._told(error) from error

    # ------------------------------------------------------------ what SQLAlchemy tells

    def _before(self, dialect: Any, record: Any, arguments: Any, options: Any) -> None:
        with self._lock:
            if self._opening:
                return  # it is we who open
            if self._trouble is not None and not self._worth_another_look():
                raise _again(self._trouble)
            if not self._ready:
                self._open()

    def _connected(self, connection: Any, record: Any) -> None:
        if self.file is not None:
            record.info["file"] = identity(self.file)
        elif self._ready:
            self._trouble = None

    def _checkout(self, connection: Any, record: Any, fairy: Any) -> None:
        if self.file is None or self._opening:
            return
        if identity(self.file) != record.info.get("file"):
            self._ready = False
            raise DisconnectionError(f"{self.file} is another file now")
        if self._trouble is not None:
            if not self._worth_another_look():
                raise _again(self._trouble)
            raise DisconnectionError(f"{self.file} is looked at again")

    def _heard(self, context: Any) -> None:
        error: BaseException | None = context.original_exception
        if self.file is not None and damaged(error):
            with self._lock:
                self._shut(self._damage(str(error)))
        elif self.file is None and (context.connection is None or context.is_disconnect):
            with self._lock:
                self._shut(self._judge(error), ready=self._ready)

    # ------------------------------------------------------------ opening

    def _open(self) -> None:
        self._opening = True
        try:
            self._look_at_file()
            self._prepare(self._engine)
        except StoreUnavailable as error:
            self._shut(error)
            raise _again(error) from error
        except SQLAlchemyError as error:
            self._shut(self._told(error))
            raise _again(self._told(error)) from error
        finally:
            self._opening = False
        if self._trouble is not None:
            log.warning("notebook there again")
        self._trouble, self._ready, self._was_open = None, True, True
        self._seen = identity(self.file) if self.file else None

    def _look_at_file(self) -> None:
        if self.file is None:
            return
        there = identity(self.file)
        if there is None:
            if self._seen is not None or self._expected:
                raise self._lost(GONE, f"{self.file} is gone")
            return
        try:
            words = whats_wrong(self.file, LOOK_S)
        except (OSError, sqlite3.Error) as error:  # the disk is full or away
            raise StoreUnavailable(f"{self.file}: {error}", AWAY, why=str(error)) from error
        if words:
            raise self._damage(words)

    def _shut(self, error: StoreUnavailable, ready: bool = False) -> None:
        if self._trouble is None or self._trouble.code != error.code:
            if self._was_open:  # else whoever opens it first says so
                log.error("notebook shut code=%s words=%s", error.code, error)
            self.since = datetime.now(UTC)
        self._trouble, self._ready = error, ready
        self._failed_at, self._refused = time.monotonic(), self._looks()

    def _worth_another_look(self) -> bool:
        """Tell whether what was wrong may be over: some time passed, or there is another file."""
        if self._trouble is not None and self._trouble.code in (DAMAGED, GONE):
            changed = self._looks() != self._refused
            self._ready = self._ready and not changed
            return changed
        return time.monotonic() - self._failed_at >= AGAIN_S

    def _looks(self) -> object:
        try:
            found = self.file.stat() if self.file else None
        except OSError:
            return None
        return found and (found.st_ino, found.st_size, found.st_mtime_ns)

    # ------------------------------------------------------------ words

    def _told(self, error: SQLAlchemyError) -> StoreUnavailable:
        cause = error.orig if isinstance(error, DBAPIError) else error
        return self._damage(str(cause)) if damaged(cause) else self._judge(cause)

    def _judge(self, cause: BaseException | None) -> StoreUnavailable:
        words = " ".join(str(cause).split())
        missing = self.file is not None and not self.file.parent.is_dir()
        code = REFUSES if missing or _REFUSAL.search(words) else AWAY
        where = self._engine.url.render_as_string()
        return StoreUnavailable(
            f"{where}: {words}", code, url=where, why=words, setting="service.notebook_url"
        )

    def _damage(self, words: str) -> StoreUnavailable:
        return self._lost(DAMAGED, f"{self.file} is damaged ({words})", why=words)

    def _lost(self, code: str, what: str, **facts: object) -> StoreUnavailable:
        assert self.file is not None
        newest = next(reversed(backups(self.file)), None)
        advice = f"surco restore {newest}" if newest else "there is no backup beside it"
        at: datetime | None = made_at(newest) if newest else None
        return StoreUnavailable(
            f"{what}: {advice}", code, file=str(self.file),
            backup=str(newest) if newest else "", backup_at=at.isoformat() if at else "", **facts,
        )  # fmt: skip


def _again(error: StoreUnavailable) -> StoreUnavailable:
    return StoreUnavailable(str(error), error.code, **error.values)


def _file_of(engine: Engine) -> Path | None:
    name = engine.url.database
    if engine.dialect.name != "sqlite" or not name or name == ":memory:":
        return None
    return Path(name)
