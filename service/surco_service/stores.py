"""Opens every store that the settings name: the one place that knows which adapter is which.

A database that does not answer is no wrong setting: the service starts without it, and uses it once
it is there. One that answers and refuses what the settings say is one, and the setting is named.
An engine is imported when it is used: InfluxDB's client is heavy, and most gardens have none.
"""

import logging
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, cast
from urllib.parse import urlsplit

from sqlalchemy import Engine

from surco_contract.settings import SettingsError
from surco_service.adapters.sql.backups import Backups, backups
from surco_service.adapters.sql.diary import SqlDiary
from surco_service.adapters.sql.engine import NotAUrl, open_later
from surco_service.adapters.sql.firmware import SqlFirmware
from surco_service.adapters.sql.gate import REFUSES, Gate
from surco_service.adapters.sql.gateways import SqlGateways
from surco_service.adapters.sql.keys import SqlKeys
from surco_service.adapters.sql.ledger import SqlLedger
from surco_service.adapters.sql.marks import SqlMarks
from surco_service.adapters.sql.outbox import SqlOutbox
from surco_service.adapters.sql.records import SqlRecords
from surco_service.adapters.sql.registry import SqlRegistry
from surco_service.adapters.sql.sessions import SqlSessions
from surco_service.adapters.sql.troubles import SqlTroubles
from surco_service.config import Settings
from surco_service.errors import StoreUnavailable
from surco_service.ports.intake import ReadingStore
from surco_service.ports.losses import ReadingsFile
from surco_service.ports.mirror import Mirror
from surco_service.ports.stores import Stores

log = logging.getLogger(__name__)


@contextmanager
def open_stores(settings: Settings, serving: bool = False) -> Generator[Stores]:
    """Open all stores, and close them at the end. Raises `SettingsError`, and nothing is open.

    `serving`: a database that does not answer is no error; it is used once it does, and what can
    be mended by itself is. A command wants it now, mends nothing, and gets `StoreUnavailable`.
    """
    with ExitStack() as open_things:
        url = settings.notebook_url or f"sqlite:///{settings.data / 'notebook.db'}"
        engine, gate = _notebook(url, settings, serving)
        open_things.callback(engine.dispose)
        overflow = settings.data / "quarantine.jsonl"
        kept = _readings(settings, serving)
        open_things.callback(kept.readings.close)
        stores = sql_stores(engine, overflow, kept.readings, kept.mirror, gate)
        yield replace(
            stores,
            readings_file=kept.file,
            check_readings=kept.check,
            backups=Backups(gate.file) if gate.file else None,
        )


def _notebook(url: str, settings: Settings, serving: bool) -> tuple[Engine, Gate]:
    file = settings.data / "notebook.db"
    expected = settings.notebook_url is None and _was_there(file)
    try:
        engine, gate = open_later(url, expected)
    except NotAUrl as error:
        raise SettingsError(f"service.notebook_url: {error}; mend it") from error
    try:
        gate.knock()
    except StoreUnavailable as error:
        if error.code == REFUSES:
            engine.dispose()
            raise SettingsError(f"service.notebook_url: {error}; mend it") from error
        if not serving:
            engine.dispose()
            raise
        log.error("notebook not usable yet code=%s words=%s", error.code, error)
    return engine, gate


def _was_there(notebook: Path) -> bool:
    """Tell whether there was a notebook before: what is made after it stands beside it."""
    return notebook.with_name("readings.db").exists() or bool(backups(notebook))


def sql_stores(
    engine: Engine,
    overflow: Path,
    readings: ReadingStore,
    mirror: Mirror | None,
    gate: Gate | None = None,
) -> Stores:
    """Return all stores, those of the Notebook on one engine of `open_engine`."""
    return Stores(
        readings=readings,
        ledger=SqlLedger(engine, overflow),
        gateways=SqlGateways(engine),
        diary=SqlDiary(engine),
        registry=SqlRegistry(engine),
        keys=SqlKeys(engine),
        firmware=SqlFirmware(engine),
        records=SqlRecords(engine),
        sessions=SqlSessions(engine),
        troubles=SqlTroubles(engine, gate),
        marks=SqlMarks(engine),
        outbox=SqlOutbox(engine),
        mirror=mirror,
    )


def notebook_stores(engine: Engine) -> Stores:
    """Return the stores of a Notebook that lies somewhere without its readings."""
    return sql_stores(engine, Path("quarantine.jsonl"), cast(ReadingStore, None), None)


class _Kept(NamedTuple):
    """Where readings are kept."""

    readings: ReadingStore
    check: Callable[[], None]
    file: ReadingsFile | None = None
    mirror: Mirror | None = None


def _readings(settings: Settings, serving: bool) -> _Kept:
    """Open the readings, and the mirror if there is one."""
    if settings.influx_url is None:
        from surco_service.adapters.readings.sqlite import SqliteReadings

        readings = SqliteReadings(settings.data / "readings.db", heals=serving)
        return _Kept(readings, readings.check, readings)
    from surco_service.adapters.readings.influx import Influx, InfluxMirror, InfluxReadings

    _check_url(settings.influx_url)
    influx = Influx(
        settings.influx_url, settings.influx_token, settings.influx_org, settings.influx_bucket
    )
    if serving:
        try:
            influx.check()
        except StoreUnavailable as error:
            if setting := error.values.get("setting"):
                influx.close()
                raise SettingsError(
                    f"{setting}: {error}; mend it, or let `surco setup influx` make all"
                ) from error
            log.error("influxdb not usable yet words=%s", error)
    return _Kept(InfluxReadings(influx), influx.check, mirror=InfluxMirror(influx))


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise SettingsError(
            f"service.influx_url: expected http://HOST:PORT or https://HOST:PORT, got {url!r}"
        )
