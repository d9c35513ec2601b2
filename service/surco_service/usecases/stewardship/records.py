"""Writing down what people did: watered, harvested, and took back.

Amounts are checked here, in words of the catalogue, whoever asks: a page or a program.
"""

import math
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from surco_service.domain.stewardship.records import Harvest, Watering
from surco_service.domain.stewardship.units import UNITS
from surco_service.domain.water.science.crops import CROPS
from surco_service.errors import Conflict, Invalid, NotFound
from surco_service.ports.stores import Stores

MOST_LITRES = 5000.0
FUTURE = timedelta(minutes=10)
OLDEST = timedelta(days=400)
NOTE = 500  # characters
DECIMALS = 3  # of an amount that are kept: grams and millilitres, as the pages say them


def record_watering(
    stores: Stores, bed_id: str, litres: float, *, id: str, now: datetime,
    at: datetime | None = None, note: str = "",
) -> Watering:  # fmt: skip
    """Record a watering, of now unless `at` says when. Recording the same id again changes nothing.

    Raises `Invalid`, `NotFound`, and `Conflict` when that id says something else.
    """
    bed = stores.records.bed(bed_id)
    wrong = _check(id, at or now, now, note) | _amount("litres", litres, MOST_LITRES)
    if wrong:
        raise Invalid(wrong)
    watering = Watering(
        str(UUID(id)),
        bed.id,
        bed.garden,
        round(float(litres), DECIMALS),
        at or now,
        now,
        note.strip(),
    )
    if stores.records.record_watering(watering):
        return watering
    return _known(stores.records.watering(watering.id), watering, at)


def record_harvest(
    stores: Stores, bed_id: str, crop: str, amount: float, unit: str, *, id: str, now: datetime,
    at: datetime | None = None, note: str = "",
) -> Harvest:  # fmt: skip
    """Record a harvest, of now unless `at` says when. Recording the same id again changes nothing.

    Raises `Invalid`, `NotFound`, and `Conflict` when that id says something else.
    """
    bed = stores.records.bed(bed_id)
    wrong = _check(id, at or now, now, note)
    if crop not in CROPS:
        wrong["crop"] = "unknown-crop"
    if unit not in UNITS:
        wrong["unit"] = "unknown-unit"
    wrong |= _amount("amount", amount, UNITS[unit].most if unit in UNITS else math.inf)
    if wrong:
        raise Invalid(wrong)
    harvest = Harvest(
        str(UUID(id)), bed.id, bed.garden, crop, round(float(amount), DECIMALS), unit, at or now, now,
        note.strip(),
    )  # fmt: skip
    if stores.records.record_harvest(harvest):
        return harvest
    return _known(stores.records.harvest(harvest.id), harvest, at)


def undo_watering(stores: Stores, bed_id: str, id: str, now: datetime) -> None:
    """Take a watering of a bed back: a correction with nothing in it.

    Raises `NotFound`, and `Conflict` when it was taken back or corrected before.
    """
    old = stores.records.watering(id)
    if old.bed != bed_id or old.litres == 0:
        raise NotFound(f"there is no watering {id!r} in bed {bed_id!r}")
    stores.records.record_watering(
        Watering(str(uuid4()), old.bed, old.garden, 0.0, old.at, now, replaces=old.id)
    )


def undo_harvest(stores: Stores, bed_id: str, id: str, now: datetime) -> None:
    """Take a harvest of a bed back: a correction with nothing in it.

    Raises `NotFound`, and `Conflict` when it was taken back or corrected before.
    """
    old = stores.records.harvest(id)
    if old.bed != bed_id or old.amount == 0:
        raise NotFound(f"there is no harvest {id!r} in bed {bed_id!r}")
    stores.records.record_harvest(
        Harvest(
            str(uuid4()), old.bed, old.garden, old.crop, 0.0, old.unit, old.at, now, replaces=old.id
        )
    )


Event = TypeVar("Event", Harvest, Watering)


def _known(known: Event, again: Event, at: datetime | None) -> Event:
    """Return what an id stands for, if that is what it says again. Raises `Conflict`.

    `garden` and `recorded` are ours, and without `at` the time is that of the first try.
    """
    given = replace(
        again, garden=known.garden, recorded=known.recorded, replaces=known.replaces,
        at=known.at if at is None else at,
    )  # fmt: skip
    if given != known:
        raise Conflict(f"{known.id} is another entry already; give a new entry a new id")
    return known


def _check(id: str, at: datetime, now: datetime, note: str) -> dict[str, str]:
    wrong: dict[str, str] = {}
    try:
        UUID(id)
    except ValueError:
        wrong["id"] = "not-a-uuid"
    if at > now + FUTURE:
        wrong["at"] = "in-the-future"
    elif at < now - OLDEST:
        wrong["at"] = "too-long-ago"
    if len(note) > NOTE:
        wrong["note"] = "too-long"
    return wrong


def _amount(name: str, amount: float, most: float) -> dict[str, str]:
    if not math.isfinite(amount) or amount <= 0:
        return {name: "not-positive"}
    if amount > most:
        return {name: "too-much"}
    kept = round(amount, DECIMALS)
    return {name: "too-fine"} if not kept or abs(amount - kept) > 1e-9 else {}
