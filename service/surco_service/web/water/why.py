"""The page "¿por qué?": a verdict, and day by day the account that led to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from surco_service.access import may
from surco_service.domain.water.bed_days import BedDay
from surco_service.domain.water.root_zone import root_zone
from surco_service.parts import Parts
from surco_service.usecases.water.explain import explain
from surco_service.usecases.water.views import bed_detail
from surco_service.web.frame.site import page

LEAST_WATERINGS = 2  # noted in the days shown, before anything is said of them


@dataclass(frozen=True)
class Line:
    """One day of the account, in millimetres."""

    day: date
    drunk: float
    rain: float
    watered: float
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
        view = bed_detail(parts.stores, bed, now).view
        today = now.astimezone(ZoneInfo(view.garden.timezone)).date()
        return page(
            parts, request, "why.html", timezone=view.garden.timezone, view=view, advice=view.advice,
            lines=[line(day) for day in reversed(found.pages)],
            zone=root_zone(found.bed, today), arrives=_arrives(found.pages),
        )  # fmt: skip

    return routes


def _arrives(pages: Sequence[BedDay]) -> int | None:
    """Return of how many litres in ten the probe learns, from the last waterings; None: too few."""
    seen = [page.arrived for page in pages if page.arrived is not None]
    return round(10 * min(median(seen), 1.0)) if len(seen) >= LEAST_WATERINGS else None


def line(day: BedDay) -> Line:
    """Return one line of the account. The drink is what closes it, stress included."""
    said = [mm for mm in map(day.probe_mm, range(len(day.thetas))) if mm is not None]
    probe = sum(said) / len(said) if said else None
    finding = next((t.finding for t in day.belief.tracks if t.finding != "good"), "")
    return Line(
        day.day, day.transpired_mm, day.rain_mm, day.irrigation_mm, day.percolation_mm,
        day.predicted_mm, None if probe is None else max(probe, 0.0), day.belief.depletion_mm,
        finding,
    )  # fmt: skip
