"""The open ports, in one value that use cases are handed."""

from collections.abc import Callable
from dataclasses import dataclass

from surco_service.ports.intake import Gateways, Ledger, ReadingStore
from surco_service.ports.losses import Backups, Marks, ReadingsFile
from surco_service.ports.mirror import Mirror, Outbox
from surco_service.ports.nodes import Firmware, Keys, Registry
from surco_service.ports.people import Sessions
from surco_service.ports.stewardship import Records
from surco_service.ports.troubles import Troubles
from surco_service.ports.water import Diary


def _nothing_to_ask() -> None: ...


@dataclass(frozen=True, slots=True)
class Stores:
    """One of each port that keeps something."""

    readings: ReadingStore
    ledger: Ledger
    gateways: Gateways
    diary: Diary
    registry: Registry
    keys: Keys
    firmware: Firmware
    records: Records
    sessions: Sessions
    troubles: Troubles
    marks: Marks
    outbox: Outbox
    mirror: Mirror | None  # None: no InfluxDB, nothing for Grafana to draw
    readings_file: ReadingsFile | None = None  # None: an engine keeps them, and cares for them
    backups: Backups | None = None  # None: PostgreSQL, which has its own
    check_readings: Callable[[], None] = _nothing_to_ask  # raises `StoreUnavailable`, with a code
