"""Everything the routes and pages work with, in one value that is handed to them."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from surco_service.config import Settings
from surco_service.ports.clock import Clock
from surco_service.ports.events import Events
from surco_service.ports.stores import Stores
from surco_service.usecases.followup import FollowUp
from surco_service.usecases.intake.gateways import Presence
from surco_service.usecases.intake.tally import Tally
from surco_service.usecases.nodes.troubles import Lookout, Machine, State


@dataclass(frozen=True)
class Parts:
    """The stores, the clock, and what this process remembers between requests."""

    stores: Stores
    events: Events
    clock: Clock
    settings: Settings
    follow_up: FollowUp = field(default_factory=FollowUp)
    presence: Presence = field(default_factory=Presence)
    tally: Tally = field(default_factory=Tally)
    lookout: Lookout = field(default_factory=Lookout)

    def look(self) -> State:
        """Find everything that is wrong at present."""
        machine = Machine(
            free_bytes=_free_bytes(self.settings.data),
            mirror_away=self.follow_up.mirror_state == "unavailable",
            refused_since=self.tally.refused_since,
        )
        return self.lookout.look(self.stores, self.clock(), machine)


def _free_bytes(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
