"""The ledger of deliveries in the Notebook's database: SQLite or PostgreSQL.

Every call is one transaction. Calls that write take turns, also between several services on one
PostgreSQL, so ranges are merged and command numbers given out by one writer at a time.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Row,
    bindparam,
    delete,
    func,
    insert,
    select,
    tuple_,
)

from surco_service.adapters.sql import schema
from surco_service.adapters.sql.engine import reading, writing_in_turn
from surco_service.adapters.sql.holes import SqlHoles
from surco_service.adapters.sql.overflow import Overflow
from surco_service.adapters.sql.ranges import Range, duplicates, merge
from surco_service.ports.intake import Refused, Settled, Waiting

QUARANTINE_CAP = 10_000
_STAMP = "readings"

Pair = tuple[str, str]  # node, b


class SqlLedger(SqlHoles):
    """A `Ledger` on an engine; what the quarantine cannot hold goes to the file `overflow`."""

    def __init__(self, engine: Engine, overflow: Path, cap: int = QUARANTINE_CAP) -> None:
        super().__init__(engine)
        self._overflow, self._cap = Overflow(overflow), cap

    # ------------------------------------------------------------ deliveries

    def known(self, node: str, b: str, first: int, end: int) -> set[int]:
        with reading(self._engine) as connection:
            ranges = _load(connection, {(node, b): (first, end)})[(node, b)]
        return {q for low, high in ranges for q in range(max(low, first), min(high, end))}

    def known_among(self, rows: Iterable[tuple[str, str, int]]) -> set[tuple[str, str, int]]:
        asked = _by_pair(rows)
        spans = {pair: (min(numbers), max(numbers) + 1) for pair, numbers in asked.items()}
        with reading(self._engine) as connection:
            ranges = _load(connection, spans)
        return {
            (*pair, q)
            for pair, numbers in asked.items()
            for low, high in ranges[pair]
            for q in numbers
            if low <= q < high
        }

    def stamp(self) -> int:
        table = schema.stamps
        query = select(table.c.number).where(table.c.name == _STAMP)
        with reading(self._engine) as connection:
            return connection.execute(query).scalar() or 0

    def set_stamp(self, number: int) -> None:
        statement = self._insert(schema.stamps).values(name=_STAMP, number=number)
        with writing_in_turn(self._engine) as connection:
            connection.execute(
                statement.on_conflict_do_update(index_elements=["name"], set_={"number": number})
            )

    def settle(
        self,
        received: Iterable[tuple[str, str, int]],
        waiting: Iterable[Waiting] = (),
        refused: Iterable[Refused] = (),
        aside: Iterable[tuple[str, str, int]] = (),
    ) -> Settled:
        stored = _by_pair(received)
        everything = _by_pair(aside)
        for pair, numbers in stored.items():
            everything.setdefault(pair, []).extend(numbers)
        with writing_in_turn(self._engine) as connection:
            before = _load(connection, {p: (min(n), max(n) + 1) for p, n in everything.items()})
            duplicate = sum(duplicates(before[pair], numbers) for pair, numbers in stored.items())
            after = {pair: merge(before[pair], numbers) for pair, numbers in everything.items()}
            _save(connection, before, after)
            self._leave_shelf(connection, everything)
            self._wait(connection, list(waiting))
            self._quarantine(connection, list(refused))
        return Settled(duplicate)

    # ------------------------------------------------------------ clocks and shelf

    def keep_offsets(
        self, offsets: Mapping[tuple[str, str, int], int]
    ) -> dict[tuple[str, str, int], int]:
        if not offsets:
            return {}
        table = schema.clock_offsets
        rows = [
            {"node": node, "b": b, "p": p, "offset_s": offset}
            for (node, b, p), offset in offsets.items()
        ]
        with writing_in_turn(self._engine) as connection:
            connection.execute(self._insert(table).on_conflict_do_nothing(), rows)
            return {key: _offset(connection, *key) or 0 for key in offsets}

    def offset(self, node: str, b: str, p: int) -> int | None:
        with reading(self._engine) as connection:
            return _offset(connection, node, b, p)

    def shelf(self, node: str | None = None) -> list[Waiting]:
        table = schema.shelf
        query = select(table).order_by(table.c.node, table.c.b, table.c.q)
        if node is not None:
            query = query.where(table.c.node == node)
        with reading(self._engine) as connection:
            return [Waiting(*row) for row in connection.execute(query)]

    def shelf_count(self) -> int:
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).select_from(schema.shelf)).scalar_one()

    def _leave_shelf(self, connection: Connection, settled: Mapping[Pair, list[int]]) -> None:
        table = schema.shelf
        if not settled or connection.execute(select(table.c.q).limit(1)).first() is None:
            return
        gone = delete(table).where(
            table.c.node == bindparam("in_node"),
            table.c.b == bindparam("in_b"),
            table.c.q == bindparam("in_q"),
        )
        rows = [
            {"in_node": node, "in_b": b, "in_q": q}
            for (node, b), numbers in settled.items()
            for q in numbers
        ]
        connection.execute(gone, rows)

    def _wait(self, connection: Connection, waiting: Sequence[Waiting]) -> None:
        if not waiting:
            return
        rows = [
            {"node": w.node, "b": w.b, "q": w.q, "p": w.p, "t": w.t, "tq": w.tq,
             "body": dict(w.values)}
            for w in waiting
        ]  # fmt: skip
        connection.execute(self._insert(schema.shelf).on_conflict_do_nothing(), rows)

    # ------------------------------------------------------------ quarantine

    def quarantine(self, limit: int | None = None, before: int | None = None) -> list[Refused]:
        table = schema.quarantine
        query = select(table).order_by(table.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(table.c.id < before)
        with reading(self._engine) as connection:
            return [_refused(row) for row in connection.execute(query)]

    def quarantined(self, id: int) -> Refused | None:
        table = schema.quarantine
        with reading(self._engine) as connection:
            row = connection.execute(select(table).where(table.c.id == id)).first()
        return None if row is None else _refused(row)

    def discard(self, id: int) -> bool:
        table = schema.quarantine
        with writing_in_turn(self._engine) as connection:
            return connection.execute(delete(table).where(table.c.id == id)).rowcount > 0

    def quarantine_count(self) -> int:
        with reading(self._engine) as connection:
            return _count(connection)

    def quarantine_moved(self) -> int:
        return self._overflow.count

    def _quarantine(self, connection: Connection, refused: Sequence[Refused]) -> None:
        if not refused:
            return
        rows = [
            {
                "topic": _storable(r.topic),
                "payload": r.payload,
                "received_at": r.received_at,
                "gateway": _storable(r.gateway)[:32],
                "code": r.code,
                "detail": _storable(r.detail),
                "q": r.q,
                "digest": digest(r),
            }
            for r in refused
        ]
        table = schema.quarantine
        connection.execute(self._insert(table).on_conflict_do_nothing(), rows)
        excess = _count(connection) - self._cap
        if excess > 0:
            oldest = connection.execute(select(table).order_by(table.c.id).limit(excess)).all()
            self._overflow.append([_refused(row) for row in oldest])
            connection.execute(delete(table).where(table.c.id <= oldest[-1].id))


def digest(refused: Refused) -> str:
    """Name a refusal by what was refused and why, so that the same one is kept once."""
    parts = (refused.topic.encode("utf-8", "replace"), refused.payload, refused.code.encode(),
             str(refused.q).encode())  # fmt: skip
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _by_pair(rows: Iterable[tuple[str, str, int]]) -> dict[Pair, list[int]]:
    found: dict[Pair, list[int]] = {}
    for node, b, q in rows:
        numbers = found.get((node, b))
        if numbers is None:
            found[(node, b)] = [q]
        else:
            numbers.append(q)
    return found


def _load(connection: Connection, spans: Mapping[Pair, Range]) -> dict[Pair, list[Range]]:
    """Return the known ranges that touch, or lie beside, the span asked for of each pair."""
    table, found = schema.received, {pair: list[Range]() for pair in spans}
    if not spans:
        return found
    low, high = min(low for low, _ in spans.values()), max(high for _, high in spans.values())
    query = (
        select(table.c.node, table.c.b, table.c.first, table.c.end)
        .where(tuple_(table.c.node, table.c.b).in_(bindparam("pairs", expanding=True)))
        .where(table.c.end >= bindparam("low"), table.c.first <= bindparam("high"))
        .order_by(table.c.first)
    )
    pairs = list(spans)
    for start in range(0, len(pairs), 400):  # SQLite takes so many variables and no more
        part = {"pairs": pairs[start : start + 400], "low": low, "high": high}
        for node, b, first, end in connection.execute(query, part):
            found[(node, b)].append((first, end))
    return found


def _save(
    connection: Connection,
    before: Mapping[Pair, list[Range]],
    after: Mapping[Pair, list[Range]],
) -> None:
    table = schema.received
    gone = [
        {"in_node": node, "in_b": b, "in_first": first}
        for (node, b), ranges in after.items()
        for first, _ in set(before[(node, b)]) - set(ranges)
    ]
    new = [
        {"node": node, "b": b, "first": first, "end": end}
        for (node, b), ranges in after.items()
        for first, end in set(ranges) - set(before[(node, b)])
    ]
    if gone:
        where = (
            table.c.node == bindparam("in_node"),
            table.c.b == bindparam("in_b"),
            table.c.first == bindparam("in_first"),
        )
        connection.execute(delete(table).where(*where), gone)
    if new:
        connection.execute(insert(table), new)


def _offset(connection: Connection, node: str, b: str, p: int) -> int | None:
    table = schema.clock_offsets
    return connection.execute(
        select(table.c.offset_s).where(table.c.node == node, table.c.b == b, table.c.p == p)
    ).scalar()


def _count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(schema.quarantine)).scalar_one()


def _refused(row: Row[Any]) -> Refused:
    return Refused(
        row.topic, row.payload, row.received_at, row.gateway, row.code, row.detail, row.q, row.id
    )


def _storable(words: str) -> str:
    """Take out what no SQL text holds: NUL and halves of surrogate pairs."""
    return words.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
