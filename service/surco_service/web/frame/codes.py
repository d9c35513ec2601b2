"""QR codes, drawn as one SVG path."""

import segno
from fastapi import APIRouter, Request
from fastapi.responses import Response

from surco_service.access import may
from surco_service.parts import Parts


def router(parts: Parts) -> APIRouter:
    """Return the codes to print and stick on a bed."""
    routes = APIRouter(include_in_schema=False, dependencies=[may(parts, "look-at-gardens")])

    @routes.get("/codigo/{bed}.svg")
    def code(request: Request, bed: str) -> Response:
        known = parts.stores.records.bed(bed)
        base = (parts.settings.public_url or str(request.base_url)).rstrip("/")
        path, size = qr_path(f"{base}/cama/{known.id}")
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 {size + 8} {size + 8}">'
            f'<rect x="-4" y="-4" width="100%" height="100%" fill="#fff"/><path d="{path}"/></svg>'
        )
        return Response(svg, media_type="image/svg+xml")

    return routes


def qr_path(text: str) -> tuple[str, int]:
    """Return the path of a code that survives a quarter of it being dirty, and its size."""
    matrix = segno.make_qr(text, error="q").matrix
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark
    )
    return path, len(matrix)
