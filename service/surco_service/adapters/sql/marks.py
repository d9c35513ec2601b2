"""What the notebook remembers of the file of readings, in its database: SQLite or PostgreSQL."""

from sqlalchemy import func, select

from surco_service.adapters.sql import schema
from surco_service.adapters.sql.engine import reading
from surco_service.adapters.sql.store import SqlStore
from surco_service.ports.losses import Mark


class SqlMarks(SqlStore):
    """The `Marks` on an engine of `open_engine`."""

    def mark(self, name: str) -> Mark | None:
        table = schema.marks
        with reading(self._engine) as connection:
            row = connection.execute(select(table).where(table.c.name == name)).first()
        return None if row is None else Mark(row.life, row.number)

    def keep(self, name: str, mark: Mark) -> None:
        self._save(schema.marks, {"name": name, "life": mark.life, "number": mark.number}, "name")

    def received(self) -> int:
        table = schema.received
        rows = func.coalesce(func.sum(table.c.end - table.c.first), 0)
        with reading(self._engine) as connection:
            return int(connection.execute(select(rows)).scalar_one())
