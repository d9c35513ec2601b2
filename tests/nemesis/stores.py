"""What is kept: readings in SQLite or InfluxDB, quarantine and shelf in the notebook. Reads only."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import httpx

from tests.nemesis.judge import Kept, Row
from tests.servers import Influxd

UNREADABLE = (sqlite3.Error, OSError, httpx.HTTPError, KeyError, ValueError)


@contextmanager
def opened(file: Path) -> Iterator[sqlite3.Connection]:
    """Open a database of somebody else, who goes on writing."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5)) as connection:
        yield connection


def kept(data: Path, influxd: Influxd | None, bucket: str) -> Kept | None:
    """Return what is kept, or None when it cannot be read at present."""
    with suppress(*UNREADABLE):
        stored = in_influx(influxd, bucket) if influxd else in_sqlite(data / "readings.db")
        quarantined, shelved = _in_notebook(data / "notebook.db")
        return Kept(stored, quarantined, shelved)
    return None


def in_sqlite(file: Path) -> Counter[tuple[Row, int]]:
    with opened(file) as readings:
        rows = readings.execute("SELECT node, b, q, CAST(r1 AS INTEGER) FROM reading").fetchall()
    return Counter(((node, b, q), value) for node, b, q, value in rows)


def in_influx(influxd: Influxd, bucket: str) -> Counter[tuple[Row, int]]:
    rows = influxd.query('SELECT "b", "q", "r1" FROM "reading" GROUP BY "node"', bucket)
    return Counter(
        ((str(row["node"]), str(row["b"]), int(str(row["q"]))), int(float(str(row["r1"]))))
        for row in rows
    )


def messages_in(spool: Path) -> int:
    """Count what the gateway keeps, for a replay and undelivered."""
    with opened(spool) as connection:
        return connection.execute("SELECT count(*) FROM message").fetchone()[0]


def copy(file: Path, to: Path) -> bool:
    """Copy a database as a backup does; tell whether it could be read."""
    with suppress(sqlite3.Error), opened(file) as source:
        with closing(sqlite3.connect(to)) as target:
            source.backup(target)
        return True
    to.unlink(missing_ok=True)
    return False


def _in_notebook(file: Path) -> tuple[frozenset[Row], frozenset[Row]]:
    with opened(file) as notebook:
        refused = notebook.execute("SELECT topic, payload, q FROM quarantine").fetchall()
        shelf = notebook.execute("SELECT node, b, q FROM shelf").fetchall()
    quarantined = {row for topic, payload, q in refused for row in _rows(topic, payload, q)}
    return frozenset(quarantined), frozenset((node, b, q) for node, b, q in shelf)


def _rows(topic: str, payload: bytes, q: int | None) -> Iterator[Row]:
    with suppress(ValueError, KeyError, IndexError):
        found, node = json.loads(payload), topic.split("/")[2]
        numbers = range(found["q"], found["q"] + len(found["d"])) if q is None else (q,)
        yield from ((node, found["b"], number) for number in numbers)
