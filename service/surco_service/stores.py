"""Opens every store that the settings name: the one place that knows which adapter is which.

An engine is imported when it is used: InfluxDB's client is heavy, and most gardens have none.
"""

import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine

from surco_contract.settings import SettingsError
from surco_service.adapters.sql.diary import SqlDiary
from surco_service.adapters.sql.engine import open_engine
from surco_service.adapters.sql.firmware import SqlFirmware
from surco_service.adapters.sql.gateways import SqlGateways
from surco_service.adapters.sql.keys import SqlKeys
from surco_service.adapters.sql.ledger import SqlLedger
from surco_service.adapters.sql.outbox import SqlOutbox
from surco_service.adapters.sql.records import SqlRecords
from surco_service.adapters.sql.registry import SqlRegistry
from surco_service.adapters.sql.sessions import SqlSessions
from surco_service.adapters.sql.troubles import SqlTroubles
from surco_service.config import Settings
from surco_service.errors import StoreUnavailable
from surco_service.ports.intake import ReadingStore
from surco_service.ports.mirror import Mirror
from surco_service.ports.stores import Stores

Opened = TypeVar("Opened")

AGAIN_S = 0.5


@contextmanager
def open_stores(settings: Settings, patience_s: float | None = None) -> Generator[Stores]:
    """Open all stores, and close them at the end. Raises `SettingsError`.

    A database may take so many seconds to answer: after a power cut it starts later than we do.
    With None nothing is waited for, and InfluxDB is not asked whether it is there.
    """
    with ExitStack() as open_things:
        url = settings.notebook_url or f"sqlite:///{settings.data / 'notebook.db'}"
        engine = _patiently("service.notebook_url", lambda: open_engine(url), patience_s)
        open_things.callback(engine.dispose)
        readings, mirror = _readings(settings, patience_s)
        open_things.callback(readings.close)
        yield sql_stores(engine, settings.data / "quarantine.jsonl", readings, mirror)


def sql_stores(
    engine: Engine, overflow: Path, readings: ReadingStore, mirror: Mirror | None
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
        troubles=SqlTroubles(engine),
        outbox=SqlOutbox(engine),
        mirror=mirror,
    )


def _readings(settings: Settings, patience_s: float | None) -> tuple[ReadingStore, Mirror | None]:
    """Open the readings, and the mirror if there is one."""
    if settings.influx_url is None:
        from surco_service.adapters.readings.sqlite import SqliteReadings

        try:
            return SqliteReadings(settings.data / "readings.db"), None
        except StoreUnavailable as error:
            raise SettingsError(f"service.data: {error}") from error
    from surco_service.adapters.readings.influx import Influx, InfluxMirror, InfluxReadings

    influx = Influx(
        settings.influx_url, settings.influx_token, settings.influx_org, settings.influx_bucket
    )
    if patience_s is not None:
        try:
            _patiently("service.influx_url", influx.check, patience_s)
        except SettingsError:
            influx.close()
            raise
    return InfluxReadings(influx), InfluxMirror(influx)


def _patiently(key: str, open_it: Callable[[], Opened], patience_s: float | None) -> Opened:
    end = time.monotonic() + (patience_s or 0.0)
    while True:
        try:
            return open_it()
        except StoreUnavailable as error:
            if time.monotonic() > end or patience_s is None:
                raise SettingsError(
                    f"{key}: {error}; start that database, or mend {key}"
                ) from error
            time.sleep(AGAIN_S)
