"""What is wrong at present, in the Notebook's database: SQLite or PostgreSQL.

While that database is not there, what is wrong with it is the first trouble, and others are noted
in memory until it is back.
"""

import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy import Engine, delete, select

from surco_service.adapters.sql import schema
from surco_service.adapters.sql.engine import reading, writing
from surco_service.adapters.sql.gate import AWAY, Gate
from surco_service.adapters.sql.store import SqlStore
from surco_service.errors import StoreUnavailable
from surco_service.ports.troubles import Trouble


class SqlTroubles(SqlStore):
    """The `Troubles` on an engine of `open_engine`."""

    def __init__(self, engine: Engine, gate: Gate | None = None) -> None:
        super().__init__(engine)
        self._gate, self._lock = gate, threading.Lock()
        self._noted: dict[tuple[str, str], Trouble] = {}  # to be written down when it is back
        self._shut: Trouble | None = None

    def raised(self, code: str, about: str, at: datetime, facts: Mapping[str, object]) -> None:
        if self._gate is None:
            self._write(Trouble(code, about, at, facts))
            return
        with self._lock:
            known = self._noted.get((code, about))
            self._noted[code, about] = Trouble(code, about, known.since if known else at, facts)
        with suppress(StoreUnavailable):
            self._write_noted()

    def ended(self, code: str, about: str) -> None:
        with self._lock:
            self._noted.pop((code, about), None)
        table = schema.troubles
        with writing(self._engine) as connection:
            connection.execute(delete(table).where(table.c.code == code, table.c.about == about))

    def all(self) -> list[Trouble]:
        """Return what is wrong now, the oldest first; of a service also while the notebook is away."""
        if self._gate is None:
            return self._read()
        try:
            self._write_noted()
            found = self._read()
            self._shut = None
        except StoreUnavailable:
            with self._lock:
                found = list(self._noted.values())
            found.append(self._of_gate(self._gate))
        return sorted(found, key=lambda one: (one.since, one.code, one.about))

    def _of_gate(self, gate: Gate) -> Trouble:
        wrong = gate.trouble or StoreUnavailable("it does not answer", AWAY)
        if self._shut is None or self._shut.code != wrong.code:
            about = str(wrong.values.get("file", ""))[:128]
            self._shut = Trouble(wrong.code, about, gate.since or datetime.now(UTC), wrong.values)
        return self._shut

    def _write_noted(self) -> None:
        with self._lock:
            waiting = list(self._noted.items())
        for key, trouble in waiting:
            self._write(trouble)
            with self._lock:
                if self._noted.get(key) is trouble:
                    del self._noted[key]

    def _write(self, one: Trouble) -> None:
        row = {"code": one.code, "about": one.about, "since": one.since, "facts": dict(one.facts)}
        statement = self._insert(schema.troubles)
        keep_since = statement.on_conflict_do_update(
            index_elements=["code", "about"], set_={"facts": statement.excluded.facts}
        )
        with writing(self._engine) as connection:
            connection.execute(keep_since, row)

    def _read(self) -> list[Trouble]:
        table = schema.troubles
        query = select(table).order_by(table.c.since, table.c.code, table.c.about)
        with reading(self._engine) as connection:
            return [
                Trouble(row.code, row.about, row.since, row.facts)
                for row in connection.execute(query)
            ]
