"""Gardens and beds: what to do today, and what people did.

Reading, and writing down a watering or a harvest, is open to whoever reaches the service: the
phones in a garden have no accounts. The client gives each event its UUID, so sending it again
changes nothing.
"""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from surco_service.access import may
from surco_service.api.frame.paging import USUAL, Limit, Next, next_of, place_of
from surco_service.api.frame.problems import responses
from surco_service.api.frame.values import Amount, Moment, Text
from surco_service.domain.stewardship.records import Harvest, Watering
from surco_service.domain.stewardship.units import UNITS
from surco_service.domain.water.advice import Reason
from surco_service.parts import Parts
from surco_service.usecases.stewardship import records
from surco_service.usecases.water import views
from surco_service.usecases.water.explain import Learnt, learnt_of
from surco_service.usecases.water.weather import note_rain

Slug = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,32}$", examples=["cama-1"])]
Since = Annotated[Moment | None, Query(description="Only events from then on.")]
_BED = {
    "id": "cama-1", "garden": "jardin", "name": "Cama 1", "status": "water", "litres": 12.0,
    "reasons": [{"code": "dry", "values": {"depletion": 9.5, "raw": 9.0}}], "litres_low": 10.0,
    "litres_high": 15.0, "confidence": "high", "basis": "fused", "look_at": "2026-11-25T14:00:00Z",
    "notes": [], "change": {"code": "if-rain", "values": {"mm": 10.0}}, "age_s": 840,
    "expires": "2026-11-24T18:00:00Z", "sensor": "placed", "crop": "tomato", "area_m2": 2.4,
    "sun": "full", "container": False, "mulch": False,
}  # fmt: skip
_BED_NOW = _BED | {
    "thirst": 1.18, "thirst_sd": 0.06, "efficiency": 0.82,
    "seen": [{"day": "2026-11-22", "litres": 30.0}],
}  # fmt: skip
_GARDEN = {
    "id": "jardin", "name": "El Jardín", "litres": 12.0, "beds": [_BED], "elevation_m": 1820.0,
    "water_days": ["mon", "thu"], "cistern_litres": 1100.0, "roof_m2": 40.0,
}  # fmt: skip
_WATERING = {"id": "6f1c4f6e-1d1c-4c4e-9c43-0a5e6f3c8a11", "litres": 20.0,
             "at": "2026-11-24T14:00:00Z", "note": ""}  # fmt: skip
_HARVEST = {"id": "0b0f3a2e-57a6-4a8c-8f0e-2f7a7b1f9d10", "crop": "tomato", "amount": 2.5,
            "unit": "kg", "at": "2026-11-24T14:00:00Z", "note": ""}  # fmt: skip

_NEXT = "2026-11-24T14:00:00Z~0b0f3a2e-57a6-4a8c-8f0e-2f7a7b1f9d10"
_DONE = {"bed": "cama-1", "replaces": None}


def _example(example: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


class Why(BaseModel):
    code: str
    values: dict[str, float]


class BedToday(BaseModel):
    """A bed and its verdict: water, soon, ok, wet, or unknown; never the last one when stale."""

    model_config = _example(_BED)
    id: str
    garden: str
    name: str
    status: str
    litres: float
    reasons: list[Why]
    litres_low: float
    litres_high: float
    confidence: str
    basis: str
    look_at: datetime | None
    notes: list[Why]
    change: Why | None
    age_s: int | None
    expires: datetime
    sensor: str
    crop: str | None
    area_m2: float
    sun: str
    container: bool
    mulch: bool


class Seen(BaseModel):
    """A watering that a probe saw and nobody noted."""

    day: date
    litres: float


class BedNow(BedToday):
    """A bed, its verdict, and what its diary has learnt; null where it has no diary yet.

    `thirst` scales what its crop drinks by the tables, `thirst_sd` says how sure that is,
    `efficiency` is the share of poured water that stays. `seen`: of two weeks, newest first.
    """

    model_config = _example(_BED_NOW)
    thirst: float | None
    thirst_sd: float | None
    efficiency: float | None
    seen: list[Seen]


class GardenToday(BaseModel):
    """A garden, its beds (those to water first), and the litres of today's doses.

    `water_days` are those on which the network brings water; empty: always.
    """

    model_config = _example(_GARDEN)
    id: str
    name: str
    litres: float
    beds: list[BedToday]
    elevation_m: float
    water_days: list[str]
    cistern_litres: float | None
    roof_m2: float | None


class Gardens(BaseModel):
    model_config = _example({"gardens": [_GARDEN]})
    gardens: list[GardenToday]


class NewWatering(BaseModel):
    """What was watered. The id is a UUID that the client makes up once for each event."""

    model_config = _example(_WATERING)
    id: UUID
    litres: Amount
    at: Moment
    note: Text = ""


class WateringDone(NewWatering):
    model_config = _example(_WATERING | _DONE)
    bed: str
    replaces: str | None = None


class Waterings(BaseModel):
    """Waterings of a bed, newest first. `next` is null when these are the last."""

    model_config = _example({"waterings": [_WATERING | _DONE], "next": _NEXT})
    waterings: list[WateringDone]
    next: str | None


class Rain(BaseModel):
    """What a rain gauge showed at the end of a day. Noting a day again replaces it."""

    model_config = _example({"day": "2026-11-23", "rain_mm": 12.5})
    day: date
    rain_mm: Amount


class NewHarvest(BaseModel):
    """What was picked; the crop as in the crop table, the unit as in the table of units."""

    model_config = _example(_HARVEST)
    id: UUID
    crop: str
    amount: Amount
    unit: str = Field(json_schema_extra={"enum": list(UNITS)})
    at: Moment
    note: Text = ""


class HarvestDone(NewHarvest):
    model_config = _example(_HARVEST | _DONE)
    bed: str
    replaces: str | None = None


class Harvests(BaseModel):
    """Harvests of a bed, newest first. `next` is null when these are the last."""

    model_config = _example({"harvests": [_HARVEST | _DONE], "next": _NEXT})
    harvests: list[HarvestDone]
    next: str | None


def router(parts: Parts) -> APIRouter:
    """Return the routes of gardens and beds."""
    routes = APIRouter(prefix="/api/v1", tags=["gardens"])
    _add_reading(routes, parts)
    _add_rain(routes, parts)
    _add_waterings(routes, parts)
    _add_harvests(routes, parts)
    return routes


def _add_reading(routes: APIRouter, parts: Parts) -> None:
    @routes.get(
        "/gardens",
        dependencies=[may(parts, "look-at-gardens")],
        summary="Every garden today",
        responses=responses(503),
    )
    def gardens() -> Gardens:
        found = views.gardens_today(parts.stores, parts.clock())
        return Gardens(gardens=[_garden(view) for view in found])

    @routes.get(
        "/gardens/{garden}",
        dependencies=[may(parts, "look-at-gardens")],
        summary="A garden today",
        responses=responses(404, 422, 503),
    )
    def garden(garden: Slug) -> GardenToday:
        return _garden(views.garden_today(parts.stores, garden, parts.clock()))

    @routes.get(
        "/beds/{bed}",
        dependencies=[may(parts, "look-at-gardens")],
        summary="A bed today",
        responses=responses(404, 422, 503),
    )
    def bed(bed: Slug) -> BedNow:
        found, now = parts.stores.records.bed(bed), parts.clock()
        garden = views.garden_today(parts.stores, found.garden, now)
        view = next(view for view in garden.beds if view.bed.id == bed)
        return _bed_now(view, learnt_of(parts.stores, found, now))


def _add_rain(routes: APIRouter, parts: Parts) -> None:
    @routes.post(
        "/gardens/{garden}/rain", dependencies=[may(parts, "note-rain")],
        status_code=204, summary="Note the rain of a day", responses=responses(403, 404, 413, 422, 503),
    )  # fmt: skip
    def note(garden: Slug, rain: Rain) -> None:
        note_rain(parts.stores, garden, rain.rain_mm, rain.day, parts.clock())
        parts.follow_up.all_beds()


def _add_waterings(routes: APIRouter, parts: Parts) -> None:
    @routes.get(
        "/beds/{bed}/waterings",
        dependencies=[may(parts, "look-at-gardens")],
        summary="Waterings, newest first",
        responses=responses(404, 422, 503),
    )
    def waterings(
        bed: Slug, since: Since = None, limit: Limit = USUAL, next: Next = None
    ) -> Waterings:
        parts.stores.records.bed(bed)
        found = parts.stores.records.waterings(
            bed=bed, since=since, after=place_of(next), limit=limit + 1
        )
        return Waterings(
            waterings=[_watering(one) for one in found[:limit]], next=next_of(found, limit)
        )

    @routes.post(
        "/beds/{bed}/waterings", dependencies=[may(parts, "record-waterings")],
        summary="Write down a watering", status_code=201, responses=responses(403, 404, 409, 413, 422, 503),
    )  # fmt: skip
    def water(bed: Slug, new: NewWatering) -> WateringDone:
        done = records.record_watering(
            parts.stores, bed, new.litres, id=str(new.id), at=new.at, now=parts.clock(),
            note=new.note,
        )  # fmt: skip
        _tell(parts, bed)
        return _watering(done)


def _add_harvests(routes: APIRouter, parts: Parts) -> None:
    @routes.get(
        "/beds/{bed}/harvests",
        dependencies=[may(parts, "look-at-gardens")],
        summary="Harvests, newest first",
        responses=responses(404, 422, 503),
    )
    def harvests(
        bed: Slug, since: Since = None, limit: Limit = USUAL, next: Next = None
    ) -> Harvests:
        parts.stores.records.bed(bed)
        found = parts.stores.records.harvests(
            bed=bed, since=since, after=place_of(next), limit=limit + 1
        )
        return Harvests(
            harvests=[_harvest(one) for one in found[:limit]], next=next_of(found, limit)
        )

    @routes.post(
        "/beds/{bed}/harvests", dependencies=[may(parts, "record-harvests")],
        summary="Write down a harvest", status_code=201, responses=responses(403, 404, 409, 413, 422, 503),
    )  # fmt: skip
    def harvest(bed: Slug, new: NewHarvest) -> HarvestDone:
        done = records.record_harvest(
            parts.stores, bed, new.crop, new.amount, new.unit, id=str(new.id), at=new.at,
            now=parts.clock(), note=new.note,
        )  # fmt: skip
        _tell(parts, bed)
        return _harvest(done)


def _tell(parts: Parts, bed: str) -> None:
    """Let open pages know, and the mirror be filled soon."""
    parts.events.publish(bed)
    parts.follow_up.hurry()


def _garden(view: views.GardenView) -> GardenToday:
    return GardenToday(
        id=view.garden.id,
        name=view.garden.name,
        litres=view.litres,
        beds=[_bed(bed) for bed in view.beds],
        elevation_m=view.garden.elevation_m,
        water_days=view.garden.water_days.split(",") if view.garden.water_days else [],
        cistern_litres=view.garden.cistern_litres,
        roof_m2=view.garden.roof_m2,
    )


def _bed(view: views.BedView) -> BedToday:
    bed, advice = view.bed, view.advice
    return BedToday(
        id=bed.id,
        garden=bed.garden,
        name=bed.name,
        status=advice.status,
        litres=advice.litres,
        reasons=[_why(why) for why in advice.reasons],
        litres_low=advice.litres_low,
        litres_high=advice.litres_high,
        confidence=advice.confidence,
        basis=advice.basis,
        look_at=advice.look_at,
        notes=[_why(note) for note in advice.notes],
        change=None if advice.change is None else _why(advice.change),
        age_s=view.age_s,
        expires=advice.expires,
        sensor=view.sensor,
        crop=bed.crop,
        area_m2=bed.area_m2,
        sun=bed.sun,
        container=bed.container,
        mulch=bed.mulch,
    )


def _bed_now(view: views.BedView, learnt: Learnt | None) -> BedNow:
    told = dict(_bed(view))
    if learnt is None:
        return BedNow(**told, thirst=None, thirst_sd=None, efficiency=None, seen=[])
    return BedNow(
        **told, thirst=learnt.thirst, thirst_sd=learnt.thirst_sd, efficiency=learnt.efficiency,
        seen=[Seen(day=one.day, litres=one.litres) for one in learnt.unnoted],
    )  # fmt: skip


def _why(reason: Reason) -> Why:
    return Why(code=reason.code, values=reason.values)


def _watering(one: Watering) -> WateringDone:
    return WateringDone(
        id=UUID(one.id), bed=one.bed, litres=one.litres, at=one.at, note=one.note,
        replaces=one.replaces,
    )  # fmt: skip


def _harvest(one: Harvest) -> HarvestDone:
    return HarvestDone(
        id=UUID(one.id), bed=one.bed, crop=one.crop, amount=one.amount, unit=one.unit, at=one.at,
        note=one.note, replaces=one.replaces,
    )  # fmt: skip
