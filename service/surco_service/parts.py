"""Everything the routes and pages work with, in one value that is handed to them."""

from dataclasses import dataclass, field

from surco_service.config import Settings
from surco_service.ports.clock import Clock
from surco_service.ports.events import Events
from surco_service.ports.stores import Stores
from surco_service.usecases.followup import FollowUp
from surco_service.usecases.intake.gateways import Presence


@dataclass(frozen=True)
class Parts:
    """The stores, the clock, and what this process remembers between requests."""

    stores: Stores
    events: Events
    clock: Clock
    settings: Settings
    follow_up: FollowUp = field(default_factory=FollowUp)
    presence: Presence = field(default_factory=Presence)
