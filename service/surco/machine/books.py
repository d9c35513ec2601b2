"""Opens the databases of a data folder for a command, with the same settings as the service."""

from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine

from surco.machine.folder import Folder
from surco_contract.settings import SettingsError, read_settings
from surco_service.adapters.sql.engine import open_engine
from surco_service.adapters.sql.firmware import SqlFirmware
from surco_service.adapters.sql.keys import SqlKeys
from surco_service.adapters.sql.ledger import SqlLedger
from surco_service.adapters.sql.notebook import SqlNotebook
from surco_service.config import Settings
from surco_service.errors import StoreUnavailable
from surco_service.ports import Mirror, ReadingStore


@dataclass(frozen=True)
class Books:
    """The registry and the books of deliveries."""

    settings: Settings
    engine: Engine
    notebook: SqlNotebook
    ledger: SqlLedger
    keys: SqlKeys
    firmware: SqlFirmware


@contextmanager
def open_books(folder: Folder, environment: Mapping[str, str]) -> Generator[Books]:
    """Open the notebook's database. Raises `SettingsError`."""
    settings = read_settings(Settings, "service", folder.settings, environment)
    try:
        engine = open_engine(settings.notebook_url or f"sqlite:///{settings.data / 'notebook.db'}")
    except StoreUnavailable as error:
        raise SettingsError(f"service.notebook_url: {error}") from error
    try:
        ledger = SqlLedger(engine, settings.data / "quarantine.jsonl")
        yield Books(
            settings, engine, SqlNotebook(engine), ledger, SqlKeys(engine), SqlFirmware(engine)
        )
    finally:
        engine.dispose()


@contextmanager
def open_readings(settings: Settings) -> Generator[tuple[ReadingStore, Mirror | None]]:
    """Open the readings, and the mirror if there is one. Raises `StoreUnavailable`."""
    with ExitStack() as open_things:
        if settings.influx_url is None:
            from surco_service.adapters.readings.sqlite import SqliteReadings

            readings = SqliteReadings(settings.data / "readings.db")
            open_things.callback(readings.close)
            yield readings, None
            return
        from surco_service.adapters.readings.influx import Influx, InfluxMirror, InfluxReadings

        influx = Influx(
            settings.influx_url, settings.influx_token, settings.influx_org, settings.influx_bucket
        )
        open_things.callback(influx.close)
        yield InfluxReadings(influx), InfluxMirror(influx)
