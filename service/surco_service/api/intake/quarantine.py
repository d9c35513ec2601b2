"""The quarantine: see what could not be taken, try it again, throw it away. Administrator only."""

import base64
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict

from surco_contract.reasons import REASONS
from surco_service.access import may
from surco_service.api.frame.problems import responses
from surco_service.api.frame.values import Whole
from surco_service.parts import Parts
from surco_service.ports.intake import Refused
from surco_service.usecases.intake import quarantine

Id = Annotated[Whole, Path(ge=1, lt=2**63, examples=[7])]


class RefusedMessage(BaseModel):
    """A message, or one row of it, with its own words and the reason."""

    id: int
    topic: str
    payload: str | None  # None when it is not UTF-8
    payload_b64: str
    received_at: str
    gateway: str
    row: int | None
    code: str
    reason: str  # what the code means, and what a maker should change
    detail: str


class Quarantine(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "count": 1,
                    "moved_to_file": 0,
                    "next": 7,
                    "messages": [
                        {
                            "id": 7,
                            "topic": "surco/v1/nodo-1/data",
                            "payload": '{"v":1,',
                            "payload_b64": "eyJ2IjoxLA==",
                            "received_at": "2026-11-24T02:45:00+00:00",
                            "gateway": "gateway-1",
                            "row": None,
                            "code": "not-json",
                            "reason": REASONS["not-json"],
                            "detail": REASONS["not-json"],
                        }
                    ],
                }
            ]
        }
    )
    count: int
    moved_to_file: int
    messages: list[RefusedMessage]
    next: int | None  # the `before` that goes on; None when these are the last


class Retried(BaseModel):
    """What became of the rows, and whether the message is still in quarantine."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"stored": 2, "duplicate": 0, "waiting": 0, "still_refused": False}]
        }
    )
    stored: int
    duplicate: int
    waiting: int
    still_refused: bool


def router(parts: Parts) -> APIRouter:
    """Return the routes of the quarantine."""
    routes = APIRouter(prefix="/api/v1/quarantine", tags=["quarantine"])

    @routes.get(
        "",
        dependencies=[may(parts, "look-at-quarantine")],
        summary="List, newest first",
        responses=responses(401, 422, 503),
    )
    def show(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    ) -> Quarantine:
        found = parts.stores.ledger.quarantine(limit + 1, before)
        return Quarantine(
            count=parts.stores.ledger.quarantine_count(),
            moved_to_file=parts.stores.ledger.quarantine_moved(),
            messages=[_shown(one) for one in found[:limit]],
            next=found[limit - 1].id if len(found) > limit else None,
        )

    @routes.post(
        "/{number}/retry",
        dependencies=[may(parts, "empty-quarantine")],
        summary="Try again, as the same rows",
        responses=responses(401, 403, 404, 422, 503),
    )
    def retry(number: Id) -> Retried:
        now = parts.clock()
        receipt = quarantine.retry(parts.stores, number, now)
        parts.follow_up.after(receipt)
        return Retried(
            stored=receipt.stored,
            duplicate=receipt.duplicate,
            waiting=receipt.waiting,
            still_refused=parts.stores.ledger.quarantined(number) is not None,
        )

    @routes.delete(
        "/{number}",
        dependencies=[may(parts, "empty-quarantine")],
        summary="Throw away",
        status_code=204,
        responses=responses(401, 403, 404, 422, 503),
    )
    def discard(number: Id) -> Response:
        quarantine.discard(parts.stores, number)
        return Response(status_code=204)

    return routes


def _shown(refused: Refused) -> RefusedMessage:
    try:
        text = refused.payload.decode()
    except UnicodeDecodeError:
        text = None
    return RefusedMessage(
        id=refused.id,
        topic=refused.topic,
        payload=text,
        payload_b64=base64.b64encode(refused.payload).decode(),
        received_at=refused.received_at.isoformat(),
        gateway=refused.gateway,
        row=refused.q,
        code=refused.code,
        reason=REASONS.get(refused.code, ""),
        detail=refused.detail,
    )
