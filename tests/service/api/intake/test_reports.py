"""A gateway says how it is; nothing that it says can harm the pages that tell it (18.9)."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.service.deliveries import Inlet

DOOR = "/api/v1/gateways/gateway-1/report"
ALARM = {"code": "clock", "for_s": 3600, "words": "set gateway.clock", "facts": {"free_mb": 3}}


def test_a_report_replaces_the_one_before_and_counts_from_our_clock(
    gateway: TestClient, inlet: Inlet
) -> None:
    for alarms in ([ALARM, ALARM | {"code": "spool"}], [ALARM]):
        said = {"alarms": alarms, "spool": {"undelivered": 7, "bytes": 9, "taken": 3}, "more": 1}
        assert gateway.post(DOOR, json=said).json() == {"surco": 1}
    report = inlet.stores.gateways.reports()["gateway-1"]
    (alarm,) = report.alarms
    assert (alarm.code, alarm.since) == ("clock", inlet.now - timedelta(hours=1))
    assert (alarm.words, alarm.facts) == ("set gateway.clock", {"free_mb": 3})
    assert (report.undelivered, report.spool_bytes) == (7, 9)
    assert inlet.stores.gateways.all() == {"gateway-1": inlet.now}


def test_what_a_gateway_tells_is_in_health(gateway: TestClient) -> None:
    gateway.post(DOOR, json={"alarms": [ALARM]})
    (trouble,) = gateway.get("/health").json()["troubles"]
    assert (trouble["code"], trouble["about"]) == ("clock", "gateway-1")


@pytest.mark.parametrize(
    "alarm",
    [
        {"code": "<script>"}, {"code": "c" * 33}, {"code": "clock", "for_s": -1},
        {"code": "clock", "for_s": 1e300}, {"code": "clock", "words": "w" * 2001},
        {"code": "clock", "facts": {str(n): n for n in range(21)}},
        {"code": "clock", "facts": {"deep": {"er": 1}}},
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_told_is_refused(
    gateway: TestClient, inlet: Inlet, alarm: dict[str, Any]
) -> None:
    assert gateway.post(DOOR, json={"alarms": [alarm]}).status_code == 422
    assert inlet.stores.gateways.reports() == {}


@pytest.mark.parametrize(
    "body",
    [
        rb'{"alarms":[{"code":"clock","words":"\ud800"}]}',
        rb'{"alarms":[{"code":"clock","facts":{"n":NaN}}]}',
        rb'{"alarms":[{"code":"clock","for_s":Infinity}]}',
        b"[" * 10_000,
    ],
)
def test_odd_json_ends_in_no_page(
    administrator: TestClient, gateway: TestClient, body: bytes
) -> None:
    headers = {"Content-Type": "application/json"}
    assert gateway.post(DOOR, content=body, headers=headers).status_code in (400, 422)
    assert administrator.get("/salud", headers={"Accept": "text/html"}).status_code == 200
