"""Who drinks first when a cistern does not hold what all beds of a garden need."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from surco_service.domain.water.advice import StoredAdvice

LIMITED = ("cistern-short", "cistern-empty")


@dataclass(frozen=True, slots=True)
class Need:
    """What a bed would get if there were enough."""

    bed: str
    litres: float
    thirst: float  # depletion as a share of what the crop takes without stress


def need_of(advice: StoredAdvice) -> Need:
    """Return what a verdict asks for. A seed comes first: it needs little and dies soon."""
    wanted = [note.values["wanted"] for note in advice.notes if note.code in LIMITED]
    raw_mm = next((r.values["raw"] for r in advice.reasons if "raw" in r.values), 0.0)
    thirst = math.inf
    if advice.depletion_mm is not None and raw_mm > 0:
        thirst = advice.depletion_mm / raw_mm
    return Need(advice.bed, wanted[0] if wanted else advice.litres, thirst)


def portions(available: float, needs: Iterable[Need]) -> dict[str, float]:
    """Return how many litres each bed may take: the thirstiest all it needs, the last what is left."""
    left, given = max(available, 0.0), dict[str, float]()
    for need in sorted(needs, key=lambda one: (-one.thirst, one.bed)):
        given[need.bed] = min(need.litres, left)
        left -= given[need.bed]
    return given
