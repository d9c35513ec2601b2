"""What people record, on SQLAlchemy Core: gardens, beds, harvests, waterings.

An event (harvest, watering) and its mirror lines are one transaction: both or none. Events are
never changed; a correction is a new event that names the one it replaces, and lists show only what
was not replaced. A replacement with amount 0 is a deletion.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Select, Table, and_, or_, select

from surco_service.adapters.sql import schema
from surco_service.adapters.sql.diary import forget
from surco_service.adapters.sql.engine import reading, writing
from surco_service.adapters.sql.outbox import put_in_outbox
from surco_service.adapters.sql.store import SqlStore, where_equal
from surco_service.domain.stewardship.garden import Bed, Garden
from surco_service.domain.stewardship.records import Harvest, Watering
from surco_service.errors import Conflict, NotFound
from surco_service.ports.stewardship import Place
from surco_service.usecases.mirror.records import harvest_lines, watering_lines
from surco_service.usecases.names import names_of

Event = TypeVar("Event", Harvest, Watering)


class SqlRecords(SqlStore):
    """The `Records` on an engine of `open_engine`."""

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

    # ------------------------------------------------------------ events

    def record_harvest(self, harvest: Harvest) -> bool:
        return self._record(schema.harvests, harvest, harvest_lines)

    def record_watering(self, watering: Watering) -> bool:
        return self._record(schema.waterings, watering, watering_lines)

    def harvest(self, id: str) -> Harvest:
        return self._one(Harvest, schema.harvests, id)

    def harvests(
        self, *, garden: str | None = None, bed: str | None = None, since: datetime | None = None,
        after: Place | None = None, limit: int | None = None,
    ) -> list[Harvest]:  # fmt: skip
        query = where_equal(
            _holding(schema.harvests), schema.harvests, {"garden": garden, "bed": bed}
        )
        return self._listed(Harvest, schema.harvests, query, since, after, limit)

    def watering(self, id: str) -> Watering:
        return self._one(Watering, schema.waterings, id)

    def waterings(
        self, *, garden: str | None = None, bed: str | None = None, since: datetime | None = None,
        after: Place | None = None, limit: int | None = None,
    ) -> list[Watering]:  # fmt: skip
        query = where_equal(
            _holding(schema.waterings), schema.waterings, {"garden": garden, "bed": bed}
        )
        return self._listed(Watering, schema.waterings, query, since, after, limit)

    def last_waterings(self, garden: str | None = None) -> dict[str, Watering]:
        table, beds = schema.waterings, schema.beds
        newest = (
            _holding(table).with_only_columns(table.c.id).where(table.c.bed == beds.c.id)
            .order_by(table.c.at.desc(), table.c.id).limit(1).correlate(beds).scalar_subquery()
        )  # fmt: skip
        last = table.alias()
        query = select(last).select_from(beds).join(last, last.c.id == newest)
        query = where_equal(query, beds, {"garden": garden})
        with reading(self._engine) as connection:
            return {row["bed"]: Watering(**row) for row in connection.execute(query).mappings()}

    def all_harvests(self) -> Iterable[tuple[Harvest, Harvest | None]]:
        return self._all_events(Harvest, schema.harvests)

    def all_waterings(self) -> Iterable[tuple[Watering, Watering | None]]:
        return self._all_events(Watering, schema.waterings)

    def _all_events(self, kind: type[Event], table: Table) -> list[tuple[Event, Event | None]]:
        with reading(self._engine) as connection:
            rows = connection.execute(select(table).order_by(table.c.recorded, table.c.id))
            events = {row["id"]: kind(**row) for row in rows.mappings()}
        return [(event, events.get(event.replaces or "")) for event in events.values()]

    def _record(self, table: Table, event: Event, lines: Any) -> bool:
        names = names_of(self.gardens(), self.beds())
        with writing(self._engine) as connection:
            if connection.execute(select(table.c.id).where(table.c.id == event.id)).first():
                return False
            old = None
            if event.replaces is not None:
                query = select(table).where(table.c.id == event.replaces)
                found = connection.execute(query).mappings().first()
                if found is None:
                    raise NotFound(f"there is nothing to correct under {event.replaces}")
                if connection.execute(
                    select(table.c.id).where(table.c.replaces == event.replaces)
                ).first():
                    raise Conflict("this was corrected already; correct the newest one")
                old = type(event)(**found)
            adding = self._insert(table).values(asdict(event)).on_conflict_do_nothing()
            counted = adding.execution_options(preserve_rowcount=True)
            if not connection.execute(counted).rowcount:  # another service was faster, just now
                if connection.execute(select(table.c.id).where(table.c.id == event.id)).first():
                    return False
                raise Conflict("this was corrected already; correct the newest one")
            put_in_outbox(connection, lines(event, old, names))
            if isinstance(event, Watering):
                since = event.at if old is None else min(event.at, old.at)
                forget(connection, [event.bed], since.date())
        return True

    def _listed(
        self, kind: type[Event], table: Table, query: Select[Any], since: datetime | None,
        after: Place | None, limit: int | None,
    ) -> list[Event]:  # fmt: skip
        if since is not None:
            query = query.where(table.c.at >= since)
        if after is not None:
            at, id = after
            query = query.where(or_(table.c.at < at, and_(table.c.at == at, table.c.id > id)))
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(table.c.at.desc(), table.c.id).limit(limit))
            return [kind(**row) for row in rows.mappings()]


def _holding(table: Table) -> Select[Any]:
    """Return the query for events that nothing replaced and that are no taking back."""
    newer = table.alias()
    replaced = select(newer.c.replaces).where(newer.c.replaces.is_not(None))
    amount = table.c.amount if table is schema.harvests else table.c.litres
    return select(table).where(table.c.id.not_in(replaced), amount > 0)
