"""Data that a phone brings from a box without Wi-Fi, and the receipt that it takes back."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from surco_service.access import may
from surco_service.parts import Parts
from surco_service.usecases.intake import mule
from surco_service.web.frame.reasons import N_
from surco_service.web.frame.site import page

MOST_FILES = 20

WHY: dict[str, tuple[str, str]] = {  # what it is, what to do
    "not-ours": (N_("This file is not from a white box."), N_("Choose the one it gave you.")),
    "a-receipt": (N_("This is a receipt."), N_("Take it to the box, on its page.")),
    "stranger": (
        N_("We do not know this box."),
        N_("Bring it to the page of its own garden."),
    ),
    "cut-short": (N_("This file is cut short."), N_("Download it from the box again.")),
    "wrong-signature": (N_("This file was damaged."), N_("Download it from the box again.")),
    "nothing": (N_("There is no file yet."), N_("Choose the one it gave you.")),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: either `taken` or `why` (a key of WHY)."""

    name: str
    taken: mule.Taken | None = None
    why: str = ""

    @property
    def receipt(self) -> str:
        """Return where its receipt is."""
        assert self.taken is not None
        rows = self.taken.carried
        return f"/cargar/{rows.node}/{rows.b}/{rows.q0}/{rows.q1}/{rows.node}-recibo.surco"


def router(parts: Parts) -> APIRouter:
    """Return the page for files of boxes, and their receipts."""
    routes = APIRouter(include_in_schema=False, dependencies=[may(parts, "carry-data")])

    def show(request: Request, outcomes: list[Outcome], status: int = 200) -> HTMLResponse:
        return page(parts, request, "mule.html", status, outcomes=outcomes, why=WHY)

    @routes.get("/cargar")
    def ask(request: Request) -> HTMLResponse:
        return show(request, [])

    @routes.post("/cargar")
    def bring(
        request: Request, files: Annotated[list[UploadFile] | None, File()] = None
    ) -> HTMLResponse:
        outcomes = [_take(parts, one) for one in (files or [])[:MOST_FILES]]
        outcomes = outcomes or [Outcome("", why="nothing")]
        good = any(one.taken for one in outcomes)
        return show(request, outcomes, 200 if good else 422)

    @routes.get("/cargar/{node}/{b}/{q0}/{q1}/{name}")
    def receipt(node: str, b: str, q0: int, q1: int, name: str) -> Response:
        try:
            written = mule.receipt(parts.stores, mule.asked(node, b, q0, q1))
        except mule.NotTaken:
            raise HTTPException(404) from None
        headers = {
            "Content-Disposition": f'attachment; filename="{node}-recibo.surco"',
            "Cache-Control": "no-store",
        }
        return Response(written, media_type="application/octet-stream", headers=headers)

    return routes


def _take(parts: Parts, file: UploadFile) -> Outcome:
    name, now = file.filename or "", parts.clock()
    try:
        taken = mule.take(
            parts.stores, file.file.read(),
            now,
        )  # fmt: skip
    except mule.NotTaken as error:
        return Outcome(name, why=error.code)
    for one in taken.receipts:
        parts.follow_up.after(one)
    return Outcome(name, taken)
