"""The page "¿por qué?": a verdict, how its bed drinks, and day by day the account that led to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from surco_service.access import may
from surco_service.domain.stewardship.garden import Bed
from surco_service.domain.water import learnt
from surco_service.domain.water.bed_days import BedDay
from surco_service.domain.water.root_zone import root_zone
from surco_service.parts import Parts
from surco_service.usecases.water.explain import explain
from surco_service.usecases.water.views import bed_detail
from surco_service.web.frame.site import page
from surco_service.web.water.seen import tap


@dataclass(frozen=True)
class Line:
    """One day of the account, in litres of this bed; what was poured as it left the can."""

    day: date
    drunk: float
    rain: float
    watered: float
    unnoted: float  # the same, as the probes saw it
    drained: float
    reckoned: float  # missing by the balance alone
    probe: float | None  # missing by the probe
    missing: float  # what is believed
    finding: str


def router(parts: Parts) -> APIRouter:
    """Return the page that explains."""
    routes = APIRouter(include_in_schema=False, dependencies=[may(parts, "look-at-gardens")])

    @routes.get("/cama/{bed}/porque")
    def why(request: Request, bed: str) -> HTMLResponse:
        now = parts.clock()
        found = explain(parts.stores, bed, now, now)
        view, pages = bed_detail(parts.stores, bed, now).view, found.pages
        today = now.astimezone(ZoneInfo(view.garden.timezone)).date()
        seen = learnt.unnoted(view.bed, pages)
        return page(
            parts, request, "why.html", timezone=view.garden.timezone, view=view, advice=view.advice,
            lines=[line(view.bed, day) for day in reversed(pages)],
            zone=root_zone(found.bed, today), wet=_wet(pages),
            ways=learnt.ways(pages[-1].belief) if pages else (),
            seen=[tap(view.bed, view.garden, one) for one in reversed(seen)],
        )  # fmt: skip

    return routes


def _wet(pages: Sequence[BedDay]) -> set[str]:
    """Return which columns have something to show; an empty one only makes the table wider."""
    rained, drained = any(p.rain_mm for p in pages), any(p.percolation_mm for p in pages)
    return {name for name, any_mm in (("rain", rained), ("drained", drained)) if any_mm}


def line(bed: Bed, day: BedDay) -> Line:
    """Return one line of the account. The drink is what closes it, stress included."""
    said = [mm for mm in map(day.probe_mm, range(len(day.thetas))) if mm is not None]
    probe = sum(said) / len(said) if said else None
    finding = next((t.finding for t in day.belief.tracks if t.finding != "good"), "")
    litres = bed.area_m2
    return Line(
        day.day, litres * day.transpired_mm, litres * day.rain_mm, day.evidence.litres,
        learnt.seen_litres(bed, day), litres * day.percolation_mm, litres * day.predicted_mm,
        None if probe is None else litres * max(probe, 0.0), litres * day.belief.depletion_mm,
        finding,
    )  # fmt: skip
