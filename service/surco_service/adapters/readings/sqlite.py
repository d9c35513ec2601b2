"""Readings in one SQLite file, for a garden on one machine.

`add` returns after a commit with `synchronous=FULL`, so a power cut takes nothing back. Rows lie in
the order (node, t), which is how every page asks for them; every query names its nodes. The file
may be moved aside and refilled from the gateway; it holds nothing that people wrote.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any

from surco_contract.quantities import QUANTITIES
from surco_service.errors import StoreUnavailable
from surco_service.ports.intake import Reading

log = logging.getLogger(__name__)

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
_NODES = """
WITH RECURSIVE found(node) AS (
    SELECT min(node) FROM reading
    UNION ALL
    SELECT (SELECT min(node) FROM reading WHERE node > found.node) FROM found
    WHERE found.node IS NOT NULL
) SELECT node FROM found WHERE node IS NOT NULL
"""


class SqliteReadings:
    """A `ReadingStore` in one file. Raises `StoreUnavailable` when it cannot be read or written."""

    def __init__(self, file: Path) -> None:
        self._writing, self._reading = threading.Lock(), threading.Lock()
        try:
            self._writer = _open(file)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise StoreUnavailable(f"{file}: {error}") from error
            aside = _move_aside(file)
            log.error("readings broken file=%s moved_to=%s: replay the gateway", file, aside)
            self._writer = _open(file)
        self._reader = _connect(file)

    def add(self, readings: Sequence[Reading]) -> list[tuple[Reading, str]]:
        rows = [
            (r.node, r.t, r.b, r.q, r.tq, r.plausible, *map(r.values.get, _CODES)) for r in readings
        ]
        rows.sort(key=_in_file_order)  # neighbours in the file are written together
        with self._writing, _unavailable():
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                _insert(self._writer, rows)
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise
        return []

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

    def close(self) -> None:
        with self._writing, self._reading:
            self._reader.close()
            self._writer.close()

    def _rows(self, where: str, *values: object) -> list[Reading]:
        return [_reading(row) for row in self._query(
            f"SELECT {_COLUMNS} FROM reading WHERE {where}", *values
        )]  # fmt: skip

    def _query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._reading, _unavailable():
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


def _move_aside(file: Path) -> Path:
    aside = file.with_name(f"{file.name}.broken-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}")
    file.rename(aside)
    for companion in ("-wal", "-shm"):
        beside = file.with_name(file.name + companion)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + companion))
    return aside


def _reading(row: tuple[Any, ...]) -> Reading:
    node, t, b, q, tq, plausible, *values = row
    present = {code: v for code, v in zip(_CODES, values, strict=True) if v is not None}
    return Reading(node, b, q, t, tq, present, bool(plausible))


@contextmanager
def _unavailable() -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreUnavailable(f"readings.db: {error}") from error
