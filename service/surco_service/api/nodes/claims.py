"""POST /api/v1/gateways/{id}/claims: a node's first contact, handed on by the gateway that heard it."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from surco_service.access import may
from surco_service.api.frame.problems import responses
from surco_service.parts import Parts
from surco_service.ports.nodes import Claim
from surco_service.usecases.nodes.claims import claim as take


class NodeClaim(BaseModel):
    """The hash of the password, and the key, that a node has drawn for itself."""

    model_config = ConfigDict(
        strict=True,
        json_schema_extra={
            "examples": [
                {
                    "node": "n-001",
                    "hash": "$7$101$b64salt==$b64hash==",
                    "key": "00" * 32,
                    "air_mv": 2310.0,
                    "water_mv": 930.0,
                }
            ]
        },
    )
    node: Annotated[str, Field(max_length=32)]
    hash: Annotated[str, Field(max_length=400)]
    key: Annotated[str, Field(max_length=64)]
    air_mv: float | None = None
    water_mv: float | None = None


class Claimed(BaseModel):
    """The service keeps it, and every gateway will let the node in with its new password."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"surco": 1, "node": "n-001"}]})
    surco: int
    node: str


def router(parts: Parts) -> APIRouter:
    """Return the route of claims."""
    routes = APIRouter(tags=["gateways"])

    @routes.post(
        "/api/v1/gateways/{gateway}/claims",
        dependencies=[may(parts, "claim-nodes")],
        summary="Claim a node that was set up",
        response_model=Claimed,
        responses=responses(401, 403, 404, 409, 413, 422, 503),
    )
    async def claims(
        gateway: Annotated[str, Path(max_length=32, examples=["gateway-1"])],
        said: NodeClaim,
    ) -> Claimed:
        claim = Claim(said.node, said.hash, said.key, said.air_mv, said.water_mv)
        await run_in_threadpool(take, parts.stores, claim, parts.clock())
        return Claimed(surco=1, node=said.node)

    return routes
