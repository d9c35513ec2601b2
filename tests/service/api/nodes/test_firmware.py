"""Gateways fetch the files of published versions; nobody else does."""

import hashlib

from fastapi.testclient import TestClient

from surco_service.usecases.nodes import firmware
from tests.service.deliveries import Inlet

BODY = bytes(range(256))
SHA = hashlib.sha256(BODY).hexdigest()


def test_a_gateway_gets_a_file_and_the_manifest_by_what_they_are(
    gateway: TestClient, inlet: Inlet
) -> None:
    firmware.publish(inlet.stores, "2", 6, {"node/duty.mpy": BODY}, inlet.now)
    manifest = inlet.stores.firmware.releases()["2"].manifest
    for body in (BODY, manifest):
        answer = gateway.get(f"/api/v1/firmware/{hashlib.sha256(body).hexdigest()}")
        assert (answer.status_code, answer.content) == (200, body)
        assert answer.headers["content-type"] == "application/octet-stream"


def test_a_file_that_is_not_published_is_a_problem(gateway: TestClient) -> None:
    answer = gateway.get(f"/api/v1/firmware/{SHA}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert gateway.get("/api/v1/firmware/..%2Fnotebook.db").status_code in (404, 422)
    assert gateway.get(f"/api/v1/firmware/{SHA.upper()}").status_code == 422


def test_nobody_without_a_token_gets_firmware(anybody: TestClient, inlet: Inlet) -> None:
    firmware.publish(inlet.stores, "2", 6, {"node/duty.mpy": BODY}, inlet.now)
    assert anybody.get(f"/api/v1/firmware/{SHA}").status_code == 401
