"""POST /api/v1/deliveries: the one door through which readings come in."""

import base64
import binascii
from typing import Annotated, NotRequired

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, with_config
from starlette.concurrency import run_in_threadpool
from typing_extensions import TypedDict

from surco_contract.messages import LAST_TIME
from surco_service.access import may
from surco_service.api.frame.problems import problem, responses
from surco_service.domain.people.access import Actor, speak_for
from surco_service.parts import Parts
from surco_service.usecases.intake.deliveries import Receipt, accept
from surco_service.usecases.intake.sorting import Message

MOST_MESSAGES = 2000
STRICT = ConfigDict(strict=True)
EXAMPLE = {
    "gateway": "gateway-1",
    "messages": [
        {
            "id": 17,
            "topic": "surco/v1/nodo-1/data",
            "payload": '{"v":1,"b":"9f3a01c7","q":1041,"t0":1795364100,"tq":2,'
            '"f":["dt","r1","bv"],"d":[[0,1805,3912],[900,1806,3911]]}',
            "received_at": 1795365000.25,
            "clock_ok": True,
        }
    ],
}


@with_config(STRICT)
class GatewayRefusal(TypedDict):
    """Why the gateway put a message in its own quarantine."""

    code: Annotated[str, Field(max_length=32)]
    detail: Annotated[str, Field(max_length=1000)]


@with_config(STRICT)
class DeliveredMessage(TypedDict):
    """One message, exactly as it came from the broker."""

    id: Annotated[int, Field(ge=0, lt=2**63)]
    topic: Annotated[str, Field(max_length=65_535)]
    payload: NotRequired[str]
    payload_b64: NotRequired[str]
    received_at: Annotated[float, Field(ge=0, lt=LAST_TIME, allow_inf_nan=False)]
    clock_ok: bool
    refused: NotRequired[GatewayRefusal]


@with_config(STRICT)
class Delivery(TypedDict):
    """What a gateway sends: its name and messages, oldest first."""

    gateway: Annotated[str, Field(min_length=1, max_length=32)]
    messages: Annotated[list[DeliveredMessage], Field(max_length=MOST_MESSAGES)]


class Quarantined(BaseModel):
    message: int
    row: int | None
    code: str
    detail: str


class Accepted(BaseModel):
    """What became of the rows. With this answer, all of them are on disk."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"surco": 1, "stored": 2, "duplicate": 0, "waiting": 0, "quarantined": []}]
        }
    )
    surco: int
    stored: int
    duplicate: int
    waiting: int
    quarantined: list[Quarantined]


_delivery = TypeAdapter(Delivery)


def router(parts: Parts) -> APIRouter:
    """Return the route of deliveries."""
    routes = APIRouter(tags=["gateways"])

    @routes.post(
        "/api/v1/deliveries",
        summary="Deliver messages of nodes",
        response_model=Accepted,
        responses=responses(401, 403, 413, 422, 503),
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": _delivery.json_schema(), "example": EXAMPLE}
                },
            }
        },
    )
    async def deliver(
        request: Request, actor: Annotated[Actor, may(parts, "deliver-messages")]
    ) -> Response:
        body = await request.body()
        return await run_in_threadpool(_answer, parts, actor, body)

    return routes


def _answer(parts: Parts, actor: Actor, body: bytes) -> Response:
    try:
        delivery = _delivery.validate_json(body)
        messages = [_message(one) for one in delivery["messages"]]
    except ValidationError as error:
        fields = [(".".join(map(str, one["loc"])), one["msg"]) for one in error.errors()[:10]]
        return problem(422, "; ".join(f"{f}: {words}" for f, words in fields), fields)
    except _Unreadable as error:
        return problem(422, f"{error.field}: {error}", [(error.field, str(error))])
    gateway = delivery["gateway"]
    speak_for(actor, gateway)
    now = parts.clock()
    try:
        receipt = accept(parts.stores, gateway, messages, now)
    except Exception:
        parts.tally.could_not(now)
        raise
    parts.tally.took(receipt)
    parts.follow_up.after(receipt)
    parts.presence.seen(parts.stores, gateway, now)
    return JSONResponse(_accepted(receipt), headers={"Surco-Api": "1"})


class _Unreadable(ValueError):
    def __init__(self, field: str, words: str) -> None:
        self.field = field
        super().__init__(words)


def _accepted(receipt: Receipt) -> dict[str, object]:
    return {
        "surco": 1,
        "stored": receipt.stored,
        "duplicate": receipt.duplicate,
        "waiting": receipt.waiting,
        "quarantined": [
            {"message": one.message, "row": one.row, "code": one.code, "detail": one.detail}
            for one in receipt.quarantined
        ],
    }


def _message(one: DeliveredMessage) -> Message:
    refusal = one.get("refused")
    return Message(
        one["id"], one["topic"], _payload(one), one["received_at"], one["clock_ok"],
        None if refusal is None else (refusal["code"], refusal["detail"]),
    )  # fmt: skip


def _payload(one: DeliveredMessage) -> bytes:
    text, encoded = one.get("payload"), one.get("payload_b64")
    if text is not None and encoded is None:
        return text.encode()
    if encoded is None or text is not None:
        raise _Unreadable("messages.payload", f"message {one['id']}: payload or payload_b64")
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        words = f"message {one['id']}: not base64"
        raise _Unreadable("messages.payload_b64", words) from error
