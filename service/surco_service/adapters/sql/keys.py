"""Keys, labels and claims of nodes, in the Notebook's database: SQLite or PostgreSQL.

What a node has and the order that tells the gateways of it are one transaction: both or none.
"""

from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select, update

from surco_service.adapters.sql import schema
from surco_service.adapters.sql.engine import reading, writing_in_turn
from surco_service.adapters.sql.gateways import write_credentials
from surco_service.ports.nodes import Claim, Enrolment
from surco_service.usecases.nodes import claims

_COLUMNS = ("key", "labelled", "claimed", "air_mv", "water_mv")


class SqlKeys:
    """The `Keys` on an engine of `open_engine`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def enrolment(self, node: str) -> Enrolment | None:
        with reading(self._engine) as connection:
            return _enrolment(connection, node)

    def label(self, node: str, hash: str, now: datetime) -> Enrolment | None:
        with writing_in_turn(self._engine) as connection:
            before = _enrolment(connection, node)
            if before is None:
                connection.execute(insert(schema.nodes).values(id=node, name="", added=now))
            _keep(connection, node, Enrolment(labelled=now), hash)
        return before

    def claim(self, claim: Claim, now: datetime) -> str:
        with writing_in_turn(self._engine) as connection:
            verdict = claims.judge(_enrolment(connection, claim.node), claim.key)
            if verdict == claims.TAKE:
                kept = Enrolment(claim.key, None, now, claim.air_mv, claim.water_mv)
                _keep(connection, claim.node, kept, claim.hash)
            elif verdict == claims.AGAIN:
                _keep(connection, claim.node, None, claim.hash)
        return verdict

    def give(self, node: str, hash: str, key: str, now: datetime) -> None:
        with writing_in_turn(self._engine) as connection:
            _keep(connection, node, Enrolment(key, None, now), hash)


def _enrolment(connection: Connection, node: str) -> Enrolment | None:
    table = schema.nodes
    query = select(*(table.c[name] for name in _COLUMNS)).where(table.c.id == node)
    row = connection.execute(query).first()
    return None if row is None else Enrolment(*row)


def _keep(connection: Connection, node: str, enrolment: Enrolment | None, hash: str) -> None:
    """Keep how far a node has come and its password's hash, and tell the gateways."""
    values: dict[str, object] = {"broker_hash": hash}
    if enrolment is not None:
        values |= {name: getattr(enrolment, name) for name in _COLUMNS}
    connection.execute(update(schema.nodes).where(schema.nodes.c.id == node).values(values))
    write_credentials(connection, node, hash)
