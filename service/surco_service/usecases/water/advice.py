"""Brings the advice of beds up to date: the diary and newest readings in, verdicts out.

A verdict is saved (so that it outlives an outage of the readings), written for Grafana, sent to the
gateways when it changed, and open pages are told. While the readings cannot be had, the last advice
stays until it expires.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from surco_service.domain.stewardship.garden import Bed, Garden
from surco_service.domain.water import watering
from surco_service.domain.water.advice import StoredAdvice
from surco_service.domain.water.bed_days import BedDay
from surco_service.domain.water.situation import Situation
from surco_service.ports.events import Events
from surco_service.ports.intake import Reading
from surco_service.ports.stores import Stores
from surco_service.usecases.lines import line
from surco_service.usecases.names import Named, named, names_of
from surco_service.usecases.sensors import Sensors, read_sensors
from surco_service.usecases.water.cistern import within_cistern
from surco_service.usecases.water.diary import Known, Past, bring_up
from surco_service.usecases.water.situation import situation

FORECAST = timedelta(days=2)
HOUR = timedelta(hours=1)
MISSED = 31 * 24  # hours without a verdict that are still said to be unknown
WATERINGS = timedelta(days=3)  # that a verdict may mention


def refresh(
    stores: Stores, events: Events,
    beds: Sequence[str] | None, now: datetime,
) -> list[StoredAdvice]:  # fmt: skip
    """Decide for some beds, or all. Raises `StoreUnavailable` when there are no readings to be had."""
    every = stores.records.beds()
    wanted = [bed for bed in every if beds is None or bed.id in beds]
    sensors, before = read_sensors(stores), stores.diary.advice()
    latest = stores.readings.latest(
        sorted({p.node for b in wanted for p in sensors.here(b.id, now)})
    )
    gardens = {garden.id: garden for garden in stores.records.gardens()}
    pages = bring_up(stores, sensors, wanted, gardens, now)
    known = known_of(stores, wanted, gardens, now)
    situations = [
        situation(one, sensors, latest, stores.readings, pages.get(one.bed.id, []), now)
        for one in known
    ]
    decided = _within_cisterns(stores, gardens, every, situations, before, now)
    lines: list[str] = []
    names = names_of(gardens.values(), every)
    for bed, advice in zip(wanted, decided, strict=True):
        old = before.get(bed.id)
        called = named(names, bed.garden, bed.id)
        if _changed(old, advice):
            lines.append(advice_line(bed, called, advice, now))
            stores.gateways.order("advice", None, _message(advice))
        if old is not None:
            lines += [
                advice_line(bed, called, old if at < old.expires else None, at)
                for at in _missed(old.at, now)
            ]
            if old.at < _hour(now):
                lines.append(advice_line(bed, called, advice, _hour(now)))
    stores.diary.save_advice(decided, lines)
    for bed in wanted:
        events.publish(bed.id)
    return decided


def _within_cisterns(
    stores: Stores, gardens: Mapping[str, Garden], every: Sequence[Bed],
    situations: Sequence[Situation], before: Mapping[str, StoredAdvice], now: datetime,
) -> list[StoredAdvice]:  # fmt: skip
    """Decide garden by garden, and return the verdicts in the order of the situations."""
    asked = {s.bed.id for s in situations}
    garden_of = {bed.id: bed.garden for bed in every}
    decided: dict[str, StoredAdvice] = {}
    for garden in {s.bed.garden for s in situations}:
        here = [s for s in situations if s.bed.garden == garden]
        others = {
            bed: advice
            for bed, advice in before.items()
            if garden_of.get(bed) == garden and bed not in asked
        }
        found = within_cistern(stores, gardens[garden], here, others, now)
        decided |= {advice.bed: advice for advice in found}
    return [decided[s.bed.id] for s in situations]


def decide(
    known: Known, sensors: Sensors, latest: Mapping[str, Reading], past: Past,
    pages: Sequence[BedDay], now: datetime,
) -> StoredAdvice:  # fmt: skip
    """Decide for one bed from its diary, what happened since this morning, and the newest readings."""
    return watering.advise(situation(known, sensors, latest, past, pages, now), now)


def advice_line(bed: Bed, called: Named, advice: StoredAdvice | None, at: datetime) -> str:
    """Write a verdict as a number for Grafana (`watering.CODES`); None: nobody decided.

    What a bed needs is written only when it is known: a sum then counts no doubt as a zero.
    """
    status = "unknown" if advice is None else advice.status
    known = advice if status != "unknown" else None
    fields: dict[str, float | int | str | None] = {
        "code": watering.CODES[status],
        "unknown": int(known is None),
        "needs": None if known is None else int(status == "water"),
        "litres": None if known is None else float(known.litres),
        "depletion_mm": None if advice is None else advice.depletion_mm,
        "basis": (advice.basis if advice else "") or "none",
        "confidence": (advice.confidence if advice else "") or "none",
        **called.fields(),
    }
    return line(
        "advice", {"garden": bed.garden, "bed": bed.id}, fields, int(at.timestamp()) * 10**9
    )


def known_of(
    stores: Stores, beds: Sequence[Bed], gardens: Mapping[str, Garden],
    now: datetime,
) -> list[Known]:  # fmt: skip
    """Return what was noted of these beds in the last days, and the weather to come."""
    waterings = stores.records.waterings(since=now - WATERINGS)
    first, last = (now - WATERINGS).date(), (now + FORECAST).date()
    weather = {
        garden: {day.day: day for day in stores.diary.weather(garden, first, last)}
        for garden in {bed.garden for bed in beds}
    }
    return [
        Known(
            bed, gardens[bed.garden], [w for w in waterings if w.bed == bed.id],
            weather[bed.garden],
        )
        for bed in beds
    ]  # fmt: skip


# ---------------------------------------------------------------- who is told


def _changed(before: StoredAdvice | None, advice: StoredAdvice) -> bool:
    if before is None:
        return True
    renewed = advice.expires - before.expires >= timedelta(minutes=30)
    return renewed or (before.status, before.litres) != (advice.status, advice.litres)


def _hour(now: datetime) -> datetime:
    """Return the beginning of the hour: Grafana's timeline needs a verdict in each."""
    return now.replace(minute=0, second=0, microsecond=0)


def _missed(before: datetime, now: datetime) -> list[datetime]:
    """Return the beginnings of the hours between two rounds in which nobody decided."""
    hours = int((_hour(now) - _hour(before)) / HOUR)
    return [_hour(now) - n * HOUR for n in range(min(hours, MISSED) - 1, 0, -1)]


def _message(advice: StoredAdvice) -> dict[str, object]:
    return {
        "bed": advice.bed,
        "status": advice.status,
        "litres": advice.litres,
        "expires": int(advice.expires.timestamp()),
    }
