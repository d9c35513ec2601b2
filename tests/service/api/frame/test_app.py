"""What holds for every answer: headers, problems, documentation, health, and the worker."""

import time

import pytest
from fastapi.testclient import TestClient

from surco_service.app import Parts, create_app
from tests.service.deliveries import Inlet, a_message


def test_health_tells_what_works_and_what_waits(anybody: TestClient, inlet: Inlet) -> None:
    inlet.deliver(a_message(b"{"))
    answer = anybody.get("/health")
    assert answer.status_code == 200
    health = answer.json()
    assert (health["status"], health["quarantine"], health["undated"]) == ("ok", 1, 0)
    assert health["parts"] == {"readings": "ok", "notebook": "ok", "mirror": "none"}
    assert health["gateways"] == {"gateway-1": None}


def test_health_is_bad_when_readings_cannot_be_stored(
    anybody: TestClient, inlet: Inlet, tmp_path
) -> None:
    inlet.stores.readings._reader.execute("PRAGMA query_only = 1")
    inlet.stores.readings._writer.execute("DROP TABLE reading")
    answer = anybody.get("/health")
    assert answer.status_code == 503
    assert answer.json()["parts"]["readings"] == "unavailable"


@pytest.mark.parametrize("path", ["/health", "/api/v1/gardens", "/api/v1/nothing"])
def test_every_answer_keeps_a_browser_out_of_harm(anybody: TestClient, path: str) -> None:
    headers = anybody.get(path).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/api/v1/nothing", 404), ("PUT", "/api/v1/gardens", 405)]
)
def test_an_error_is_a_problem(anybody: TestClient, method: str, path: str, status: int) -> None:
    answer = anybody.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) == {"type", "title", "status", "detail", "errors"}


def test_a_fault_of_ours_is_a_problem_that_tells_no_secrets(
    parts: Parts, inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inlet.stores.readings, "latest", lambda nodes: 1 / 0)
    client = TestClient(create_app(parts), raise_server_exceptions=False)
    answer = client.get("/api/v1/nodes/n-1/latest")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "division" not in answer.text
    client.close()


def routes(app_document: dict) -> list[tuple[str, str, dict]]:
    return [
        (path, method, route)
        for path, methods in app_document["paths"].items()
        for method, route in methods.items()
        if path.startswith(("/api/", "/health"))
    ]


def test_the_documentation_shows_every_answer_by_example(anybody: TestClient) -> None:
    document = anybody.get("/api/v1/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert len(routes(document)) >= 15
    for path, method, route in routes(document):
        assert route["summary"], path
        for status, answer in route["responses"].items():
            if status == "204":
                continue
            ((kind, shown),) = answer["content"].items()
            if int(status) >= 400 and (path, status) != ("/health", "503"):
                assert kind == "application/problem+json", (path, method, status)
                assert shown["example"]["status"] == int(status)
            elif kind == "application/senml+json":
                assert shown["example"]
            elif kind == "application/octet-stream":
                assert shown["schema"]["format"] == "binary"
            else:
                assert kind == "application/json", (path, method, status)
                name = shown["schema"]["$ref"].rsplit("/", 1)[1]
                assert "examples" in schemas[name], f"{name} has no example"


def test_the_documentation_names_every_error_that_a_route_can_answer(anybody: TestClient) -> None:
    document = anybody.get("/api/v1/openapi.json").json()
    assert "Problem" in document["components"]["schemas"]
    for path, method, route in routes(document):
        declared = set(route["responses"])
        if path != "/health":
            assert "503" in declared, path
        if "parameters" in route or "requestBody" in route:
            assert "422" in declared, path
        if "quarantine" in path or "gateways" in path or "deliveries" in path:
            assert "401" in declared, path
        if method in ("post", "put", "delete"):
            assert "403" in declared, path


def test_the_worker_starts_with_the_application_and_stops_with_it(
    parts: Parts, inlet: Inlet
) -> None:
    inlet.stores.outbox.enqueue(["node_health,node=n-1 held=1i 1"])
    with TestClient(create_app(parts)):
        deadline = time.monotonic() + 10
        while inlet.lines() and time.monotonic() < deadline:
            time.sleep(0.01)
    assert inlet.lines() == []
