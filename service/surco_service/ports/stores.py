"""The open ports, in one value that use cases are handed."""

from dataclasses import dataclass

from surco_service.ports.intake import Gateways, Ledger, ReadingStore
from surco_service.ports.mirror import Mirror, Outbox
from surco_service.ports.nodes import Firmware, Keys, Registry
from surco_service.ports.people import Sessions
from surco_service.ports.stewardship import Records
from surco_service.ports.troubles import Troubles
from surco_service.ports.water import Diary


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
    outbox: Outbox
    mirror: Mirror | None  # None: no InfluxDB, nothing for Grafana to draw
