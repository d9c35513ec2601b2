"""The diary of the beds, their latest advice, and the weather of the gardens, on SQLAlchemy Core.

The diary is derived: whatever changes the past (a watering noted late, a calibration, the weather)
forgets the pages from that day on, in its own transaction, and they are written again.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, delete, select

from surco_service.adapters.sql import schema
from surco_service.adapters.sql.engine import reading, writing
from surco_service.adapters.sql.outbox import put_in_outbox
from surco_service.adapters.sql.store import SqlStore
from surco_service.domain.water.advice import StoredAdvice
from surco_service.domain.water.bed_days import VERSION, BedDay
from surco_service.domain.water.science.weather import WeatherDay

SOURCES = ("api", "gauge", "person")  # the later ones know better how much it rained
_PAGE = TypeAdapter(BedDay)
_ADVICE = TypeAdapter(StoredAdvice)
_ADVICE_COLUMNS = ("bed", "status", "at", "expires", "data_at")
_ADVICE_ROW = (*_ADVICE_COLUMNS, "body")
_VALUES = ("temp_min_c", "temp_max_c", "rh_min", "rh_max", "wind_m_s", "radiation_mj_m2",
           "et0_mm", "rain_mm", "rain_chance")  # fmt: skip


class SqlDiary(SqlStore):
    """A `Diary` on an engine of `open_engine`."""

    # ------------------------------------------------------------ pages

    def pages(
        self, beds: Sequence[str], first: date, last: date | None = None
    ) -> dict[str, list[BedDay]]:
        table = schema.bed_days
        query = select(table.c.bed, table.c.body).where(
            table.c.day >= first, table.c.version == VERSION
        )
        if last is not None:
            query = query.where(table.c.day <= last)
        if len(beds) == 1:
            query = query.where(table.c.bed == beds[0])
        wanted, found = set(beds), defaultdict[str, list[BedDay]](list)
        with reading(self._engine) as connection:
            for bed, body in connection.execute(query.order_by(table.c.bed, table.c.day)):
                if bed in wanted:
                    found[bed].append(_PAGE.validate_python(body))
        return dict(found)

    def save_pages(self, pages: Iterable[BedDay]) -> None:
        rows = [
            {"bed": page.bed, "day": page.day, "version": page.version,
             "body": _PAGE.dump_python(page, mode="json")}
            for page in pages
        ]  # fmt: skip
        if not rows:
            return
        statement = self._insert(schema.bed_days)
        statement = statement.on_conflict_do_update(
            index_elements=["bed", "day"],
            set_={name: statement.excluded[name] for name in ("version", "body")},
        )
        with writing(self._engine) as connection:
            connection.execute(statement, rows)

    def forget_pages(self, bed: str, since: date) -> None:
        with writing(self._engine) as connection:
            forget(connection, [bed], since)

    # ------------------------------------------------------------ weather

    def weather(self, garden: str, first: date, last: date) -> list[WeatherDay]:
        table = schema.weather
        query = select(table).where(
            table.c.garden == garden, table.c.day >= first, table.c.day <= last
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).mappings().all()
        days: dict[date, WeatherDay] = {}
        for row in sorted(rows, key=lambda row: (row["day"], SOURCES.index(row["source"]))):
            days[row["day"]] = _merged(days.get(row["day"]), row)
        return [days[day] for day in sorted(days)]

    def save_weather(self, garden: str, days: Sequence[WeatherDay], source: str) -> None:
        """Keep what a source says of some days; what happened is never replaced by a forecast."""
        table, statement = schema.weather, self._insert(schema.weather)
        names = ("forecast", *_VALUES)
        statement = statement.on_conflict_do_update(
            index_elements=["garden", "day", "source"],
            set_={name: statement.excluded[name] for name in names},
            where=table.c.forecast | ~statement.excluded.forecast,
        )
        rows = [
            {"garden": garden, "source": source}
            | {k: v for k, v in asdict(day).items() if k != "rain_source"}
            for day in days
        ]
        if not rows:
            return
        first = min(day.day for day in days)
        with writing(self._engine) as connection:
            before = connection.execute(
                select(table).where(table.c.garden == garden, table.c.source == source,
                                    table.c.day >= first)
            ).mappings().all()  # fmt: skip
            connection.execute(statement, rows)
            changed = _first_change(before, rows)
            if changed is not None:
                beds = select(schema.beds.c.id).where(schema.beds.c.garden == garden)
                forget(connection, list(connection.execute(beds).scalars()), changed)

    # ------------------------------------------------------------ advice

    def save_advice(self, advice: Sequence[StoredAdvice], lines: Sequence[str] = ()) -> None:
        with writing(self._engine) as connection:
            if advice:
                statement = self._upsert(schema.advice, _ADVICE_ROW, key="bed")
                connection.execute(statement, [_advice_row(one) for one in advice])
            put_in_outbox(connection, lines)

    def advice(self) -> dict[str, StoredAdvice]:
        with reading(self._engine) as connection:
            return {row.bed: _advice(row) for row in connection.execute(select(schema.advice))}


def forget(connection: Connection, beds: Sequence[str], since: date) -> None:
    """Forget the pages of beds from a day on, inside the transaction of what changed the past."""
    table = schema.bed_days
    connection.execute(delete(table).where(table.c.bed.in_(beds), table.c.day >= since))


def _merged(known: WeatherDay | None, row: Any) -> WeatherDay:
    """Return a day with what one more source says; the surer source of rain comes last."""
    said = {name: row[name] for name in _VALUES if row[name] is not None}
    source = {"rain_source": row["source"]} if "rain_mm" in said else {}
    if known is None:
        return WeatherDay(row["day"], **said, **source, forecast=row["forecast"])
    return replace(known, **said, **source, forecast=known.forecast and row["forecast"])


def _first_change(before: Sequence[Any], rows: Sequence[Any]) -> date | None:
    """Return the first day that is no forecast and whose values are new."""
    known = {row["day"]: row for row in before}
    changed = [
        row["day"]
        for row in rows
        if not row["forecast"]
        and (
            row["day"] not in known
            or known[row["day"]]["forecast"]
            or any(known[row["day"]][name] != row[name] for name in _VALUES)
        )
    ]
    return min(changed, default=None)


def _advice_row(advice: StoredAdvice) -> dict[str, Any]:
    body = _ADVICE.dump_python(advice, mode="json", exclude=set(_ADVICE_COLUMNS))
    return {**{name: getattr(advice, name) for name in _ADVICE_COLUMNS}, "body": body}


def _advice(row: Row[Any]) -> StoredAdvice:
    columns = {name: getattr(row, name) for name in _ADVICE_COLUMNS}
    return _ADVICE.validate_python({**columns, **row.body})
