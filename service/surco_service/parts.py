"""Everything the routes and pages work with, in one value that is handed to them."""

from dataclasses import dataclass, field

from surco_service.config import Settings
from surco_service.ports import (
    Clock,
    Diary,
    Events,
    Firmware,
    Keys,
    Ledger,
    Mirror,
    Notebook,
    ReadingStore,
)
from surco_service.usecases.followup import FollowUp
from surco_service.usecases.intake.gateways import Presence


@dataclass(frozen=True)
class Parts:
    """One of each port, and what this process remembers between requests."""

    readings: ReadingStore
    ledger: Ledger
    notebook: Notebook
    diary: Diary
    keys: Keys
    firmware: Firmware
    mirror: Mirror | None  # None: no InfluxDB, nothing for Grafana to draw
    events: Events
    clock: Clock
    settings: Settings
    follow_up: FollowUp = field(default_factory=FollowUp)
    presence: Presence = field(default_factory=Presence)
