"""GET /api/v1/firmware/{sha256}: a file of a release, for gateways that hand it on in pieces."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Response
from starlette.concurrency import run_in_threadpool

from surco_service.access import may
from surco_service.api.frame.problems import responses
from surco_service.parts import Parts


def router(parts: Parts) -> APIRouter:
    """Return the route of firmware files."""
    routes = APIRouter(tags=["gateways"])

    @routes.get(
        "/api/v1/firmware/{sha256}",
        dependencies=[may(parts, "fetch-firmware")],
        summary="Get a file of firmware",
        response_class=Response,
        responses={
            200: {
                "content": {
                    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
                },
                "description": "The file.",
            },
            **responses(401, 404, 422, 503),
        },
    )
    async def file(
        sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$", examples=["0" * 64])],
    ) -> Response:
        body = await run_in_threadpool(parts.stores.firmware.file, sha256)
        if body is None:
            raise HTTPException(404, f"No published version has a file {sha256}.")
        headers = {"Cache-Control": "private, max-age=31536000, immutable"}
        return Response(body, media_type="application/octet-stream", headers=headers)

    return routes
