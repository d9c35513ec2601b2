"""The Notebook on SQLAlchemy Core: what people edit, and the outbox that mirrors it.

An event (harvest, watering) and its mirror lines are one transaction: both or none. Events are
never changed; a correction is a new event that names the one it replaces, and lists show only what
was not replaced. A replacement with amount 0 is a deletion.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import date, datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, Row, Table, and_, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from surco_service.adapters.sql import schema
from surco_service.adapters.sql.diary import forget
from surco_service.adapters.sql.engine import reading, writing
from surco_service.domain.stewardship.garden import (
    Bed,
    Calibration,
    Garden,
    Harvest,
    Node,
    NodeStatus,
    Placement,
    Probe,
    StoredAdvice,
    Watering,
)
from surco_service.errors import Conflict, NotFound
from surco_service.usecases.mirror.records import harvest_lines, watering_lines

Entity = TypeVar("Entity")
Event = TypeVar("Event", Harvest, Watering)


class SqlNotebook:
    """A `Notebook` on an engine of `open_engine`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[
            engine.dialect.name
        ]

    # ------------------------------------------------------------ gardens and beds

    def gardens(self) -> list[Garden]:
        return self._all(Garden, schema.gardens)

    def garden(self, garden: str) -> Garden:
        return self._one(Garden, schema.gardens, garden)

    def save_garden(self, garden: Garden) -> None:
        self._save(schema.gardens, asdict(garden))

    def beds(self, garden: str | None = None) -> list[Bed]:
        return self._all(Bed, schema.beds, garden=garden)

    def bed(self, bed: str) -> Bed:
        return self._one(Bed, schema.beds, bed)

    def save_bed(self, bed: Bed) -> None:
        values = asdict(bed)
        with writing(self._engine) as connection:
            connection.execute(self._upsert(schema.beds, values, "id"), values)
            forget(connection, [bed.id], date.min)

    # ------------------------------------------------------------ sensors

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

    # ------------------------------------------------------------ events

    def record_harvest(self, harvest: Harvest) -> bool:
        return self._record(schema.harvests, harvest, harvest_lines)

    def record_watering(self, watering: Watering) -> bool:
        return self._record(schema.waterings, watering, watering_lines)

    def harvests(
        self, *, garden: str | None = None, bed: str | None = None, since: datetime | None = None,
        limit: int = 100,
    ) -> list[Harvest]:  # fmt: skip
        return self._events(Harvest, schema.harvests, "amount", garden, bed, since, limit)

    def waterings(
        self, *, garden: str | None = None, bed: str | None = None, since: datetime | None = None,
        limit: int = 100,
    ) -> list[Watering]:  # fmt: skip
        return self._events(Watering, schema.waterings, "litres", garden, bed, since, limit)

    def all_harvests(self) -> Iterable[tuple[Harvest, Harvest | None]]:
        return self._all_events(Harvest, schema.harvests)

    def all_waterings(self) -> Iterable[tuple[Watering, Watering | None]]:
        return self._all_events(Watering, schema.waterings)

    def _all_events(self, kind: type[Event], table: Table) -> list[tuple[Event, Event | None]]:
        with reading(self._engine) as connection:
            rows = connection.execute(select(table).order_by(table.c.recorded, table.c.id))
            events = {row.id: kind(**row._mapping) for row in rows}
        return [(event, events.get(event.replaces or "")) for event in events.values()]

    def _record(self, table: Table, event: Event, lines: Any) -> bool:
        with writing(self._engine) as connection:
            if connection.execute(select(table.c.id).where(table.c.id == event.id)).first():
                return False
            old = None
            if event.replaces is not None:
                found = connection.execute(
                    select(table).where(table.c.id == event.replaces)
                ).first()
                if found is None:
                    raise NotFound(f"there is nothing to correct under {event.replaces}")
                if connection.execute(
                    select(table.c.id).where(table.c.replaces == event.replaces)
                ).first():
                    raise Conflict("this was corrected already; correct the newest one")
                old = type(event)(**found._mapping)
            connection.execute(insert(table).values(asdict(event)))
            self._enqueue(connection, lines(event, old))
            if isinstance(event, Watering):
                since = event.at if old is None else min(event.at, old.at)
                forget(connection, [event.bed], since.date())
        return True

    def _events(
        self, kind: type[Event], table: Table, amount: str, garden: str | None, bed: str | None,
        since: datetime | None, limit: int,
    ) -> list[Event]:  # fmt: skip
        replaced = select(table.c.replaces).where(table.c.replaces.is_not(None))
        query = select(table).where(table.c.id.not_in(replaced), table.c[amount] > 0)
        query = _where(query, table, {"garden": garden, "bed": bed})
        if since is not None:
            query = query.where(table.c.at >= since)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(table.c.at.desc(), table.c.id).limit(limit))
            return [kind(**row._mapping) for row in rows]

    # ------------------------------------------------------------ advice

    def save_advice(self, advice: Sequence[StoredAdvice], lines: Sequence[str] = ()) -> None:
        with writing(self._engine) as connection:
            if advice:
                statement = self._upsert(schema.advice, _ADVICE_ROW, key="bed")
                connection.execute(statement, [_advice_row(one) for one in advice])
            self._enqueue(connection, lines)

    def advice(self) -> dict[str, StoredAdvice]:
        with reading(self._engine) as connection:
            return {row.bed: _advice(row) for row in connection.execute(select(schema.advice))}

    # ------------------------------------------------------------ outbox

    def enqueue(self, lines: Sequence[str]) -> None:
        if lines:
            with writing(self._engine) as connection:
                self._enqueue(connection, lines)

    def outbox(self, limit: int = 1000) -> list[tuple[int, str]]:
        table = schema.outbox
        with reading(self._engine) as connection:
            rows = connection.execute(select(table).order_by(table.c.id).limit(limit))
            return [(row.id, row.line) for row in rows]

    def mirrored(self, ids: Sequence[int]) -> None:
        for start in range(0, len(ids), _MOST_PARAMETERS):
            part = ids[start : start + _MOST_PARAMETERS]
            with writing(self._engine) as connection:
                connection.execute(delete(schema.outbox).where(schema.outbox.c.id.in_(part)))

    def _enqueue(self, connection: Connection, lines: Iterable[str]) -> None:
        rows = [{"line": line} for line in lines]
        if rows:
            connection.execute(insert(schema.outbox), rows)

    # ------------------------------------------------------------ administrators

    def new_admin_link(self, token_hash: str, expires: datetime) -> None:
        self._save(
            schema.admin_links, {"token_hash": token_hash, "expires": expires}, key="token_hash"
        )

    def use_admin_link(self, token_hash: str, now: datetime) -> bool:
        table = schema.admin_links
        with writing(self._engine) as connection:
            connection.execute(delete(table).where(table.c.expires <= now))
            used = connection.execute(delete(table).where(table.c.token_hash == token_hash))
            return used.rowcount == 1

    def open_session(self, token_hash: str, expires: datetime) -> None:
        self._save(
            schema.sessions, {"token_hash": token_hash, "expires": expires}, key="token_hash"
        )

    def session_valid(self, token_hash: str, now: datetime) -> bool:
        table = schema.sessions
        query = select(table.c.expires).where(table.c.token_hash == token_hash)
        with reading(self._engine) as connection:
            expires = connection.execute(query).scalar()
        return expires is not None and now < expires

    # ------------------------------------------------------------ rows

    def _all(self, kind: type[Entity], table: Table, **equal: str | None) -> list[Entity]:
        names = [field.name for field in fields(kind)]  # pyright: ignore[reportArgumentType]
        query = _where(select(*(table.c[name] for name in names)), table, equal)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(*table.primary_key.columns))
            return [kind(**row._mapping) for row in rows]

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


_MOST_PARAMETERS = 5000  # of one statement
_ADVICE_COLUMNS = ("bed", "status", "at", "expires", "data_at")
_ADVICE = TypeAdapter(StoredAdvice)
_ADVICE_ROW = (*_ADVICE_COLUMNS, "body")


def _where(query: Any, table: Table, equal: Mapping[str, str | None]) -> Any:
    for name, value in equal.items():
        if value is not None:
            query = query.where(table.c[name] == value)
    return query


def _node(row: Row[Any]) -> Node:
    status = None
    if row.status_at is not None:
        status = NodeStatus(at=row.status_at, **(row.status or {}))
        if isinstance(status.next_at, str):
            status = replace(status, next_at=datetime.fromisoformat(status.next_at))
    return Node(row.id, row.name, row.added, status)


def _advice_row(advice: StoredAdvice) -> dict[str, Any]:
    body = _ADVICE.dump_python(advice, mode="json", exclude=set(_ADVICE_COLUMNS))
    return {**{name: getattr(advice, name) for name in _ADVICE_COLUMNS}, "body": body}


def _advice(row: Row[Any]) -> StoredAdvice:
    columns = {name: getattr(row, name) for name in _ADVICE_COLUMNS}
    return _ADVICE.validate_python({**columns, **row.body})
