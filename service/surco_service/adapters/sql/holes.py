"""Rows that are missing, in the Notebook's database: they follow from the ranges that were received."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, func, or_, select, union_all

from surco_service.adapters.sql import schema
from surco_service.adapters.sql.engine import reading, writing_in_turn
from surco_service.adapters.sql.store import SqlStore
from surco_service.ports.intake import Hole, Wanted

RING_ROWS = 512 * 53  # the most that a node can hold: 512 segments of 4080 // 76 rows


class SqlHoles(SqlStore):
    """The part of the `Ledger` that knows what never came."""

    def holes(self) -> list[Hole]:
        with reading(self._engine) as connection:
            return [
                Hole(node, b, before or 0, first, leading=before is None)
                for node, b, first, before in connection.execute(_holes())
            ]

    def wanted(self) -> list[Wanted]:
        table = schema.wanted
        query = select(table).order_by(table.c.node, table.c.b, table.c.first)
        with reading(self._engine) as connection:
            return [Wanted(*row) for row in connection.execute(query)]

    def want(self, gone: Iterable[Wanted], new: Iterable[Wanted]) -> None:
        table = schema.wanted
        key = ("node", "b", "first")
        leaving = [{f"in_{name}": getattr(one, name) for name in key} for one in gone]
        coming = [asdict(one) for one in new]
        if not leaving and not coming:
            return
        with writing_in_turn(self._engine) as connection:
            if leaving:
                same = (table.c[name] == bindparam(f"in_{name}") for name in key)
                connection.execute(delete(table).where(*same), leaving)
            if coming:  # another service may have looked at the same minute
                connection.execute(self._insert(table).on_conflict_do_nothing(), coming)


def _holes() -> Select[Any, Any, Any, Any]:
    """Return the query of (node, b, first, end of what came before it) where these do not touch."""
    received, shelf = schema.received, schema.shelf
    here = union_all(
        select(received.c.node, received.c.b, received.c.first, received.c.end),
        select(shelf.c.node, shelf.c.b, shelf.c.q.label("first"), (shelf.c.q + 1).label("end")),
    ).subquery()
    before = func.lag(here.c.end).over(
        partition_by=(here.c.node, here.c.b), order_by=here.c.first
    )  # fmt: skip
    beside = select(here.c.node, here.c.b, here.c.first, before.label("before")).subquery()
    return (
        select(beside.c.node, beside.c.b, beside.c.first, beside.c.before)
        .where(
            or_(
                beside.c.first > beside.c.before,
                and_(beside.c.before.is_(None), beside.c.first.between(1, RING_ROWS)),
            )
        )
        .order_by(beside.c.node, beside.c.b, beside.c.first.desc())
    )
