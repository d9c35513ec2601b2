"""The outbox on SQLAlchemy Core: lines that wait for the mirror."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, insert, select

from surco_service.adapters.sql import schema
from surco_service.adapters.sql.engine import reading, writing
from surco_service.adapters.sql.store import SqlStore

_MOST_PARAMETERS = 5000  # of one statement


class SqlOutbox(SqlStore):
    """An `Outbox` on an engine of `open_engine`."""

    def enqueue(self, lines: Sequence[str]) -> None:
        if lines:
            with writing(self._engine) as connection:
                put_in_outbox(connection, lines)

    def waiting(self, limit: int = 1000) -> list[tuple[int, str]]:
        table = schema.outbox
        with reading(self._engine) as connection:
            rows = connection.execute(select(table).order_by(table.c.id).limit(limit))
            return [(row.id, row.line) for row in rows]

    def mirrored(self, ids: Sequence[int]) -> None:
        for start in range(0, len(ids), _MOST_PARAMETERS):
            part = ids[start : start + _MOST_PARAMETERS]
            with writing(self._engine) as connection:
                connection.execute(delete(schema.outbox).where(schema.outbox.c.id.in_(part)))


def put_in_outbox(connection: Connection, lines: Iterable[str]) -> None:
    """Put lines in the outbox, inside the transaction of what they tell."""
    rows = [{"line": line} for line in lines]
    if rows:
        connection.execute(insert(schema.outbox), rows)
