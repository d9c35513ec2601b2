"""Copies of `notebook.db`, made every night beside it: what people wrote is nowhere else.

    backups/notebook-2026-12-01.db   one a day; the newest 7, and one of each of 4 weeks before

A copy is made by SQLite itself while others write, is read through before it counts, and is one file
without companions. PostgreSQL has its own ways, and its own people.
"""

import os
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

from surco_service.adapters.sqlite_files import whats_wrong
from surco_service.errors import StoreUnavailable

FOLDER = "backups"
FAILED, DAMAGED = "backup-failed", "backup-damaged"
DAYS, WEEKS = 7, 4
LOOK_S = 600.0  # for reading a copy through
_PAGES, _PAUSE_S = 256, 0.005  # copied at once, and between, so that nobody waits long
_NAME = re.compile(r"notebook-(\d{4}-\d\d-\d\d)\.db")


class NotWhole(Exception):
    """The copy cannot be read through, so the notebook cannot either."""


class Backups:
    """The `Backups` of a notebook in a file. Raises `StoreUnavailable` when none can be made."""

    def __init__(self, notebook: Path) -> None:
        self._notebook = notebook

    def newest(self) -> datetime | None:
        found = backups(self._notebook)
        return made_at(found[-1]) if found else None

    def make(self, day: date) -> str:
        try:
            return str(back_up(self._notebook, day))
        except NotWhole as error:
            raise StoreUnavailable(f"{self._notebook}: {error}", DAMAGED, why=str(error)) from error
        except (OSError, sqlite3.Error) as error:
            raise StoreUnavailable(f"{self._notebook}: {error}", FAILED, why=str(error)) from error


def backups(notebook: Path) -> list[Path]:
    """Return the copies beside a notebook, the oldest first."""
    found = (notebook.parent / FOLDER).glob("notebook-*.db")
    return sorted(one for one in found if _NAME.fullmatch(one.name))


def made_at(backup: Path) -> datetime | None:
    """Return when a copy was made, None when it is gone."""
    try:
        return datetime.fromtimestamp(backup.stat().st_mtime, UTC)
    except OSError:
        return None


def back_up(notebook: Path, day: date) -> Path:
    """Make the copy of a day, in place of one that there is; forget what is not kept.

    Raises `OSError` or `sqlite3.Error` when there is no room, `NotWhole` when the notebook is damaged.
    """
    target = notebook.parent / FOLDER / f"notebook-{day.isoformat()}.db"
    target.parent.mkdir(mode=0o700, exist_ok=True)
    fresh = target.with_name(target.name + ".new")
    try:
        copy_whole(notebook, fresh)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    there = {_day(one): one for one in backups(notebook)}
    for gone in there.keys() - kept(there):
        there[gone].unlink(missing_ok=True)
    return target


def copy_whole(source: Path, target: Path) -> None:
    """Copy a database that others may be writing to, and read the copy through."""
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600))  # it holds the keys of nodes
    uri = f"{source.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(uri, uri=True)) as there, closing(sqlite3.connect(target)) as copy:
        there.backup(copy, pages=_PAGES, sleep=_PAUSE_S)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without companions
    if words := whats_wrong(target, LOOK_S):
        raise NotWhole(words)
    with target.open("rb") as written:
        os.fsync(written.fileno())


def kept(days: Iterable[date]) -> set[date]:
    """Return the days whose copies stay: the newest 7, and the newest of each of 4 weeks before."""
    newest_first = sorted(days, reverse=True)
    stay, weeks = set(newest_first[:DAYS]), dict[tuple[int, int], date]()
    for day in newest_first[DAYS:]:
        weeks.setdefault(day.isocalendar()[:2], day)
    return stay | set(list(weeks.values())[:WEEKS])


def _day(backup: Path) -> date:
    found = _NAME.fullmatch(backup.name)
    assert found is not None
    return date.fromisoformat(found[1])
