"""A watering that nobody noted, ready to be noted with one tap."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from surco_service.domain.stewardship.garden import Bed, Garden
from surco_service.domain.stewardship.records import Watering
from surco_service.domain.water.advice import StoredAdvice
from surco_service.domain.water.learnt import Unnoted
from surco_service.usecases.water.diary import Known
from surco_service.usecases.water.situation import NOON
from surco_service.web.frame.words import watered_at


@dataclass(frozen=True)
class Tap:
    """What one tap notes: litres at a time (Unix), on a day of its garden."""

    litres: float
    at: int
    day: date


def tap(bed: Bed, garden: Garden, one: Unnoted) -> Tap:
    """Return what notes a watering of the diary."""
    return _tap(datetime.combine(one.day, NOON, Known(bed, garden).zone), one.litres)


def tap_of_verdict(
    bed: Bed, garden: Garden, advice: StoredAdvice, noted: Sequence[Watering]
) -> Tap | None:
    """Return what notes the watering that a verdict asks about; None when there is nothing to note."""
    told = [*advice.reasons, *advice.notes]
    seen = next((one for one in told if one.code == "water-seen"), None)
    if seen is None:
        return None
    at = watered_at(seen, advice.at).astimezone(Known(bed, garden).zone)
    return None if is_noted(bed, garden, at, noted) else _tap(at, seen.values["litres"])


def is_noted(bed: Bed, garden: Garden, at: datetime, noted: Sequence[Watering]) -> bool:
    """Tell whether somebody noted water on that day of the diary: then what was seen is that water."""
    known = Known(bed, garden)
    return any(w.litres > 0 and known.poured_on(w.at) == known.poured_on(at) for w in noted)


def read_time(text: str) -> datetime | None:
    """Read the time of a tap; None when it has none."""
    return datetime.fromtimestamp(int(text), UTC) if text.isdecimal() and len(text) <= 10 else None


def _tap(at: datetime, litres: float) -> Tap:
    minute = 60 * round(at.timestamp() / 60)
    return Tap(litres, minute, at.date())
