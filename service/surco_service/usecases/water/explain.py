"""Why a bed got its verdict, at any time: its diary, and the decision made again from what is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from surco_service.domain.stewardship.garden import Bed, Garden
from surco_service.domain.water import learnt
from surco_service.domain.water.advice import StoredAdvice
from surco_service.domain.water.bed_days import BedDay
from surco_service.domain.water.belief import THIRST
from surco_service.domain.water.learnt import Unnoted
from surco_service.ports.stores import Stores
from surco_service.usecases.sensors import read_sensors
from surco_service.usecases.water.advice import FORECAST, WATERINGS, decide
from surco_service.usecases.water.diary import Known, bring_up
from surco_service.usecases.water.remembered import LEAD_S, Remembered

DAYS = 14


@dataclass(frozen=True)
class Explanation:
    """The verdict of a moment and the days it rests on, oldest first."""

    bed: Bed
    garden: Garden
    at: datetime
    advice: StoredAdvice
    pages: Sequence[BedDay]


@dataclass(frozen=True)
class Learnt:
    """What the diary has learnt of a bed by its last page, and what nobody noted of late."""

    thirst: float  # scale on what the tables say
    thirst_sd: float
    efficiency: float  # share of poured water that stays
    unnoted: Sequence[Unnoted]  # newest first


def learnt_of(stores: Stores, bed: Bed, now: datetime) -> Learnt | None:
    """Return what is learnt of a bed; None when it has no diary. Nothing is written."""
    pages = stores.diary.pages([bed.id], now.date() - timedelta(days=DAYS)).get(bed.id)
    if not pages:
        return None
    last, seen = pages[-1].belief, learnt.unnoted(bed, reversed(pages))
    return Learnt(last.thirst, last.sd(THIRST), last.efficiency, seen)


def explain(
    stores: Stores, bed_id: str, at: datetime,
    now: datetime, days: int = DAYS,
) -> Explanation:  # fmt: skip
    """Decide again for one moment. Raises `NotFound`, `StoreUnavailable`.

    What a node had promised of its next words is not kept, so for the past its readings count as
    long as its usual interval and two cycles.
    """
    bed = stores.records.bed(bed_id)
    garden = stores.records.garden(bed.garden)
    sensors = read_sensors(stores)
    bring_up(stores, sensors, [bed], {garden.id: garden}, now)
    known = Known(bed, garden)
    last = known.day(at)
    pages = stores.diary.pages([bed.id], last - timedelta(days=days), last).get(bed.id, [])
    waterings = [
        w for w in stores.records.waterings(bed=bed.id, since=at - WATERINGS) if w.at <= at
    ]
    first, until = (at - WATERINGS).date(), (at + FORECAST).date()
    weather = {day.day: day for day in stores.diary.weather(garden.id, first, until)}
    known = replace(known, waterings=waterings, weather=weather)
    start, end = int(at.timestamp()) - LEAD_S, int(at.timestamp()) + 1
    nodes = {placement.node for placement in sensors.here(bed.id, at)}
    past = Remembered({node: stores.readings.series(node, start, end) for node in nodes})
    latest = past.latest(end - 1)
    return Explanation(bed, garden, at, decide(known, sensors, latest, past, pages, at), pages)
