"""A durable spool of raw messages, first in, first out.

A message is safe once `put` returns: it has been committed with synchronous=FULL. It counts as
delivered through `delivered`, which the forwarder calls after the service has said it holds it. A
crash between the two sends it again; the service recognises (node, b, q) and keeps one copy.

Delivered messages stay for a replay: `keep_days`, or until `keep_bytes` are reached. Undelivered
ones never go: at the cap `put` raises `SpoolFull`.

What was delivered is one number (everything up to `cursor`), so nothing is rewritten. Two lanes
run beside the live one: `replay`, ranges that a person wants to be sent again, and `aside`,
messages that the service refused and that come again later, with their refusal.
"""

import json
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from surco_gateway.errors import SpoolFull
from surco_gateway.spool.age import Age
from surco_gateway.spool.ballast import BYTES, Ballast
from surco_gateway.spool.database import Database
from surco_gateway.spool.salvage import PAGE, message_crc

FILE = "spool.db"
MAKE_ROOM = 2000  # delivered messages that go at once when room is needed
TOLD = ("damage", "spool-removed", "spool-gone")
"""What may have happened to the file: it was damaged, taken away while it was used, or before."""
GONE = (
    "spool.db was gone when the gateway started, and with it what was not delivered; the nodes are "
    "asked for what is missing"
)
HELD_PER_NODE = 64  # the service sees what is still missing and asks again
HELD_AT_ONCE = 4  # given to a node at a hello: the time of its radio is short

LIVE, REPLAY, ASIDE = "live", "replay", "aside"

# Python lets go of the interpreter at every row it steps through, and then waits for the other threads.
# So a batch goes in as a few statements of many rows, and comes out as one value.
_COLUMNS = "INSERT INTO message(topic,payload,received_at,clock_ok,code,detail,crc) VALUES"
_AT_ONCE = 100
_INSERT_MANY = _COLUMNS + ",".join(["(?,?,?,?,?,?,?)"] * _AT_ONCE)
_INSERT = _COLUMNS + "(?,?,?,?,?,?,?)"
_SELECT = (
    "SELECT json_group_array(json_array("
    "id,topic,hex(payload),received_at,clock_ok,code,detail,crc)) FROM message "
    "WHERE id IN (SELECT id FROM message WHERE {} ORDER BY id LIMIT ?)"
)
_FORGET = "DELETE FROM message WHERE id<=? AND id NOT IN (SELECT id FROM aside)"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message is quarantined. `code` is a key of `surco_contract.reasons.REASONS`."""

    code: str
    detail: str


Row = tuple[str, bytes, float, bool, Refusal | None]
"""topic, payload, received_at, clock_ok, refusal: a message as it goes in."""


class Message(NamedTuple):
    """A message as it comes out."""

    lane: str
    id: int
    topic: str
    payload: bytes
    received_at: float  # seconds since 1970 on the gateway's clock
    clock_ok: bool
    refusal: Refusal | None


@dataclass(frozen=True, slots=True)
class State:
    undelivered: int
    oldest_at: float | None  # arrival of the oldest undelivered message
    aside: int  # of the undelivered: refused by the service, coming again later
    replaying: int  # delivered, to be sent again
    bytes: int  # used in the file, delivered ones included
    told: dict[str, str]  # what happened to the file, in words, by code; until it is confirmed


class Spool:
    """Thread-safe. Use `open_spool`."""

    def __init__(self, folder: Path, *, keep_bytes: int, keep_days: int) -> None:
        self._ballast = Ballast(folder / "spool.ballast", min(BYTES, keep_bytes // 4))
        if self._ballast.needed():
            self._ballast.release()  # opening needs room too
        gone = self._ballast.is_there() and not (folder / FILE).exists()
        self._database = Database(folder / FILE, keep_bytes // PAGE)
        if gone:
            self._database.tell("spool-gone", GONE)
        self._age = Age(keep_days * 86_400.0)
        self._live_first = False
        self._ballast.ready()

    # ------------------------------------------------------------ in

    def put(self, rows: Sequence[Row]) -> None:
        """Keep messages, durably. Raises `SpoolFull` or `SpoolBroken`; then none of them was kept."""
        if not self._ballast.ready():
            raise SpoolFull("the disk is full")
        cells = [
            (
                topic,
                payload,
                at,
                ok,
                why and why.code,
                why and why.detail,
                message_crc(topic, payload),
            )
            for topic, payload, at, ok, why in rows
        ]
        while True:
            try:
                with self._database.durable_transaction() as durable:
                    _insert(durable, cells)
                return
            except SpoolFull:
                if self._ballast.needed():
                    self._ballast.release()
                    raise
                if not self._make_room():
                    raise

    def _make_room(self) -> int:
        """Remove the oldest delivered messages; return how many."""
        with self._database.durable_transaction() as durable:
            (last,) = durable.execute(
                "SELECT max(id) FROM (SELECT id FROM message WHERE id<=? ORDER BY id LIMIT ?)",
                (_number(durable, "cursor"), MAKE_ROOM + HELD_PER_NODE),
            ).fetchone()
            return durable.execute(_FORGET, (last or 0,)).rowcount

    # ------------------------------------------------------------ out

    def waiting(self, now: float, limit: int, max_bytes: int, after: int = 0) -> list[Message]:
        """Return what should be delivered next, oldest first, all of one lane.

        The live lane and the two others take turns. `after`: the live messages up to this number are
        on their way already.
        """
        self._live_first = not self._live_first
        lanes = (LIVE, REPLAY, ASIDE) if self._live_first else (REPLAY, ASIDE, LIVE)
        for lane in lanes:
            where, values = self._lane(lane, now, after)
            with self._database.reading() as connection:
                (found,) = connection.execute(_SELECT.format(where), (*values, limit)).fetchone()
            rows = json.loads(found)
            if rows:
                return _up_to(max_bytes, lane, rows)
            if lane == REPLAY and values[1]:
                self._end_replay(values)
        return []

    def _lane(self, lane: str, now: float, after: int) -> tuple[str, tuple[float, ...]]:
        if lane == ASIDE:
            return "id IN (SELECT id FROM aside WHERE again_at<=?)", (now,)
        if lane == LIVE:
            return "id>?", (max(after, self.number("cursor")),)
        with self._database.reading() as connection:
            lo, hi = connection.execute(
                "SELECT lo,hi FROM replay ORDER BY lo LIMIT 1"
            ).fetchone() or (
                0,
                0,
            )
        return "id BETWEEN ? AND ?", (lo, hi)

    def _end_replay(self, range_: tuple[float, ...]) -> None:
        """Forget a range whose messages went, because their place was needed."""
        with self._database.bookkeeping_transaction() as bookkeeping:
            bookkeeping.execute("DELETE FROM replay WHERE lo=? AND hi=?", range_)

    def delivered(self, messages: Sequence[Message]) -> None:
        """Remember that the service holds these: the first ones of what `waiting` returned."""
        if messages:
            with self._database.bookkeeping_transaction() as bookkeeping:
                _mark_passed(bookkeeping, messages)

    def set_aside(self, message: Message, refusal: Refusal | None, again_at: float) -> None:
        """Let the others pass: this one comes again later, and then with its refusal."""
        with self._database.bookkeeping_transaction() as bookkeeping:
            _mark_passed(bookkeeping, [message])
            bookkeeping.execute("INSERT INTO aside VALUES(?,?)", (message.id, again_at))
            if refusal is not None:
                bookkeeping.execute(
                    "UPDATE message SET code=?, detail=? WHERE id=?",
                    (refusal.code, refusal.detail, message.id),
                )

    def replay(self, since: float, until: float) -> int:
        """Mark kept messages that arrived in since <= t < until to be sent again; return how many."""
        with self._database.reading() as connection:
            lo, hi, count = connection.execute(
                "SELECT min(id),max(id),count(*) FROM message "
                "WHERE id<=? AND received_at>=? AND received_at<?",
                (_number(connection, "cursor"), since, until),
            ).fetchone()
        if count:
            with self._database.bookkeeping_transaction() as bookkeeping:
                bookkeeping.execute("DELETE FROM replay WHERE lo>=? AND hi<=?", (lo, hi))
                bookkeeping.execute("INSERT INTO replay VALUES(?,?)", (lo, hi))
        return count

    # ------------------------------------------------------------ small things to remember

    def number(self, key: str) -> int:
        """Return a number that was remembered, or 0."""
        with self._database.reading() as connection:
            return _number(connection, key)

    def remember(self, key: str, value: int) -> None:
        with self._database.bookkeeping_transaction() as bookkeeping:
            _note(bookkeeping, key, value)

    def hold(self, node: str, payload: bytes) -> None:
        """Keep what waits for a sleeping node, durably. The same thing is kept once."""
        with self._database.durable_transaction() as durable:
            durable.execute("DELETE FROM held WHERE node=? AND payload=?", (node, payload))
            durable.execute("INSERT INTO held(node,payload) VALUES(?,?)", (node, payload))
            durable.execute(
                "DELETE FROM held WHERE node=? AND id NOT IN "
                "(SELECT id FROM held WHERE node=? ORDER BY id DESC LIMIT ?)",
                (node, node, HELD_PER_NODE),
            )

    def take_held(self, node: str) -> list[bytes]:
        """Return the newest of what waited for a node, and forget it; the rest waits on."""
        held = "SELECT id,payload FROM held WHERE node=? ORDER BY id DESC LIMIT ?"
        with self._database.reading() as connection:
            found = connection.execute(held, (node, HELD_AT_ONCE)).fetchall()
        if found:
            with self._database.durable_transaction() as durable:
                durable.executemany("DELETE FROM held WHERE id=?", [(id,) for id, _ in found])
        return [payload for _, payload in found[::-1]]

    # ------------------------------------------------------------ upkeep

    def state(self) -> State:
        with self._database.reading() as connection:
            ask = connection.execute
            cursor = _number(connection, "cursor")
            (newest,) = ask("SELECT coalesce(max(id),0) FROM message").fetchone()
            oldest = ask(
                "SELECT received_at FROM message WHERE id>? ORDER BY id LIMIT 1", (cursor,)
            ).fetchone()
            (replaying,) = ask("SELECT coalesce(sum(hi-lo+1),0) FROM replay").fetchone()
            (aside,) = ask("SELECT count(*) FROM aside").fetchone()
            (pages,) = ask("PRAGMA page_count").fetchone()
            (free,) = ask("PRAGMA freelist_count").fetchone()
            told = dict(ask("SELECT code,words FROM told").fetchall())
        return State(
            undelivered=max(0, newest - cursor) + aside,
            oldest_at=oldest[0] if oldest else None,
            aside=aside,
            replaying=replaying,
            bytes=(pages - free) * PAGE,
            told=told,
        )

    def grow_older(self, seconds: float) -> int:
        """Count time that passed; remove delivered messages past their days and return how many."""
        if not self._age.pass_by(seconds):
            return 0
        with self._database.durable_transaction() as durable:
            last = self._age.note(durable)
            gone = 0
            if not durable.execute("SELECT 1 FROM replay LIMIT 1").fetchone():
                (last,) = durable.execute(
                    "SELECT max(id) FROM (SELECT id FROM message WHERE id<=? ORDER BY id LIMIT ?)",
                    (min(last, _number(durable, "cursor")), MAKE_ROOM),
                ).fetchone()
                gone = durable.execute(_FORGET, (last or 0,)).rowcount
        self._age.noted(again=gone >= MAKE_ROOM)
        return gone

    def look(self) -> None:
        """Raise `SpoolBroken` when the file was removed or replaced: `repair` begins a new one."""
        self._database.look()

    def confirm(self) -> int:
        """Forget what is told of the file, because a person has read it; return how much it was."""
        with self._database.durable_transaction() as durable:
            return durable.execute("DELETE FROM told").rowcount

    def repair(self) -> None:
        """Open the file anew after `SpoolBroken`, or begin another one. May raise it again."""
        if self._ballast.needed():
            self._ballast.release()
        self._database.repair()

    def close(self) -> None:
        self._database.close()


@contextmanager
def open_spool(folder: Path, *, keep_bytes: int, keep_days: int) -> Generator[Spool]:
    """Open the spool of a data folder. Raises `SpoolBroken` or `SpoolFull`."""
    spool = Spool(folder, keep_bytes=keep_bytes, keep_days=keep_days)
    try:
        yield spool
    finally:
        spool.close()


def _number(connection: sqlite3.Connection, key: str) -> int:
    row = connection.execute("SELECT value FROM note WHERE key=?", (key,)).fetchone()
    return row[0] if row else 0


def _note(connection: sqlite3.Connection, key: str, value: int) -> None:
    connection.execute("INSERT OR REPLACE INTO note VALUES(?,?)", (key, value))


def _mark_passed(connection: sqlite3.Connection, messages: Sequence[Message]) -> None:
    lane, first, last = messages[0].lane, messages[0].id, messages[-1].id
    if lane == LIVE:
        _note(connection, "cursor", last)
    elif lane == REPLAY:
        connection.execute("UPDATE replay SET lo=? WHERE ? BETWEEN lo AND hi", (last + 1, first))
        connection.execute("DELETE FROM replay WHERE lo>hi")
    if lane != LIVE:
        connection.executemany(
            "DELETE FROM aside WHERE id=?", [(message.id,) for message in messages]
        )


def _insert(connection: sqlite3.Connection, cells: Sequence[tuple[object, ...]]) -> None:
    whole = len(cells) - len(cells) % _AT_ONCE
    for start in range(0, whole, _AT_ONCE):
        connection.execute(_INSERT_MANY, [*chain.from_iterable(cells[start : start + _AT_ONCE])])
    connection.executemany(_INSERT, cells[whole:])


def _up_to(max_bytes: int, lane: str, rows: list[Any]) -> list[Message]:
    """Return the first rows that fit, at least one of them."""
    found: list[Message] = []
    size = 0
    for id, topic, written, at, ok, code, detail, crc in sorted(rows):
        size += len(written) // 2
        if found and size > max_bytes:
            break
        payload = bytes.fromhex(written)
        refusal = Refusal(code, detail or "") if code else None
        if crc != message_crc(topic, payload):
            refusal = Refusal("damaged-on-disk", "the gateway's disk changed this message")
        found.append(Message(lane, id, topic, payload, at, bool(ok), refusal))
    return found
