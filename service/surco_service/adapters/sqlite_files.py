"""What the files of SQLite have in common: whether one is whole, the same as before, or to be put aside."""

import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

MOST_ASIDE = 3  # broken files that are kept of one kind; the oldest goes
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_STEPS = 10_000  # of SQLite's machine between two looks at the clock

Identity = tuple[int, int]
"""Device and number of a file: another file of the same name has another one."""


def damaged(error: BaseException | None) -> bool:
    """Tell whether SQLite says that the file itself is broken, not the disk or the moment."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


def identity(file: Path) -> Identity | None:
    """Return which file this is, None when there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def whats_wrong(file: Path, most_s: float) -> str:
    """Read a database through, for at most so long; return what is broken, "" when nothing was found.

    Raises `sqlite3.OperationalError` when the file cannot be opened at present.
    """
    end = time.monotonic() + most_s
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)) as connection:
        connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        try:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.Error as error:
            if damaged(error):
                return str(error)
            if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT:
                return ""  # too long to be read through now: what is broken is said when it is met
            raise
    return "" if found == "ok" else str(found).splitlines()[-1]


def move_aside(file: Path, keep: int = MOST_ASIDE) -> Path:
    """Give a file and its companions a name with the time; forget all but the newest such files.

    Returns the new name. Nothing is overwritten. Raises `OSError`.
    """
    stem = f"{file.name}.broken-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}"
    names = (stem, *(f"{stem}-{number}" for number in range(2, 1000)))
    aside = next(file.with_name(name) for name in names if not file.with_name(name).exists())
    file.rename(aside)
    for companion in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            _beside(file, companion).rename(_beside(aside, companion))
    for old in asides(file)[:-keep]:
        for name in (old, _beside(old, "-wal"), _beside(old, "-shm")):
            name.unlink(missing_ok=True)
    return aside


def asides(file: Path) -> list[Path]:
    """Return what was put aside of a file, the oldest first."""
    found = file.parent.glob(f"{file.name}.broken-*")
    whole = (one for one in found if not one.name.endswith(("-wal", "-shm")))
    return sorted(whole, key=lambda one: (one.stat().st_ctime_ns, one.name))  # when it was renamed


def _beside(file: Path, companion: str) -> Path:
    return file.with_name(file.name + companion)
