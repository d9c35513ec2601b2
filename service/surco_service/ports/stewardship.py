"""What people record."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from surco_service.domain.stewardship.garden import Bed, Garden
from surco_service.domain.stewardship.records import Harvest, Watering

Place = tuple[datetime, str]
"""Time and id of an event: where it stands in a list that is newest first."""


class Records(Protocol):
    """Gardens, beds, and what was done. Raises `NotFound`, `Conflict`, or `StoreUnavailable`."""

    def gardens(self) -> list[Garden]: ...
    def garden(self, garden: str) -> Garden: ...
    def save_garden(self, garden: Garden) -> None: ...
    def beds(self, garden: str | None = None) -> list[Bed]: ...
    def bed(self, bed: str) -> Bed: ...
    def save_bed(self, bed: Bed) -> None: ...

    def record_harvest(self, harvest: Harvest) -> bool:
        """Record a harvest and its mirror lines in one transaction; False when the id is known."""
        ...

    def record_watering(self, watering: Watering) -> bool:
        """Record a watering and its mirror lines in one transaction; False when the id is known."""
        ...

    def harvest(self, id: str) -> Harvest:
        """Return one that was ever recorded, also when it was corrected or taken back."""
        ...

    def harvests(
        self,
        *,
        garden: str | None = None,
        bed: str | None = None,
        since: datetime | None = None,
        after: Place | None = None,
        limit: int | None = None,
    ) -> list[Harvest]:
        """Return those that hold, newest first; all of them when no limit is asked for.

        `after`: only those that come after this place in the list.
        """
        ...

    def watering(self, id: str) -> Watering:
        """Return one that was ever recorded, also when it was corrected or taken back."""
        ...

    def waterings(
        self,
        *,
        garden: str | None = None,
        bed: str | None = None,
        since: datetime | None = None,
        after: Place | None = None,
        limit: int | None = None,
    ) -> list[Watering]:
        """Return those that hold, newest first; all of them when no limit is asked for.

        `after`: only those that come after this place in the list.
        """
        ...

    def last_waterings(self, garden: str | None = None) -> dict[str, Watering]:
        """Return the newest watering of each bed that has one, by bed."""
        ...

    def all_harvests(self) -> Iterable[tuple[Harvest, Harvest | None]]:
        """Return all ever recorded with what each replaced, corrections and taken back included."""
        ...

    def all_waterings(self) -> Iterable[tuple[Watering, Watering | None]]:
        """Return all ever recorded with what each replaced, corrections and taken back included."""
        ...
