"""Retained messages, persistent sessions and what they are owed, in one SQLite file.

Changes are collected and become durable together in `commit` (`synchronous=FULL`). The server
sends a PUBACK only after the commit that holds its message, so a power cut takes nothing back
that was confirmed. A message that is delivered before its commit is never written at all.
"""

import logging
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import time_ns

log = logging.getLogger(__name__)

SECRET = "/cfg"  # how topics end whose messages may hold passwords

_TABLES = """
CREATE TABLE IF NOT EXISTS retained (topic TEXT PRIMARY KEY, payload BLOB NOT NULL, qos INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS session (client TEXT PRIMARY KEY, user TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS subscription (
    client TEXT NOT NULL, pattern TEXT NOT NULL, qos INTEGER NOT NULL, PRIMARY KEY (client, pattern)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS owed (
    id INTEGER PRIMARY KEY, client TEXT NOT NULL, topic TEXT NOT NULL, payload BLOB NOT NULL,
    retain INTEGER NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Owed:
    """A QoS 1 message that a client has not confirmed yet. `id` orders them, oldest first."""

    id: int
    topic: str
    payload: bytes
    retain: bool


class Store:
    """What the broker knows after a restart. One thread."""

    def __init__(self, file: Path) -> None:
        try:
            self._db = _open(file)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            aside = _move_aside(file)
            log.error(
                "broker database broken file=%s moved_to=%s: sessions begin anew", file, aside
            )
            self._db = _open(file)
        self._next = 1 + (self._db.execute("SELECT max(id) FROM owed").fetchone()[0] or 0)
        self._new: dict[int, tuple[int, str, str, bytes, bool]] = {}
        self._paid: list[tuple[int]] = []
        self._changes: list[tuple[str, tuple[object, ...]]] = []
        self._forgets = False  # an order that may hold a secret was replaced

    @property
    def dirty(self) -> bool:
        """Whether there is something to commit."""
        return bool(self._new or self._paid or self._changes)

    def commit(self) -> None:
        """Make everything since the last commit durable. Raises sqlite3.Error; then nothing was."""
        if not self.dirty:
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for statement, values in self._changes:
                self._db.execute(statement, values)
            self._db.executemany("INSERT INTO owed VALUES (?, ?, ?, ?, ?)", self._new.values())
            self._db.executemany("DELETE FROM owed WHERE id = ?", self._paid)
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        self._new.clear()
        self._paid.clear()
        self._changes.clear()
        if self._forgets:  # also what the log still holds
            self._forgets = False
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        self.commit()
        self._db.close()

    # ------------------------------------------------------------ what is owed

    def owe(self, client: str, topic: str, payload: bytes, retain: bool) -> Owed:
        owed = Owed(self._next, topic, payload, retain)
        self._next += 1
        self._new[owed.id] = (owed.id, client, topic, payload, retain)
        return owed

    def paid(self, owed: Owed) -> None:
        """Forget a message that its client has confirmed, or that was dropped."""
        if self._new.pop(owed.id, None) is None:
            self._paid.append((owed.id,))

    # ------------------------------------------------------------ sessions and retained messages

    def save_session(self, client: str, user: str) -> None:
        self._changes.append(("INSERT OR REPLACE INTO session VALUES (?, ?)", (client, user)))

    def forget_session(self, client: str) -> None:
        self._new = {id: row for id, row in self._new.items() if row[1] != client}
        for table in ("session", "subscription", "owed"):
            self._changes.append((f"DELETE FROM {table} WHERE client = ?", (client,)))

    def save_subscription(self, client: str, pattern: str, qos: int) -> None:
        self._changes.append(
            ("INSERT OR REPLACE INTO subscription VALUES (?, ?, ?)", (client, pattern, qos))
        )

    def forget_subscription(self, client: str, pattern: str) -> None:
        self._changes.append(
            ("DELETE FROM subscription WHERE client = ? AND pattern = ?", (client, pattern))
        )

    def retain(self, topic: str, payload: bytes, qos: int) -> None:
        """Keep the last message of a topic; an empty one forgets it."""
        if payload:
            change = "INSERT OR REPLACE INTO retained VALUES (?, ?, ?)", (topic, payload, qos)
        else:
            change = "DELETE FROM retained WHERE topic = ?", (topic,)
        self._changes.append(change)
        self._forgets = self._forgets or topic.endswith(SECRET)

    # ------------------------------------------------------------ after a restart

    def retained(self) -> dict[str, tuple[bytes, int]]:
        rows = self._db.execute("SELECT topic, payload, qos FROM retained")
        return {topic: (payload, qos) for topic, payload, qos in rows}

    def sessions(self) -> Iterator[tuple[str, str, dict[str, int], list[Owed]]]:
        """Yield (client, user, {filter: QoS}, what it is owed) of every persistent session."""
        subscriptions: dict[str, dict[str, int]] = defaultdict(dict)
        for client, pattern, qos in self._db.execute(
            "SELECT client, pattern, qos FROM subscription"
        ):
            subscriptions[client][pattern] = qos
        owed: dict[str, list[Owed]] = defaultdict(list)
        query = "SELECT client, id, topic, payload, retain FROM owed ORDER BY id"
        for client, id, topic, payload, retain in self._db.execute(query):
            owed[client].append(Owed(id, topic, payload, bool(retain)))
        for client, user in self._db.execute("SELECT client, user FROM session").fetchall():
            yield client, user, subscriptions[client], owed[client]


def _move_aside(file: Path) -> Path:
    """Move a database aside with its log: the log of one must not be applied to another."""
    aside = file.with_name(f"{file.name}.broken-{time_ns()}")
    for suffix in ("", "-wal", "-shm"):
        part = file.with_name(file.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def _open(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None, timeout=5)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # orders hold passwords of networks
        connection.executescript(_TABLES)
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
    except BaseException:
        connection.close()
        raise
    return connection
