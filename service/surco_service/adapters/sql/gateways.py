"""Gateways and what they are told, in the Notebook's database: SQLite or PostgreSQL.

Numbers of commands rise for ever: whoever gives one out writes in turn.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from surco_service.adapters.sql import schema
from surco_service.adapters.sql.engine import reading, writing_in_turn
from surco_service.adapters.sql.store import SqlStore
from surco_service.ports.intake import Command

_CONFIRMED = "confirmed"  # kind of the row that remembers how far a gateway has come
_KEYED = frozenset({"cfg", "ota", "advice", "credentials"})  # only the newest of these counts


class SqlGateways(SqlStore):
    """The `Gateways` on an engine of `open_engine`."""

    def commands(self, gateway: str, after: int, limit: int = 100) -> list[Command]:
        table = schema.commands
        mine = table.c.gateway == gateway
        with reading(self._engine) as connection:
            oldest = connection.execute(
                select(table.c.id, table.c.kind).where(mine).order_by(table.c.id).limit(1)
            ).first()
        done = oldest is not None and (oldest.id, oldest.kind == _CONFIRMED) >= (after, True)
        if after > 0 and not done:
            self._confirm(gateway, after)
        query = (
            select(table)
            .where(mine, table.c.id > after, table.c.kind != _CONFIRMED)
            .order_by(table.c.id)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return [
                Command(row.id, row.kind, row.node, row.body) for row in connection.execute(query)
            ]

    def _confirm(self, gateway: str, after: int) -> None:
        """Forget what the gateway has done, and never give out a number it has seen."""
        table = schema.commands
        row: dict[str, object] = {"id": after, "gateway": gateway, "kind": _CONFIRMED, "node": None,
               "key": _CONFIRMED, "body": {}}  # fmt: skip
        with writing_in_turn(self._engine) as connection:
            connection.execute(delete(table).where(table.c.gateway == gateway, table.c.id <= after))
            connection.execute(self._insert(table).on_conflict_do_nothing(), row)

    def order(
        self, kind: str, node: str | None, body: Mapping[str, object], gateway: str | None = None
    ) -> None:
        with writing_in_turn(self._engine) as connection:
            write_order(connection, kind, node, body, gateway)

    def add(self, gateway: str, token_hash: str) -> None:
        row = {"id": gateway, "token_hash": token_hash}
        with writing_in_turn(self._engine) as connection:
            statement = self._insert(schema.gateways).values(row)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["id"], set_={"token_hash": token_hash}
                )
            )

    def by_token(self, token_hash: str) -> str | None:
        table = schema.gateways
        with reading(self._engine) as connection:
            return connection.execute(
                select(table.c.id).where(table.c.token_hash == token_hash)
            ).scalar()

    def seen(self, gateway: str, at: datetime) -> None:
        table = schema.gateways
        with writing_in_turn(self._engine) as connection:
            connection.execute(update(table).where(table.c.id == gateway).values(seen=at))

    def all(self) -> dict[str, datetime | None]:
        table = schema.gateways
        with reading(self._engine) as connection:
            rows = connection.execute(select(table.c.id, table.c.seen).order_by(table.c.id))
            return {row.id: row.seen for row in rows}


def write_order(
    connection: Connection, kind: str, node: str | None, body: Mapping[str, object],
    gateway: str | None = None,
) -> None:  # fmt: skip
    """Queue a command inside the transaction of what it belongs to; it must be in turn."""
    table, key = schema.commands, _key(kind, node, body)
    last = connection.execute(select(func.max(table.c.id))).scalar() or 0
    gateways = [gateway] if gateway else _gateways(connection)
    for number, name in enumerate(gateways, last + 1):
        connection.execute(delete(table).where(table.c.gateway == name, table.c.key == key))
        connection.execute(insert(table).values(
            id=number, gateway=name, kind=kind, node=node, key=key, body=dict(body)
        ))  # fmt: skip


def _gateways(connection: Connection) -> list[str]:
    return list(connection.execute(select(schema.gateways.c.id)).scalars())


def _key(kind: str, node: str | None, body: Mapping[str, object]) -> str:
    """Name what a command is about; a newer one about the same replaces it."""
    about = node or body.get("bed") or body.get("user") or ""
    if kind not in _KEYED:
        about = f"{about}/{body.get('b')}/{body.get('q')}"
    return f"{kind}/{about}"[:96]
