"""A long list in parts: `next` of one answer, handed back, is where the next answer goes on.

It names the last event that was told, so that what is written down meanwhile neither repeats nor
hides anything.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query

from surco_service.api.frame.values import Whole
from surco_service.domain.stewardship.records import Harvest, Watering
from surco_service.errors import Invalid
from surco_service.ports.stewardship import Place

USUAL, MOST = 100, 1000  # events of one answer

Limit = Annotated[Whole, Query(ge=1, le=MOST, description="How many at most.")]
Next = Annotated[
    str | None, Query(description="`next` of the answer before; all else as it was asked there.")
]


def place_of(next: str | None) -> Place | None:
    """Read where a list goes on. Raises `Invalid`."""
    if next is None:
        return None
    moment, _, id = next.partition("~")
    try:
        return _aware(datetime.fromisoformat(moment)), str(UUID(id))
    except (ValueError, OverflowError):
        raise Invalid({"next": "not-a-place"}) from None


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a place in a list is a moment, whoever reads it")
    return at.astimezone(UTC)


def next_of(found: Sequence[Harvest | Watering], limit: int) -> str | None:
    """Return where a list goes on that was asked for one event more than the limit; None: it ends."""
    if len(found) <= limit:
        return None
    last = found[limit - 1]
    return f"{last.at.astimezone(UTC).isoformat().replace('+00:00', 'Z')}~{last.id}"
