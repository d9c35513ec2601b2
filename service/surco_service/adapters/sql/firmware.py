"""Releases, their files and rollouts, in the Notebook's database: SQLite or PostgreSQL."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, insert, select, update

from surco_service.adapters.sql import schema
from surco_service.adapters.sql.engine import reading, writing
from surco_service.domain.release import Release
from surco_service.domain.rollout import Rollout, Step
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
                    raise Conflict(f"version {release.version} is published with other content")
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
        table = schema.rollouts
        with reading(self._engine) as connection:
            row = connection.execute(select(table).order_by(table.c.id.desc()).limit(1)).first()
        return None if row is None else _rollout(row)

    def save_rollout(self, rollout: Rollout) -> Rollout:
        table, body = schema.rollouts, _body(rollout)
        values = {"version": rollout.version, "started": rollout.started, "body": body}
        with writing(self._engine) as connection:
            if rollout.id:
                connection.execute(update(table).where(table.c.id == rollout.id).values(values))
                return rollout
            query = insert(table).values(values).returning(table.c.id)
            id = connection.execute(query).scalar_one()
        return _rollout_of(values, id)


def _files(listed: list[Any]) -> tuple[tuple[str, int, str], ...]:
    return tuple((name, size, sha) for name, size, sha in listed)


def _body(rollout: Rollout) -> dict[str, Any]:
    body = asdict(rollout)
    for name in ("id", "version", "started"):
        del body[name]
    body["patience"] = rollout.patience.total_seconds()
    # a list: JSON objects of PostgreSQL keep no order
    body["steps"] = [
        [node, step.before, _written(step.ordered), _written(step.confirmed)]
        for node, step in rollout.steps.items()
    ]
    return body


def _rollout(row: Any) -> Rollout:
    return _rollout_of({"version": row.version, "started": row.started, "body": row.body}, row.id)


def _rollout_of(values: Mapping[str, Any], id: int) -> Rollout:
    body = dict(values["body"])
    steps = {
        node: Step(before, _read(ordered), _read(confirmed))
        for node, before, ordered, confirmed in body.pop("steps")
    }
    patience = timedelta(seconds=body.pop("patience"))
    return Rollout(values["version"], values["started"], steps, patience=patience, id=id, **body)


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
