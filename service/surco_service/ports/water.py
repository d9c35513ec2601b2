"""The diary of the beds."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol

from surco_service.domain.water.advice import StoredAdvice
from surco_service.domain.water.bed_days import BedDay
from surco_service.domain.water.science.weather import WeatherDay


class Diary(Protocol):
    """The days of each bed and its latest advice, derived; the weather. Raises `StoreUnavailable`.

    Whatever `Records` or the `Registry` change in the past forgets the pages from that day on.
    """

    def pages(
        self, beds: Sequence[str], first: date, last: date | None = None
    ) -> dict[str, list[BedDay]]:
        """Return the pages of beds since a day, oldest first; those of an older method are not there."""
        ...

    def save_pages(self, pages: Iterable[BedDay]) -> None: ...
    def forget_pages(self, bed: str, since: date) -> None: ...

    def weather(self, garden: str, first: date, last: date) -> list[WeatherDay]:
        """Return what is known of some days, one each, oldest first; rain from who knows best."""
        ...

    def save_weather(self, garden: str, days: Sequence[WeatherDay], source: str) -> None:
        """Keep what a source ("person", "gauge", "api") says; no forecast replaces what happened."""
        ...

    def save_advice(self, advice: Sequence[StoredAdvice], lines: Sequence[str] = ()) -> None:
        """Keep the latest advice of beds, and its lines for the outbox, in one transaction."""
        ...

    def advice(self) -> dict[str, StoredAdvice]:
        """Return the latest advice of each bed, by bed."""
        ...
