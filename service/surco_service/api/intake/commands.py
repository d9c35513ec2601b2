"""GET /api/v1/gateways/{id}/commands: a long poll; the next `after` confirms what was done."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool

from surco_service.access import may
from surco_service.api.frame.problems import responses
from surco_service.api.frame.values import Number, Whole
from surco_service.parts import Parts
from surco_service.ports.intake import Command
from surco_service.usecases.intake.losses import follow

LONGEST_WAIT_S = 30
LOOK_EVERY_S = 1.0  # another process may have given the order, so the database is asked


class Order(BaseModel):
    """Something the gateway must do: cfg, ota, resend, advice, credentials or replay."""

    id: int
    kind: str
    node: str | None
    body: dict[str, Any]


class Orders(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "surco": 1,
                    "commands": [
                        {
                            "id": 5,
                            "kind": "advice",
                            "node": None,
                            "body": {
                                "bed": "jardin-1",
                                "status": "water",
                                "litres": 12.0,
                                "expires": 1795400000,
                            },
                        }
                    ],
                }
            ]
        }
    )
    surco: int
    commands: list[Order]


def router(parts: Parts) -> APIRouter:
    """Return the route of commands."""
    routes = APIRouter(tags=["gateways"])

    @routes.get(
        "/api/v1/gateways/{gateway}/commands",
        dependencies=[may(parts, "take-orders")],
        summary="Wait for commands",
        response_model=Orders,
        responses=responses(401, 403, 422, 503),
    )
    async def commands(
        request: Request,
        gateway: Annotated[str, Path(max_length=32, examples=["gateway-1"])],
        after: Annotated[Whole, Query(ge=0, lt=2**53, examples=[4])] = 0,
        wait: Annotated[Number, Query(ge=0, le=LONGEST_WAIT_S, examples=[25])] = 0,
        replaying: Annotated[
            Whole | None, Query(ge=0, lt=2**53, description="Messages still to be sent again.")
        ] = None,
    ) -> Orders:
        await run_in_threadpool(parts.presence.seen, parts.stores, gateway, parts.clock())
        if replaying is not None:
            await run_in_threadpool(_follow, parts, gateway, after, replaying)
        found = await _wait(parts, request, gateway, after, wait)
        return Orders(
            surco=1,
            commands=[
                Order(id=one.id, kind=one.kind, node=one.node, body=dict(one.body)) for one in found
            ],
        )

    return routes


def _follow(parts: Parts, gateway: str, after: int, left: int) -> None:
    """Note how far a replay is, once the gateway has taken the order."""
    if not any(one.kind == "replay" for one in parts.stores.gateways.commands(gateway, after)):
        follow(parts.stores, gateway, left, parts.clock())


async def _wait(
    parts: Parts, request: Request, gateway: str, after: int, wait_s: float
) -> list[Command]:
    loop = asyncio.get_running_loop()
    end = loop.time() + wait_s
    while True:
        found = await run_in_threadpool(parts.stores.gateways.commands, gateway, after)
        left = end - loop.time()
        if found or left <= 0 or parts.events.ended or await request.is_disconnected():
            return found
        await asyncio.sleep(min(LOOK_EVERY_S, left))
