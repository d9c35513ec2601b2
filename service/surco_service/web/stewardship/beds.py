"""One bed: its verdict, its week, and the forms for what people did there."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from surco_service.access import may
from surco_service.domain.stewardship.records import Harvest, Watering
from surco_service.domain.stewardship.units import UNITS
from surco_service.domain.water.root_zone import crop_of
from surco_service.domain.water.science.crops import CROPS
from surco_service.errors import Conflict, Invalid
from surco_service.parts import Parts
from surco_service.usecases.mirror import moisture
from surco_service.usecases.nodes import diagnosis
from surco_service.usecases.stewardship import gardens, records
from surco_service.usecases.water import views
from surco_service.web.frame.charts import PAGE, draw
from surco_service.web.frame.forms import number, read_day
from surco_service.web.frame.site import go, page
from surco_service.web.nodes.repair import CARDS
from surco_service.web.water.seen import is_noted, read_time, tap_of_verdict

LOG = 8  # events shown
Field = Annotated[str, Form(max_length=2000)]


def router(parts: Parts) -> APIRouter:
    """Return the pages of a bed."""
    routes = APIRouter(include_in_schema=False)
    _add_bed(routes, parts)
    _add_sowing(routes, parts)
    _add_watering(routes, parts)
    _add_harvest(routes, parts)
    return routes


def _add_bed(routes: APIRouter, parts: Parts) -> None:
    @routes.get("/cama/{bed}", dependencies=[may(parts, "look-at-gardens")])
    def show(request: Request, bed: str, hecho: str = "") -> HTMLResponse:
        return _bed_page(parts, request, bed, hecho)


def _bed_page(
    parts: Parts, request: Request, bed: str, done: str = "", wrong: dict[str, str] | None = None
) -> HTMLResponse:
    now = parts.clock()
    detail = views.bed_detail(parts.stores, bed, now)
    advice, garden = detail.view.advice, detail.view.garden
    told = [*advice.reasons, *advice.notes]
    return page(
        parts, request, "bed.html", 422 if wrong else 200, timezone=garden.timezone,
        detail=detail, view=detail.view,
        patients=diagnosis.diagnose(parts.stores, now, bed),
        drawing=draw(detail.curve, PAGE, 1 - crop_of(detail.view.bed).p), cards=CARDS,
        days=_days(detail.curve),
        log=(log := _log(detail))[:LOG], more=len(log) > LOG,
        done=next((e for e in [*detail.waterings, *detail.harvests] if e.id == done), None),
        codes={one.code for one in told}, crops=list(CROPS), wrong=wrong or {},
        today=now.astimezone(ZoneInfo(garden.timezone)).date(),
        seen=tap_of_verdict(detail.view.bed, garden, advice, detail.waterings),
    )  # fmt: skip


def _add_sowing(routes: APIRouter, parts: Parts) -> None:
    @routes.post("/cama/{bed}/siembra", dependencies=[may(parts, "edit-beds")])
    def sow(request: Request, bed: str, crop: Field = "", planted: Field = "") -> Response:
        """Say what grows in a bed; no crop: it is empty."""
        known = parts.stores.records.bed(bed)
        try:
            day = read_day(planted, "planted") if crop else None
            gardens.save_bed(parts.stores, replace(known, crop=crop or None, planted=day))
        except Invalid as error:
            return _bed_page(parts, request, bed, wrong=error.fields)
        parts.follow_up.again(moisture.spans(parts.stores, parts.clock(), bed=bed))
        _tell(parts, bed)
        return go(f"/cama/{bed}")


def _add_watering(routes: APIRouter, parts: Parts) -> None:
    def form(
        request: Request, bed: str, value: str, id: str, wrong: dict[str, str]
    ) -> HTMLResponse:
        detail = views.bed_detail(parts.stores, bed, parts.clock())
        return page(
            parts, request, "watering.html", 422 if wrong else 200,
            timezone=detail.view.garden.timezone, view=detail.view, value=value, id=id, wrong=wrong,
        )  # fmt: skip

    @routes.get("/cama/{bed}/riego", dependencies=[may(parts, "record-waterings")])
    def ask(request: Request, bed: str) -> HTMLResponse:
        advice = views.bed_detail(parts.stores, bed, parts.clock()).view.advice
        litres = advice.litres or advice.litres_high
        return form(request, bed, f"{litres:g}" if litres else "", str(uuid4()), {})

    @routes.post("/cama/{bed}/riego", dependencies=[may(parts, "record-waterings")])
    def record(
        request: Request, bed: str, litres: Field = "", id: Field = "", back: Field = "",
        at: Field = "",
    ) -> Response:  # fmt: skip
        now = parts.clock()
        seen = read_time(at)
        if seen is not None and _is_noted(parts, bed, seen):
            return go(f"/cama/{bed}")  # another phone was faster
        try:
            done = records.record_watering(
                parts.stores, bed, number(litres, "litres"), id=id, at=seen, now=now
            )
        except Invalid as error:
            return form(request, bed, litres, _uuid(id), error.fields)
        except Conflict:
            return form(request, bed, litres, str(uuid4()), {"litres": "noted-before"})
        _tell(parts, bed)
        where = f"/huerto/{done.garden}" if back == "huerto" else f"/cama/{bed}"
        return go(f"{where}?hecho={done.id}")

    @routes.post("/cama/{bed}/riego/{id}/deshacer", dependencies=[may(parts, "record-waterings")])
    def undo(bed: str, id: str) -> RedirectResponse:
        with suppress(Conflict):  # it was undone before: a second tap
            records.undo_watering(parts.stores, bed, id, parts.clock())
        _tell(parts, bed)
        return go(f"/cama/{bed}")


def _add_harvest(routes: APIRouter, parts: Parts) -> None:
    def form(request: Request, bed: str, given: dict[str, str], wrong: dict[str, str]) -> Response:
        detail = views.bed_detail(parts.stores, bed, parts.clock())
        first = [detail.view.bed.crop, *(h.crop for h in detail.harvests)]
        crops = list(dict.fromkeys([c for c in first if c in CROPS] + list(_USUAL) + list(CROPS)))
        given = {"crop": crops[0], "unit": "kg", "amount": "", "id": str(uuid4())} | given
        return page(
            parts, request, "harvest.html", 422 if wrong else 200,
            timezone=detail.view.garden.timezone, view=detail.view, given=given,
            wrong=wrong, crops=crops[:8], more=crops[8:], units=UNITS,
            harvests=[h for h in detail.harvests if h.amount > 0][:5],
        )  # fmt: skip

    @routes.get("/cama/{bed}/cosecha", dependencies=[may(parts, "record-harvests")])
    def ask(request: Request, bed: str) -> Response:
        return form(request, bed, {}, {})

    @routes.post("/cama/{bed}/cosecha", dependencies=[may(parts, "record-harvests")])
    def record(
        request: Request, bed: str, crop: Field = "", other: Field = "", amount: Field = "",
        unit: Field = "kg", id: Field = "",
    ) -> Response:  # fmt: skip
        now, crop = parts.clock(), other or crop
        given = {"crop": crop, "unit": unit, "amount": amount, "id": _uuid(id)}
        try:
            done = records.record_harvest(
                parts.stores, bed, crop, number(amount, "amount"), unit, id=id, now=now
            )
        except Invalid as error:
            return form(request, bed, given, error.fields)
        except Conflict:
            given["id"] = str(uuid4())
            return form(request, bed, given, {"amount": "noted-before"})
        _tell(parts, bed)
        return go(f"/cama/{bed}?hecho={done.id}")

    @routes.post("/cama/{bed}/cosecha/{id}/deshacer", dependencies=[may(parts, "record-harvests")])
    def undo(bed: str, id: str) -> RedirectResponse:
        with suppress(Conflict):  # it was undone before: a second tap
            records.undo_harvest(parts.stores, bed, id, parts.clock())
        _tell(parts, bed)
        return go(f"/cama/{bed}")


_USUAL = ("jitomate", "chile", "frijol", "maiz", "calabaza", "lechuga", "acelga", "cilantro")


def _tell(parts: Parts, bed: str) -> None:
    parts.events.publish(bed)
    parts.follow_up.hurry()


def _is_noted(parts: Parts, bed: str, at: datetime) -> bool:
    records = parts.stores.records
    known = records.bed(bed)
    around = records.waterings(bed=bed, since=at - timedelta(days=1))
    return is_noted(known, records.garden(known.garden), at, around)


def _uuid(id: str) -> str:
    """Return the form's own UUID, or a new one when it was broken on the way."""
    try:
        return str(UUID(id))
    except ValueError:
        return str(uuid4())


def _days(curve: views.Curve) -> list[tuple[datetime, float, float]]:
    """Return (moment, wetness, litres poured) of the last value of each day, oldest first."""
    last: dict[int, tuple[int, float]] = {}
    for t, wet in curve.points:
        last[(curve.end - t) // 86_400] = (t, wet)
    rows: list[tuple[datetime, float, float]] = []
    for day, (t, wet) in sorted(last.items(), reverse=True):
        poured = sum(
            w.litres for w in curve.waterings if (curve.end - w.at.timestamp()) // 86_400 == day
        )
        rows.append((datetime.fromtimestamp(t, UTC), wet, poured))
    return rows


def _log(detail: views.BedDetail) -> list[tuple[str, Watering | Harvest]]:
    """Return what people did in a bed, newest first; what was taken back is not there."""
    done: list[tuple[str, Watering | Harvest]] = [
        ("watering", w) for w in detail.waterings if w.litres > 0
    ]
    done += [("harvest", h) for h in detail.harvests if h.amount > 0]
    return sorted(done, key=lambda one: one[1].at, reverse=True)
