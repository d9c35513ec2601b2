"""What the stores of the Notebook's database share: rows of a table as values, and back."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from sqlalchemy import Engine, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from surco_service.adapters.sql.engine import reading, writing
from surco_service.errors import NotFound

Entity = TypeVar("Entity")


class SqlStore:
    """One port on an engine of `open_engine`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[
            engine.dialect.name
        ]

    def _all(self, kind: type[Entity], table: Table, **equal: str | None) -> list[Entity]:
        names = [field.name for field in fields(kind)]  # pyright: ignore[reportArgumentType]
        query = where_equal(select(*(table.c[name] for name in names)), table, equal)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(*table.primary_key.columns)).mappings()
            return [kind(**row) for row in rows]

    def _one(self, kind: type[Entity], table: Table, id: str) -> Entity:
        found = self._all(kind, table, id=id)
        if not found:
            raise NotFound(f"there is no {kind.__name__.lower()} {id!r}")
        return found[0]

    def _save(self, table: Table, values: Mapping[str, Any], key: str = "id") -> None:
        with writing(self._engine) as connection:
            connection.execute(self._upsert(table, values, key), values)

    def _upsert(self, table: Table, names: Iterable[str], key: str) -> Any:
        """Return the statement that adds a row, or changes these columns of the one of that key."""
        statement = self._insert(table)
        others = {name: statement.excluded[name] for name in names if name != key}
        return statement.on_conflict_do_update(index_elements=[key], set_=others)


def where_equal(query: Any, table: Table, equal: Mapping[str, str | None]) -> Any:
    """Narrow a query to rows with these values; None narrows nothing."""
    for name, value in equal.items():
        if value is not None:
            query = query.where(table.c[name] == value)
    return query
