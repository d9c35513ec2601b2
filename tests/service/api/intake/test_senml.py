import json

from starlette.testclient import TestClient

from surco_contract.senml import read_senml
from tests.service.deliveries import Inlet, T, a_message, a_payload


def test_readings_leave_as_senml_that_can_be_read_back(anybody: TestClient, inlet: Inlet) -> None:
    inlet.deliver(a_message(a_payload([0, 1805, 3912], t0=T - 60)))
    answer = anybody.get("/api/v1/nodes/n-1/senml")
    assert answer.headers["content-type"] == "application/senml+json"
    (row,) = read_senml(json.dumps(answer.json()).encode(), T).rows
    assert (row.t, row.values) == (T - 60, {"r1": 1805.0, "bv": 3912.0})


def test_a_node_that_said_nothing_is_an_empty_pack(anybody: TestClient) -> None:
    assert anybody.get("/api/v1/nodes/n-9/senml").json() == []
