"""Gateways and what they are told, in the Notebook's database: SQLite or PostgreSQL.

Numbers of commands rise for ever: whoever gives one out writes in turn.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from surco_service.adapters.sql import schema
from surco_service.adapters.sql.engine import forget_for_good, reading, writing, writing_in_turn
from surco_service.adapters.sql.store import SqlStore
from surco_service.ports.intake import Alarm, Command, GatewayReport

_CONFIRMED = "confirmed"  # kind of the row that remembers how far a gateway has come
_KEYED = frozenset(
    {"cfg", "ota", "advice", "credentials", "replay"}
)  # only the newest of these counts

_SECRET = frozenset({"cfg", "credentials"})  # passwords of networks, hashes of passwords


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
        if oldest is not None and oldest.kind == _CONFIRMED and oldest.id > after:
            self._begin_again(gateway, after)
        elif after > 0 and not done:
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
        done = (table.c.gateway == gateway, table.c.id <= after)
        with writing_in_turn(self._engine) as connection:
            secret = connection.execute(
                select(table.c.id).where(*done, table.c.kind.in_(_SECRET)).limit(1)
            ).first()
            connection.execute(delete(table).where(*done))
            self._mark(connection, gateway, after)
        if secret is not None:
            forget_for_good(self._engine)

    def _mark(self, connection: Connection, gateway: str, after: int) -> None:
        row: dict[str, object] = {"id": after, "gateway": gateway, "kind": _CONFIRMED, "node": None,
               "key": _CONFIRMED, "body": {}}  # fmt: skip
        connection.execute(self._insert(schema.commands).on_conflict_do_nothing(), row)

    def _begin_again(self, gateway: str, after: int) -> None:
        """Tell all credentials to a gateway that has forgotten how far it had come."""
        table = schema.commands
        with writing_in_turn(self._engine) as connection:
            tell_credentials(connection, gateway)
            mark = (table.c.gateway == gateway, table.c.kind == _CONFIRMED)
            connection.execute(delete(table).where(*mark))
            if after > 0:
                self._mark(connection, gateway, after)

    def order(
        self, kind: str, node: str | None, body: Mapping[str, object], gateway: str | None = None
    ) -> None:
        with writing_in_turn(self._engine) as connection:
            write_order(connection, kind, node, body, gateway)

    def add(self, gateway: str, token_hash: str) -> None:
        row = {"id": gateway, "token_hash": token_hash}
        with writing_in_turn(self._engine) as connection:
            new = gateway not in _gateways(connection)
            statement = self._insert(schema.gateways).values(row)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["id"], set_={"token_hash": token_hash}
                )
            )
            if new:
                tell_credentials(connection, gateway)

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

    def keep_report(self, gateway: str, report: GatewayReport) -> None:
        said = {
            "alarms": [
                {**asdict(alarm), "since": alarm.since.timestamp()} for alarm in report.alarms
            ],
            "version": report.version,
            "undelivered": report.undelivered,
            "spool_bytes": report.spool_bytes,
        }
        statement = self._insert(schema.gateway_reports)
        newest = statement.on_conflict_do_update(
            index_elements=["gateway"],
            set_={"at": statement.excluded.at, "body": statement.excluded.body},
        )
        with writing(self._engine) as connection:
            connection.execute(newest, {"gateway": gateway, "at": report.at, "body": said})

    def reports(self) -> dict[str, GatewayReport]:
        with reading(self._engine) as connection:
            rows = connection.execute(select(schema.gateway_reports)).all()
        return {row.gateway: _report(row.at, row.body) for row in rows}


def _report(at: datetime, said: Mapping[str, Any]) -> GatewayReport:
    alarms = [
        Alarm(one["code"], datetime.fromtimestamp(one["since"], UTC), one["words"], one["facts"])
        for one in said["alarms"]
    ]
    return GatewayReport(at, alarms, said["version"], said["undelivered"], said["spool_bytes"])


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


def write_credentials(
    connection: Connection, node: str, hash: str | None, gateway: str | None = None
) -> None:
    """Queue the hash of a node's password; None takes the node's away."""
    write_order(connection, "credentials", None, {"user": node, "hash": hash}, gateway)


def tell_credentials(connection: Connection, gateway: str) -> None:
    """Queue what the registry knows of every node's password for one gateway."""
    nodes = schema.nodes
    known = select(nodes.c.id, nodes.c.broker_hash).where(nodes.c.broker_hash.is_not(None))
    for node, hash in connection.execute(known.order_by(nodes.c.id)).all():
        write_credentials(connection, node, hash, gateway)


def _gateways(connection: Connection) -> list[str]:
    return list(connection.execute(select(schema.gateways.c.id)).scalars())


def _key(kind: str, node: str | None, body: Mapping[str, object]) -> str:
    """Name what a command is about; a newer one about the same replaces it."""
    about = node or body.get("bed") or body.get("user") or ""
    if kind not in _KEYED:
        about = f"{about}/{body.get('b')}/{body.get('q')}"
    return f"{kind}/{about}"[:96]
