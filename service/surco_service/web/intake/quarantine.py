"""What could not be taken: seen, tried again, thrown away."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.exceptions import HTTPException

from surco_contract.reasons import REASONS
from surco_service.access import may
from surco_service.domain.stewardship.garden import common_timezone
from surco_service.parts import Parts
from surco_service.usecases.intake import quarantine
from surco_service.web.frame.site import go, page

SHOWN = 50  # messages of one page
Before = Annotated[int, Query(ge=1, lt=2**63)]
Number = Annotated[int, Path(ge=1, lt=2**63)]


def router(parts: Parts) -> APIRouter:
    """Return the page of the quarantine."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/cuarentena", dependencies=[may(parts, "look-at-quarantine")])
    def show(request: Request, antes: Before | None = None) -> HTMLResponse:
        messages = parts.stores.ledger.quarantine(SHOWN + 1, antes)
        return page(
            parts, request, "quarantine.html",
            timezone=common_timezone(parts.stores.records.gardens()),
            messages=messages[:SHOWN], older=len(messages) > SHOWN,
            count=parts.stores.ledger.quarantine_count(), reasons=REASONS,
        )  # fmt: skip

    @routes.post("/cuarentena/{number}/{what}", dependencies=[may(parts, "empty-quarantine")])
    def act(number: Number, what: str) -> RedirectResponse:
        if what == "reintentar":
            now = parts.clock()
            receipt = quarantine.retry(parts.stores, number, now)
            parts.follow_up.after(receipt)
        elif what == "descartar":
            quarantine.discard(parts.stores, number)
        else:
            raise HTTPException(404)
        return go("/cuarentena")

    return routes
