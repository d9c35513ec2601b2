"""Shares a cistern among the beds of a garden on days when the network brings no water."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from surco_service.domain.stewardship.garden import Garden
from surco_service.domain.water import watering
from surco_service.domain.water.advice import StoredAdvice
from surco_service.domain.water.sharing import need_of, portions
from surco_service.domain.water.situation import Situation
from surco_service.ports.stores import Stores
from surco_service.usecases.water.weather import cistern_litres


def within_cistern(
    stores: Stores, garden: Garden, situations: Sequence[Situation],
    others: Mapping[str, StoredAdvice], now: datetime,
) -> list[StoredAdvice]:  # fmt: skip
    """Decide for beds of one garden. `others`: what its other beds were told, which drink too."""
    decided = [watering.advise(s, now) for s in situations]
    if not any(s.water_in_days for s in situations):
        return decided
    available = cistern_litres(stores, garden, now)
    needs = [need_of(advice) for advice in decided]
    needs += [need_of(watering.expired(advice, now)) for advice in others.values()]
    if available is None or sum(need.litres for need in needs) <= available:
        return decided
    portion = portions(available, needs)
    return [
        watering.advise(replace(s, available_litres=portion[s.bed.id], short=True), now)
        for s in situations
    ]
