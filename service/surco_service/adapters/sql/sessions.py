"""One-time links and the sessions they open, on SQLAlchemy Core; only hashes are kept."""

from datetime import datetime

from sqlalchemy import delete, select

from surco_service.adapters.sql import schema
from surco_service.adapters.sql.engine import reading, writing
from surco_service.adapters.sql.store import SqlStore


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
