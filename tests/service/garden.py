"""One bed with one probe on real databases, and everything that a decision needs."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from surco_service.adapters.readings.sqlite import SqliteReadings
from surco_service.domain.water.advice import StoredAdvice
from surco_service.usecases.water.advice import refresh
from tests.builders import DAWN, a_reading, a_watering, plant, raw_mv
from tests.databases import new_notebook
from tests.service.stores import stores_on


@dataclass
class Garden:
    folder: Path
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.engine = new_notebook(self.folder)
        readings = SqliteReadings(self.folder / "readings.db")
        self.stores = stores_on(self.engine, readings, self.folder / "overflow.jsonl")
        self.stores.gateways.add("gateway-1", "hash")
        plant(self.stores)

    def publish(self, bed: str) -> None:
        self.told.append(bed)

    def measure(
        self, theta: float, ago: timedelta = timedelta(minutes=10), **values: float
    ) -> None:
        t = int((DAWN - ago).timestamp())
        self.stores.readings.add([a_reading(t, t=t, values={"r1": raw_mv(theta), **values})])

    def soak(self, bed: str = "cama-3", days: int = 8) -> None:
        """Note that the bed was filled so long ago: what it lacks since can be reckoned."""
        at = DAWN - timedelta(days=days)
        self.stores.records.record_watering(a_watering(150, bed=bed, at=at, recorded=at))

    def decide(self, now: datetime = DAWN) -> StoredAdvice:
        return self.decide_all(now)[0]

    def decide_all(self, now: datetime = DAWN) -> list[StoredAdvice]:
        return refresh(self.stores, self, None, now)

    def close(self) -> None:
        self.stores.readings.close()
        self.engine.dispose()
