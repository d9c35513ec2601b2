"""/metrics says what Salud says, as its own library reads it (18.9)."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from surco_contract.credentials import token_hash
from surco_service.adapters.broadcast import Broadcast
from surco_service.api.frame.metrics import HELP
from surco_service.app import Parts, create_app
from surco_service.config import Settings
from surco_service.domain.nodes.node import Node, NodeStatus
from surco_service.errors import StoreUnavailable
from surco_service.ports.intake import GatewayReport
from tests.service.deliveries import Inlet, a_message

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    with closing(Inlet(tmp_path)) as inlet:
        yield Parts(inlet.stores, Broadcast(), lambda: inlet.now, Settings(data=tmp_path))


def scrape(parts: Parts) -> Samples:
    with closing(TestClient(create_app(parts))) as client:
        answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    families = list(text_string_to_metric_families(answer.text))
    assert {family.name for family in families} <= HELP.keys()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def key(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


def test_numbers_say_what_is_wrong_and_how_nodes_and_gateways_are(parts: Parts) -> None:
    stores, now = parts.stores, parts.clock()
    stores.gateways.add("gateway-1", token_hash("token"))
    stores.gateways.seen("gateway-1", now)
    stores.gateways.keep_report("gateway-1", GatewayReport(now, [], "0.1.0", 2116, 4096))
    three_days_ago = now - timedelta(days=3)
    stores.registry.set_status(
        "n-1", NodeStatus(three_days_ago, "asleep", interval_s=900, battery_mv=3912, held=24)
    )
    stores.registry.save_node(Node("n-2", "Rosa's", now))
    stores.troubles.raised("rows-missing", "n-1/9f3a01c7", now, {"rows": 1152})
    stores.troubles.raised("readings-damaged", "/home/rosa/surco/readings.db", now, {})
    found = scrape(parts)
    assert found[key("surco_node_up", node="n-1")] == 0
    assert found[key("surco_node_up", node="n-2")] == 0
    assert (
        found[key("surco_node_heard_timestamp_seconds", node="n-1")] == three_days_ago.timestamp()
    )
    assert found[key("surco_node_battery_volts", node="n-1")] == 3.912
    assert found[key("surco_node_held_rows", node="n-1")] == 24
    assert found[key("surco_node_missing_rows", node="n-1")] == 1152
    assert found[key("surco_gateway_undelivered_messages", gateway="gateway-1")] == 2116
    start = "surco_trouble_start_timestamp_seconds"
    late = key(start, code="node-late", about="n-1", urgency="today", mender="volunteer")
    assert found[late] == three_days_ago.timestamp()
    file = key(
        start, code="readings-damaged", about="readings.db", urgency="today", mender="keeper"
    )
    assert file in found
    assert found[key("surco_troubles", urgency="today")] == 2
    assert "Rosa" not in str(found).replace("rosa", "Rosa"), "no name, and no path"


def test_deliveries_are_counted_by_what_became_of_them(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.stores.gateways.add("gateway-1", token_hash("token"))
    message = a_message()
    body = {"gateway": "gateway-1", "messages": [{
        "id": 1, "topic": message.topic, "payload": message.payload.decode(),
        "received_at": message.received_at, "clock_ok": True,
    }]}  # fmt: skip
    with closing(TestClient(create_app(parts))) as client:
        headers = {"Authorization": "Bearer token"}
        assert client.post("/api/v1/deliveries", json=body, headers=headers).status_code == 200

        def away(*_: object) -> None:
            raise StoreUnavailable("the disk is away")

        monkeypatch.setattr(parts.stores.readings, "add", away)
        assert client.post("/api/v1/deliveries", json=body, headers=headers).status_code == 503
    found = scrape(parts)
    assert found[key("surco_deliveries_total", outcome="taken")] == 1
    assert found[key("surco_deliveries_total", outcome="refused")] == 1
    assert found[key("surco_rows_total", outcome="stored")] == 1
    assert found[key("surco_troubles", urgency="now")] == 1, "deliveries are refused"


def test_a_notebook_that_is_away_is_a_number_too(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise StoreUnavailable("the notebook is away")

    monkeypatch.setattr(parts.stores.registry, "nodes", away)
    found = scrape(parts)
    assert found[key("surco_database_up", database="notebook")] == 0
    assert not [name for name, _ in found if name.startswith(("surco_node", "surco_gateway"))]


def test_the_page_names_every_number() -> None:
    page = (Path(__file__).parents[4] / "docs/how-to/watch-from-afar.md").read_text("utf-8")
    assert re.findall(r"^\| `(surco_\w+)` \| (.*) \|$", page, re.MULTILINE) == list(HELP.items())
