"""The administrator sees what could not be taken, tries it again, or throws it away."""

import json
from dataclasses import replace

from fastapi.testclient import TestClient

from surco_contract.quantities import QUANTITIES
from surco_contract.reasons import REASONS
from tests.service.deliveries import B, Inlet, a_message, a_payload

LIST = "/api/v1/quarantine"


def test_the_list_has_the_words_of_the_node_and_the_reason(
    administrator: TestClient, inlet: Inlet
) -> None:
    inlet.deliver(a_message(b"{"), a_message(b"\xff"))
    found = administrator.get(LIST).json()
    assert (found["count"], found["moved_to_file"]) == (2, 0)
    newest, oldest = found["messages"]
    assert (newest["payload"], newest["payload_b64"], newest["code"]) == (None, "/w==", "not-utf8")
    assert (oldest["payload"], oldest["reason"]) == ("{", REASONS["not-json"])
    assert administrator.get(LIST, params={"before": newest["id"]}).json()["messages"] == [oldest]


def test_a_long_quarantine_is_told_to_its_end(administrator: TestClient, inlet: Inlet) -> None:
    inlet.deliver(*(a_message(b"{%d" % number) for number in range(5)))
    told: list[int] = []
    query = {"limit": 2}
    while True:
        answer = administrator.get(LIST, params=query).json()
        told += [message["id"] for message in answer["messages"]]
        assert answer["count"] == 5
        if answer["next"] is None:
            break
        query["before"] = answer["next"]
    assert told == [one.id for one in inlet.stores.ledger.quarantine()]
    assert len(told) == 5


def test_a_retry_stores_the_very_rows_once_the_software_knows_them(
    administrator: TestClient, inlet: Inlet, monkeypatch
) -> None:
    inlet.deliver(a_message(a_payload([0, 1805, 412], f=("dt", "r1", "co"))))
    number = inlet.stores.ledger.quarantine()[0].id
    again = administrator.post(f"{LIST}/{number}/retry").json()
    assert again == {"stored": 0, "duplicate": 1, "waiting": 0, "still_refused": True}
    monkeypatch.setitem(QUANTITIES, "co", replace(QUANTITIES["rh"], code="co", high=5000))
    again = administrator.post(f"{LIST}/{number}/retry").json()
    assert again["still_refused"] is False
    assert inlet.stores.ledger.quarantine() == []
    assert [(reading.b, reading.q) for reading in inlet.stored()] == [(B, 1)]


def test_a_retry_of_one_row_keeps_its_number(administrator: TestClient, inlet: Inlet) -> None:
    payload = a_payload([0, 1805, 3912], [1, 1806, 3911], q=7)
    inlet.deliver(a_message(payload, refused=("no-rows", "the gateway was wrong")))
    number = inlet.stores.ledger.quarantine()[0].id
    again = administrator.post(f"{LIST}/{number}/retry").json()
    assert again == {"stored": 2, "duplicate": 0, "waiting": 0, "still_refused": False}
    assert [reading.q for reading in inlet.stored()] == [7, 8]


def test_what_is_discarded_is_gone(administrator: TestClient, inlet: Inlet) -> None:
    inlet.deliver(a_message(b"{"))
    number = inlet.stores.ledger.quarantine()[0].id
    assert administrator.delete(f"{LIST}/{number}").status_code == 204
    assert administrator.delete(f"{LIST}/{number}").status_code == 404
    assert administrator.post(f"{LIST}/{number}/retry").status_code == 404


def test_nobody_else_sees_or_touches_it(anybody: TestClient, inlet: Inlet) -> None:
    inlet.deliver(a_message(b"{"))
    number = inlet.stores.ledger.quarantine()[0].id
    anybody.cookies.set("surco_session", "guessed")
    for method, path in (
        ("GET", LIST),
        ("POST", f"{LIST}/{number}/retry"),
        ("DELETE", f"{LIST}/{number}"),
    ):
        answer = anybody.request(method, path)
        assert answer.status_code == 401, path
        assert "admin-link" in answer.json()["detail"]
    assert inlet.stores.ledger.quarantine_count() == 1


def test_a_payload_that_would_break_a_page_is_only_text(
    administrator: TestClient, inlet: Inlet
) -> None:
    inlet.deliver(a_message(json.dumps("<script>alert(1)</script>").encode()))
    answer = administrator.get(LIST)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
