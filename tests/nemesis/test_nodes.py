"""A node of the nemesis holds to the contract: else its ledger would prove nothing."""

import json
from pathlib import Path
from random import Random

import pytest

from surco_contract.messages import read_data, read_head
from tests.nemesis.nodes import ROWS, Node, read_ledger


@pytest.fixture(params=[True, False], ids=["dated", "undated"])
def node(request: pytest.FixtureRequest, tmp_path: Path) -> Node:
    return Node("nem-0", "secret", 1883, tmp_path / "acked", request.param, Random(1))


def started(node: Node) -> float:
    return node.lives[1]


def test_its_messages_are_the_contracts(node: Node) -> None:
    now = started(node) + 5
    node.measure(now)
    (payload,) = node.due(now)
    data = read_data(payload)
    assert (data.faults, data.b, len(data.rows)) == ([], node.b, ROWS)
    assert data.tq == (2 if node.dated else 0)
    assert read_head(payload).q == 0


def test_a_row_stays_until_its_ack_names_it(node: Node) -> None:
    now = started(node) + 5
    node.measure(now)
    node.acknowledged(node.b, 0, ROWS - 1)
    assert node.waiting == {0}
    node.acknowledged("ffffffff", 0, ROWS)
    assert node.waiting == {0}
    node.acknowledged(node.b, ROWS - 1, 1)
    assert node.waiting == set()
    assert read_ledger(node.ledger) == {(node.name, node.b, q) for q in range(ROWS)}


def test_what_is_not_acknowledged_goes_out_again_as_it_was(node: Node) -> None:
    now = started(node) + 5
    node.measure(now)
    (first,) = node.due(now)
    assert list(node.due(now + 1)) == []
    (again,) = node.due(now + 4)
    assert json.loads(first) | {"u": 0} == json.loads(again) | {"u": 0}
    assert list(node.due(now + 8)) == []  # the second time it waits for twice as long


def test_what_resend_names_goes_out_again(node: Node) -> None:
    now = started(node) + 5
    for _ in range(3):
        node.measure(now)
    assert len(list(node.due(now))) == 3
    node.acknowledged(node.b, 0, 3 * ROWS)
    node.asked_again(node.b, ROWS, 1)
    (payload,) = node.due(now + 1)
    assert json.loads(payload)["q"] == ROWS
