"""`docs/reference/api.md` names the routes that there are, and no others."""

import re
from pathlib import Path

from fastapi.testclient import TestClient

PAGE = Path(__file__).parents[4] / "docs/reference/api.md"


def test_the_page_names_every_route_of_the_api(anybody: TestClient) -> None:
    document = anybody.get("/api/v1/openapi.json").json()
    there = {
        f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method in methods
        if path.startswith("/api/") or path == "/health"
    }
    named = set(re.findall(r"^\| `((?:GET|POST|DELETE) [^`]+)`", PAGE.read_text(), re.MULTILINE))
    assert named == there
