"""When each gateway was last heard."""

from datetime import datetime, timedelta

from surco_service.ports.stores import Stores

SEEN_EVERY = timedelta(seconds=30)


class Presence:
    """When each gateway was last heard; written down now and then, not at every word."""

    def __init__(self) -> None:
        self._noted: dict[str, datetime] = {}

    def seen(self, stores: Stores, gateway: str, now: datetime) -> None:
        noted = self._noted.get(gateway)
        if noted is None or now - noted >= SEEN_EVERY or now < noted:
            self._noted[gateway] = now
            stores.gateways.seen(gateway, now)
