"""The registry on SQLAlchemy Core: nodes, probes, where they hang, and their calibrations.

What changes the past (a placement, a calibration) forgets the pages of the diary from that day on,
in its own transaction.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, insert, or_, select, update

from surco_service.adapters.sql import schema
from surco_service.adapters.sql.diary import forget
from surco_service.adapters.sql.engine import reading, writing
from surco_service.adapters.sql.store import SqlStore
from surco_service.domain.nodes.node import Node, NodeStatus, Placement, Probe
from surco_service.domain.water.calibration import Calibration
from surco_service.errors import Conflict


class SqlRegistry(SqlStore):
    """The `Registry` on an engine of `open_engine`."""

    def nodes(self) -> list[Node]:
        with reading(self._engine) as connection:
            return [_node(row) for row in connection.execute(select(schema.nodes).order_by("id"))]

    def save_node(self, node: Node) -> None:
        """Keep name and date of a node; what it last said of itself stays."""
        self._save(schema.nodes, {"id": node.id, "name": node.name, "added": node.added})

    def set_status(self, node: str, status: NodeStatus) -> None:
        body = asdict(status)
        body["next_at"] = status.next_at and status.next_at.isoformat()
        values = {"status_at": body.pop("at"), "status": body}
        with writing(self._engine) as connection:
            added = {"id": node, "name": "", "added": status.at, **values}
            connection.execute(
                self._insert(schema.nodes)
                .values(added)
                .on_conflict_do_update(index_elements=["id"], set_=values)
            )

    def wished(self, node: str) -> dict[str, int]:
        query = select(schema.nodes.c.wished).where(schema.nodes.c.id == node)
        with reading(self._engine) as connection:
            return connection.scalar(query) or {}

    def wish(self, node: str, wished: Mapping[str, int]) -> None:
        values = {"wished": dict(wished)}
        with writing(self._engine) as connection:
            connection.execute(update(schema.nodes).where(schema.nodes.c.id == node).values(values))

    def probes(self) -> list[Probe]:
        return self._all(Probe, schema.probes)

    def save_probe(self, probe: Probe) -> None:
        self._save(schema.probes, asdict(probe))

    def placements(self, node: str | None = None, bed: str | None = None) -> list[Placement]:
        return self._all(Placement, schema.placements, node=node, bed=bed)

    def place(self, placement: Placement) -> None:
        table = schema.placements
        same_place = or_(
            and_(table.c.node == placement.node, table.c.channel == placement.channel),
            table.c.probe == placement.probe,
        )
        with writing(self._engine) as connection:
            later = select(table.c.id).where(same_place, table.c.since >= placement.since)
            if connection.execute(later).first():
                raise Conflict("this sensor was placed at that time or later; choose a later time")
            connection.execute(
                update(table)
                .where(same_place, or_(table.c.until.is_(None), table.c.until > placement.since))
                .values(until=placement.since)
            )
            connection.execute(insert(table).values(asdict(placement)))
            here = select(table.c.bed).where(same_place)
            beds = [placement.bed, *connection.execute(here).scalars()]
            forget(connection, beds, placement.since.date())

    def calibrations(self, probe: str | None = None) -> list[Calibration]:
        return self._all(Calibration, schema.calibrations, probe=probe)

    def calibrate(self, calibration: Calibration) -> None:
        values = {k: v for k, v in asdict(calibration).items() if k != "id"}
        with writing(self._engine) as connection:
            connection.execute(insert(schema.calibrations).values(values))
            placed = schema.placements
            beds = select(placed.c.bed).where(placed.c.probe == calibration.probe)
            forget(connection, list(connection.execute(beds).scalars()), calibration.since.date())


def _node(row: Row[Any]) -> Node:
    status = None
    if row.status_at is not None:
        said: dict[str, Any] = row.status or {}
        status = NodeStatus(at=row.status_at, **said)
        if isinstance(status.next_at, str):
            status = replace(status, next_at=datetime.fromisoformat(status.next_at))
    return Node(row.id, row.name, row.added, status)
