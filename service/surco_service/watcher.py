"""The thread that waits, so that nobody else has to: for weather, gauges, firmware, databases, backups."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from surco_service.domain.stewardship.garden import Garden
from surco_service.errors import StoreUnavailable
from surco_service.parts import Parts
from surco_service.usecases.intake import losses
from surco_service.usecases.nodes.firmware import step
from surco_service.usecases.upkeep import back_up, look_at_readings
from surco_service.usecases.water.weather import Forecaster, Source, read_gauges, weather_lines

log = logging.getLogger(__name__)

ROUND_S = 60.0
GAUGES = timedelta(hours=1)
LOOK_EVERY_S, LOOK_S = (
    86_400.0,
    600.0,
)  # how often the readings are read through, and how long at most
RECENT = timedelta(days=7)  # of weather that may still be corrected


class Watcher:
    """Runs from `start` to `stop`; asks the source when a garden is due, the gauges every hour."""

    def __init__(
        self,
        parts: Parts,
        ask: Callable[[Parts], Source],
        round_s: float = ROUND_S,
        spread: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._parts, self._ask, self._round_s, self._spread = parts, ask, round_s, spread
        self._forecaster: Forecaster | None = None
        self._gauges_due: datetime | None = None
        self._drawn: set[str] = set()  # lines of the last days that Grafana has
        self._looked = float("-inf")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop soon; an answer that is still awaited is not waited for."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            for name, job in (
                ("firmware", self.roll_out), ("readings", self.care), ("backup", self.keep),
                ("weather", self.look),
            ):  # fmt: skip
                self._try(name, job)
            self._stopping.wait(self._round_s)

    def _try(self, name: str, job: Callable[[datetime], None]) -> None:
        try:
            job(self._parts.clock())
        except StoreUnavailable as error:
            log.warning("later job=%s error=%s", name, error)
        except Exception:
            log.exception("failed job=%s", name)

    def roll_out(self, now: datetime) -> None:
        """Go on with the rollout of a firmware, or stop it. Raises `StoreUnavailable`."""
        step(self._parts.stores, now)

    def care(self, now: datetime) -> None:
        """Ask for the readings' engine; read their file through once a day; end what was replayed."""
        stores = self._parts.stores
        look_at_readings(stores, now)
        file = stores.readings_file
        if file is not None and time.monotonic() - self._looked >= LOOK_EVERY_S:
            self._looked = time.monotonic()
            file.look(LOOK_S)  # most of it nobody asks for
        losses.finish(stores, now)

    def keep(self, now: datetime) -> None:
        """Make the nightly backup of the notebook. Raises `StoreUnavailable`."""
        back_up(self._parts.stores, now)

    def look(self, now: datetime) -> None:
        """Do one round for weather and gauges. Raises `StoreUnavailable`."""
        parts = self._parts
        gardens = parts.stores.records.gardens()
        if parts.settings.weather and any(garden.latitude is not None for garden in gardens):
            self._forecaster = self._forecaster or Forecaster(self._ask(parts), self._spread)
            self._forecaster.refresh(parts.stores.diary, gardens, now)
        due = self._gauges_due
        if due is None or not due - GAUGES <= now < due:  # also when the clock was set back
            self._gauges_due = now + GAUGES
            read_gauges(parts.stores, now)
            if parts.stores.mirror is not None:
                self._draw(gardens, now)

    def _draw(self, gardens: Sequence[Garden], now: datetime) -> None:
        """Put the days that are over in the outbox: once, and again when one was corrected."""
        first = (now - RECENT).date()
        lines = list(weather_lines(self._parts.stores, gardens, first, now))
        self._parts.stores.outbox.enqueue([line for line in lines if line not in self._drawn])
        self._drawn = set(lines)
