"""What is wrong at present, in the Notebook's database: SQLite or PostgreSQL."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select

from surco_service.adapters.sql import schema
from surco_service.adapters.sql.engine import reading, writing
from surco_service.adapters.sql.store import SqlStore
from surco_service.ports.troubles import Trouble


class SqlTroubles(SqlStore):
    """The `Troubles` on an engine of `open_engine`."""

    def raised(self, code: str, about: str, at: datetime, facts: Mapping[str, object]) -> None:
        row = {"code": code, "about": about, "since": at, "facts": dict(facts)}
        statement = self._insert(schema.troubles)
        keep_since = statement.on_conflict_do_update(
            index_elements=["code", "about"], set_={"facts": statement.excluded.facts}
        )
        with writing(self._engine) as connection:
            connection.execute(keep_since, row)

    def ended(self, code: str, about: str) -> None:
        table = schema.troubles
        with writing(self._engine) as connection:
            connection.execute(delete(table).where(table.c.code == code, table.c.about == about))

    def all(self) -> list[Trouble]:
        table = schema.troubles
        query = select(table).order_by(table.c.since, table.c.code, table.c.about)
        with reading(self._engine) as connection:
            return [
                Trouble(row.code, row.about, row.since, row.facts)
                for row in connection.execute(query)
            ]
