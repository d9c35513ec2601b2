"""What a program reads of a node."""

import pytest
from fastapi.testclient import TestClient

from tests.service.deliveries import NOON, B, Inlet, T, a_message, a_payload

NODE = "/api/v1/nodes/n-1"


def test_the_latest_says_its_age(anybody: TestClient, inlet: Inlet) -> None:
    inlet.deliver(a_message(a_payload([0, 1805, None], t0=T - 90)))
    assert anybody.get(f"{NODE}/latest").json() == {
        "node": "n-1", "time": "2026-11-24T11:58:30Z", "age_s": 90, "b": B, "q": 1, "tq": 2,
        "plausible": True, "values": {"r1": 1805.0},
    }  # fmt: skip


def test_a_node_that_never_spoke_is_not_found(anybody: TestClient) -> None:
    answer = anybody.get(f"{NODE}/latest")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "no reading of node n-1 was ever stored"


def test_a_series_is_means_by_bucket_of_the_last_day(anybody: TestClient, inlet: Inlet) -> None:
    inlet.deliver(a_message(a_payload([0, 1800, 1], [60, 1810, 3900], [900, 1900, 1], t0=T - 900)))
    found = anybody.get(f"{NODE}/series", params={"code": "r1"}).json()
    assert found["points"] == [[T - 900, 1805.0], [T, 1900.0]]
    assert (found["unit"], found["every_s"]) == ("mV", 900)


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ({"code": "zz"}, "code"),
        ({}, "code"),
        ({"code": "r1", "every": 0}, "every"),
        ({"code": "r1", "every": 1}, "every"),
        ({"code": "r1", "start": NOON.isoformat(), "end": NOON.isoformat()}, "end"),
        ({"code": "r1", "start": "2026-11-24T00:00:00"}, "start"),
        ({"code": "r1", "start": "1926-11-24T00:00:00Z"}, "end"),
    ],
)
def test_a_question_that_cannot_be_answered_says_which_part(
    anybody: TestClient, question: dict[str, str], field: str
) -> None:
    answer = anybody.get(f"{NODE}/series", params=question)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
