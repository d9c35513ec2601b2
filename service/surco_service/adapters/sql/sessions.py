"""One-time links and the sessions they open, on SQLAlchemy Core; only hashes are kept."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select, update

from surco_service.adapters.sql import schema
from surco_service.adapters.sql.engine import reading, writing
from surco_service.adapters.sql.store import SqlStore
from surco_service.errors import StoreUnavailable
from surco_service.ports.people import Session

SEEN_EVERY = timedelta(hours=1)  # a page is read often; when it was read last is no row each time
NEVER = datetime.min.replace(tzinfo=UTC)


class SqlSessions(SqlStore):
    """The `Sessions` on an engine of `open_engine`."""

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

    def admin_links(self, now: datetime) -> int:
        table = schema.admin_links
        query = select(func.count()).select_from(table).where(table.c.expires > now)
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one()

    def open_session(
        self, token_hash: str, expires: datetime, opened: datetime | None = None, device: str = ""
    ) -> None:
        self._save(
            schema.sessions,
            {
                "token_hash": token_hash, "expires": expires, "opened": opened, "seen": opened,
                "device": device,
            },
            key="token_hash",
        )  # fmt: skip

    def session_valid(self, token_hash: str, now: datetime) -> bool:
        table = schema.sessions
        query = select(table.c.expires, table.c.seen).where(table.c.token_hash == token_hash)
        with reading(self._engine) as connection:
            found = connection.execute(query).first()
        if found is None or now >= found.expires:
            return False
        if found.seen is None or now - found.seen >= SEEN_EVERY:
            change = update(table).where(table.c.token_hash == token_hash).values(seen=now)
            with suppress(StoreUnavailable), writing(self._engine) as connection:
                connection.execute(change)
        return True

    def sessions(self, now: datetime) -> list[Session]:
        found = [one for one in self._all(Session, schema.sessions) if one.expires > now]
        return sorted(found, key=lambda one: one.seen or NEVER, reverse=True)

    def end_session(self, token_hash: str) -> bool:
        table = schema.sessions
        with writing(self._engine) as connection:
            ended = connection.execute(delete(table).where(table.c.token_hash == token_hash))
            return ended.rowcount == 1
