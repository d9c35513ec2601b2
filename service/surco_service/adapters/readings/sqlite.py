"""Readings in one SQLite file, for a garden on one machine.

`add` returns after a commit with `synchronous=FULL`, so a power cut takes nothing back. Rows lie in
the order (node, t), which is how every page asks for them; every query names its nodes.

The file may break, go, or be replaced by an older copy, also while we run; it holds nothing that
people wrote. A broken one is put aside. Whatever comes in its place begins a new life, by which the
notebook notices that readings are to be sent again (usecases/intake/losses.py).
"""

import logging
import secrets
import sqlite3
import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any

from surco_contract.quantities import QUANTITIES
from surco_service.adapters.readings.salvage import readable
from surco_service.adapters.sqlite_files import Identity, damaged, identity, move_aside, whats_wrong
from surco_service.errors import StoreUnavailable
from surco_service.ports.intake import Life, Reading
from surco_service.ports.losses import Mark

log = logging.getLogger(__name__)

LOOK_S = 5.0  # for reading the file through before it is used
DAMAGED, REMOVED, REPLACED = "damaged", "removed", "replaced"

_CODES = tuple(QUANTITIES)
_in_file_order = itemgetter(0, 1, 2, 3)
_KEY = ("node", "t", "b", "q", "tq", "plausible")
_COLUMNS = ", ".join(_KEY + _CODES)
_ROW = f"({', '.join('?' * len(_KEY + _CODES))})"
_ADD = f"INSERT OR IGNORE INTO reading ({_COLUMNS}) VALUES {_ROW}"
_AT_ONCE = 50  # rows in a statement: between two statements Python may hand over to another thread
_ADD_MANY = _ADD + f", {_ROW}" * (_AT_ONCE - 1)
_CREATE = f"""
CREATE TABLE IF NOT EXISTS reading (
    node TEXT NOT NULL, t INTEGER NOT NULL, b TEXT NOT NULL, q INTEGER NOT NULL,
    tq INTEGER NOT NULL, plausible INTEGER NOT NULL, {", ".join(f"{code} REAL" for code in _CODES)},
    PRIMARY KEY (node, t, b, q)
) WITHOUT ROWID
"""
_MARK = """
CREATE TABLE IF NOT EXISTS mark (
    id INTEGER PRIMARY KEY CHECK (id = 1), life TEXT NOT NULL, number INTEGER NOT NULL,
    why TEXT NOT NULL, aside TEXT NOT NULL
)
"""
_COUNT = "UPDATE mark SET number = number + 1 WHERE life = ? AND number >= ?"
_CLOCKS = """
CREATE TABLE IF NOT EXISTS clock (
    node TEXT NOT NULL, b TEXT NOT NULL, p INTEGER NOT NULL, offset_s INTEGER NOT NULL,
    PRIMARY KEY (node, b, p)
) WITHOUT ROWID
"""
_NODES = """
WITH RECURSIVE found(node) AS (
    SELECT min(node) FROM reading
    UNION ALL
    SELECT (SELECT min(node) FROM reading WHERE node > found.node) FROM found
    WHERE found.node IS NOT NULL
) SELECT node FROM found WHERE node IS NOT NULL
"""


Which = tuple[Identity | None, Identity | None]
"""Which file this is, and which log."""


class SqliteReadings:
    """A `ReadingStore` in one file. Raises `StoreUnavailable` when it cannot be read or written.

    `heals`: a broken file is put aside. Only the service does so; a command that looks on leaves it.
    """

    names_by_time = False  # there is an index of (node, b, q)
    _writer: sqlite3.Connection
    _reader: sqlite3.Connection

    def __init__(self, file: Path, heals: bool = True) -> None:
        self._file, self._heals = file, heals
        self._log = file.with_name(file.name + "-wal")  # the newest rows lie there
        self._writing, self._reading = threading.RLock(), threading.RLock()
        self._opened: Which | None = None  # None: closed
        self._doubted: Which | None = None  # it was called broken, and looked whole
        self._mark: Mark | None = None
        with suppress(StoreUnavailable):  # whoever asks hears of it, and it is tried again then
            self._usable()

    def add(
        self, readings: Sequence[Reading], clocks: Mapping[Life, int] = MappingProxyType({})
    ) -> list[tuple[Reading, str]]:
        rows = [
            (r.node, r.t, r.b, r.q, r.tq, r.plausible, *map(r.values.get, _CODES)) for r in readings
        ]
        rows.sort(key=_in_file_order)  # neighbours in the file are written together
        self._add(rows, clocks)
        return []

    def _add(
        self, rows: Sequence[tuple[object, ...]], clocks: Mapping[Life, int] = MappingProxyType({})
    ) -> None:
        with self._told(), self._writing:
            self._usable()
            assert self._mark is not None
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                _insert(self._writer, rows)
                if clocks:
                    kept = [(*life, offset) for life, offset in clocks.items()]
                    self._writer.executemany("INSERT OR IGNORE INTO clock VALUES (?,?,?,?)", kept)
                same = self._writer.execute(_COUNT, self._mark[:2]).rowcount == 1
                self._writer.execute("COMMIT" if same else "ROLLBACK")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise
            if not same or self._which() != self._opened:
                self._open(self._mark)
                raise StoreUnavailable(f"{self._file} was replaced; send it again")
            self._mark = self._mark._replace(number=self._mark.number + 1)

    def absent(self, readings: Sequence[Reading]) -> list[Reading]:
        where = "SELECT 1 FROM reading WHERE node = ? AND b = ? AND q = ?"
        return [r for r in readings if not self._query(where, r.node, r.b, r.q)]

    def clock(self, node: str, b: str, p: int) -> int | None:
        where = "SELECT offset_s FROM clock WHERE node = ? AND b = ? AND p = ?"
        found = self._query(where, node, b, p)
        return found[0][0] if found else None

    def identities(self, node: str) -> Iterable[tuple[str, int]]:
        return [(b, q) for b, q in self._query("SELECT b, q FROM reading WHERE node = ?", node)]

    def stamp(self) -> int:
        return self._query("PRAGMA user_version")[0][0]

    def set_stamp(self, number: int) -> None:
        with self._told(), self._writing:
            self._usable()
            self._writer.execute(f"PRAGMA user_version = {number:d}")

    def latest(self, nodes: Sequence[str]) -> dict[str, Reading]:
        found = (
            self._rows("node = ? ORDER BY t DESC, b DESC, q DESC LIMIT 1", node) for node in nodes
        )
        return {rows[0].node: rows[0] for rows in found if rows}

    def series(self, node: str, start: int, end: int) -> list[Reading]:
        return self._rows("node = ? AND t >= ? AND t < ? ORDER BY t, b, q", node, start, end)

    def means(
        self, node: str, code: str, start: int, end: int, every_s: int
    ) -> list[tuple[int, float]]:
        quantity = QUANTITIES[code]
        return self._query(
            f"SELECT t / ? * ? AS bucket, avg({quantity.code}) FROM reading"
            f" WHERE node = ? AND t >= ? AND t < ? AND {quantity.code} BETWEEN ? AND ?"
            " GROUP BY bucket ORDER BY bucket",
            every_s, every_s, node, start, end, quantity.low, quantity.high,
        )  # fmt: skip

    def nodes(self) -> list[str]:
        return [node for (node,) in self._query(_NODES)]

    # ------------------------------------------------------------ the file

    def check(self) -> None:
        self._usable()

    def mark(self) -> Mark:
        self._usable()
        assert self._mark is not None
        return self._mark

    def rows(self) -> int:
        return self._query("SELECT count(*) FROM reading")[0][0]

    def look(self, most_s: float) -> None:
        with self._told():
            words = whats_wrong(self._file, most_s) if identity(self._file) else ""
        if words:
            self._begin_anew(self._opened, words)

    def salvage(self, aside: str, nodes: Iterable[str]) -> int:
        before, columns = self.rows(), (*_KEY, *_CODES)
        for rows in readable(Path(aside), columns, frozenset(nodes)):
            self._add(rows)
        return self.rows() - before

    def close(self) -> None:
        with self._writing, self._reading:
            if self._opened is not None:
                self._reader.close()
                self._writer.close()
            self._opened = None

    def _usable(self) -> None:
        """Open the file, and open it anew when another one has its name."""
        if self._opened is not None and self._which() == self._opened:
            return
        with self._writing, self._reading:
            if self._opened is None or self._which() != self._opened:
                self._open(self._mark)

    def _which(self) -> Which:
        return identity(self._file), identity(self._log)

    def _open(self, before: Mark | None, anew: str = "") -> None:
        """Open the file that is there. `before`: what it was; `anew`: it is broken, in these words."""
        with self._writing, self._reading:
            self.close()
            try:
                there = identity(self._file) is not None
                words = anew or (whats_wrong(self._file, LOOK_S) if there else "")
                aside = self._put_aside(words) if words else None
                self._writer = _open(self._file)
                mark = _read_mark(self._writer)
                if aside or (before and not _goes_on(before, mark)):
                    why = DAMAGED if aside else REPLACED if there else REMOVED
                    mark = _begin_life(self._writer, why, aside)
                self._reader = _connect(self._file)
            except (sqlite3.Error, OSError) as error:
                raise StoreUnavailable(f"{self._file}: {error}") from error
            self._mark, self._opened = mark, self._which()

    def _put_aside(self, words: str) -> Path:
        if not self._heals:
            raise StoreUnavailable(f"{self._file} is damaged ({words})", "readings-damaged")
        aside = move_aside(self._file)
        log.error("readings broken file=%s moved_to=%s words=%s", self._file, aside, words)
        return aside

    def _begin_anew(self, broken: Which | None, words: str) -> None:
        """Put a broken file aside, unless somebody did so already."""
        with self._writing, self._reading:
            if broken is None or self._opened != broken:
                return
            self._open(self._mark, words)

    @contextmanager
    def _told(self) -> Generator[None]:
        """Turn what SQLite says into our words, and look at a file that it calls broken."""
        opened = self._opened
        try:
            yield
        except sqlite3.Error as error:
            if damaged(error) and self._heals:
                self._doubt(opened, str(error))
            raise StoreUnavailable(f"readings.db: {error}") from error

    def _doubt(self, opened: Which | None, words: str) -> None:
        """Put aside what is broken on disk; what only looked so, because it changed, is opened anew."""
        with self._writing, self._reading:
            if opened is None or self._opened != opened:
                return
            again, self._doubted = self._doubted == opened, opened
            self._open(self._mark, words if again else "")

    def _rows(self, where: str, *values: object) -> list[Reading]:
        return [_reading(row) for row in self._query(
            f"SELECT {_COLUMNS} FROM reading WHERE {where}", *values
        )]  # fmt: skip

    def _query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        self._usable()
        with self._told(), self._reading:
            return self._reader.execute(sql, values).fetchall()


def _insert(writer: sqlite3.Connection, rows: Sequence[tuple[object, ...]]) -> None:
    whole = len(rows) - len(rows) % _AT_ONCE
    for start in range(0, whole, _AT_ONCE):
        writer.execute(_ADD_MANY, [*chain.from_iterable(rows[start : start + _AT_ONCE])])
    writer.executemany(_ADD, rows[whole:])


def _open(file: Path) -> sqlite3.Connection:
    connection = _connect(file)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(_CREATE)
        connection.execute(_MARK)
        if connection.execute("SELECT 1 FROM mark").fetchone() is None:
            _begin_life(connection, "", None)
        connection.execute(_CLOCKS)
        connection.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS reading_identity ON reading (node, b, q)"
        )
        there = {row[1] for row in connection.execute("PRAGMA table_info(reading)")}
        for code in (code for code in _CODES if code not in there):
            connection.execute(f"ALTER TABLE reading ADD COLUMN {code} REAL")
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=5, isolation_level=None, check_same_thread=False)


def _read_mark(connection: sqlite3.Connection) -> Mark:
    return Mark(*connection.execute("SELECT life, number, why, aside FROM mark").fetchone())


def _goes_on(before: Mark, now: Mark) -> bool:
    return now.life == before.life and now.number >= before.number


def _begin_life(connection: sqlite3.Connection, why: str, aside: Path | None) -> Mark:
    mark = Mark(secrets.token_hex(8), 0, why, str(aside or ""))
    connection.execute("INSERT OR REPLACE INTO mark VALUES (1, ?, ?, ?, ?)", mark)
    return mark


def _reading(row: tuple[Any, ...]) -> Reading:
    node, t, b, q, tq, plausible, *values = row
    present = {code: v for code, v in zip(_CODES, values, strict=True) if v is not None}
    return Reading(node, b, q, t, tq, present, bool(plausible))
