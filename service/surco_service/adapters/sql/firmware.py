"""Releases, their files and rollouts, in the Notebook's database: SQLite or PostgreSQL."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from surco_service.adapters.sql import schema
from surco_service.adapters.sql.engine import reading, writing, writing_in_turn
from surco_service.adapters.sql.gateways import write_order
from surco_service.domain.nodes.release import Release
from surco_service.domain.nodes.rollout import Rollout, Step
from surco_service.errors import Conflict


class SqlFirmware:
    """The `Firmware` on an engine of `open_engine`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def publish(self, release: Release, bodies: Mapping[str, bytes]) -> bool:
        table = schema.releases
        blobs = {hashlib.sha256(body).hexdigest(): body for body in bodies.values()}
        blobs[hashlib.sha256(release.manifest).hexdigest()] = release.manifest
        with writing(self._engine) as connection:
            query = select(table.c.files, table.c.mpy).where(table.c.version == release.version)
            if (known := connection.execute(query).first()) is not None:
                if _files(known.files) != release.files or known.mpy != release.mpy:
                    raise Conflict(
                        f"version {release.version} is published with other content",
                        "other-content", version=release.version,
                    )  # fmt: skip
                return False
            files = schema.firmware_files
            there = set(connection.scalars(select(files.c.sha256).where(files.c.sha256.in_(blobs))))
            fresh = [
                {"sha256": sha, "body": body} for sha, body in blobs.items() if sha not in there
            ]
            if fresh:
                connection.execute(insert(files), fresh)
            connection.execute(
                insert(table).values(
                    version=release.version, published=release.published, mpy=release.mpy,
                    files=[list(one) for one in release.files],
                )
            )  # fmt: skip
        return True

    def releases(self) -> dict[str, Release]:
        table = schema.releases
        with reading(self._engine) as connection:
            rows = connection.execute(select(table).order_by(table.c.published)).all()
        return {
            row.version: Release(row.version, row.mpy, _files(row.files), row.published)
            for row in rows
        }

    def file(self, sha256: str) -> bytes | None:
        table = schema.firmware_files
        with reading(self._engine) as connection:
            return connection.scalar(select(table.c.body).where(table.c.sha256 == sha256))

    def keys(self) -> dict[str, str]:
        table = schema.nodes
        with reading(self._engine) as connection:
            rows = connection.execute(select(table.c.id, table.c.key)).all()
        return {row.id: row.key for row in rows if row.key}

    def rollout(self) -> Rollout | None:
        with reading(self._engine) as connection:
            return _newest(connection)

    def settle(
        self, before: Rollout | None, after: Rollout, orders: Mapping[str, Mapping[str, object]]
    ) -> Rollout | None:
        table = schema.rollouts
        values = {"version": after.version, "started": after.started, "body": _body(after)}
        with writing_in_turn(self._engine) as connection:
            if _newest(connection) != before:
                return None
            if after.id:
                connection.execute(update(table).where(table.c.id == after.id).values(values))
            else:
                query = insert(table).values(values).returning(table.c.id)
                after = replace(after, id=connection.execute(query).scalar_one())
            for node, body in orders.items():
                write_order(connection, "ota", node, body)
        return after


def _newest(connection: Connection) -> Rollout | None:
    table = schema.rollouts
    row = connection.execute(select(table).order_by(table.c.id.desc()).limit(1)).first()
    return None if row is None else _rollout(row)


def _files(listed: list[Any]) -> tuple[tuple[str, int, str], ...]:
    return tuple((name, size, sha) for name, size, sha in listed)


def _body(rollout: Rollout) -> dict[str, Any]:
    body = asdict(rollout)
    for name in ("id", "version", "started"):
        del body[name]
    body["patience"] = rollout.patience.total_seconds()
    # a list: JSON objects of PostgreSQL keep no order
    body["steps"] = [
        [node, step.before, _written(step.ordered), _written(step.confirmed), step.silent,
         step.sent_back]
        for node, step in rollout.steps.items()
    ]  # fmt: skip
    return body


def _rollout(row: Row[Any]) -> Rollout:
    body = dict(row.body)
    steps = {
        node: Step(before, _read(ordered), _read(confirmed), *more)
        for node, before, ordered, confirmed, *more in body.pop("steps")
    }
    patience = timedelta(seconds=body.pop("patience"))
    return Rollout(row.version, row.started, steps, patience=patience, id=row.id, **body)


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
