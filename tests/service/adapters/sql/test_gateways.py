"""Gateways and what they are told, over SQLite and PostgreSQL."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from surco_service.adapters.sql.gateways import SqlGateways
from surco_service.adapters.sql.keys import SqlKeys

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def two_gateways(engine: Engine) -> SqlGateways:
    gateways = SqlGateways(engine)
    for name in ("gateway-1", "gateway-2"):
        gateways.add(name, f"hash of {name}")
    return gateways


def orders(gateways: SqlGateways, gateway: str = "gateway-1", after: int = 0) -> list[object]:
    return [(one.kind, one.body) for one in gateways.commands(gateway, after)]


def test_an_order_reaches_every_gateway_or_the_one_it_is_for(two_gateways: SqlGateways) -> None:
    two_gateways.order("advice", None, {"bed": "c-1", "status": "ok"})
    two_gateways.order("resend", "n-1", {"b": "9f3a01c7", "q": 4, "n": 2}, gateway="gateway-2")
    assert len(orders(two_gateways)) == 1
    assert len(orders(two_gateways, "gateway-2")) == 2


def test_newer_advice_replaces_older_and_comes_last(two_gateways: SqlGateways) -> None:
    for bed, status in (("c-1", "ok"), ("c-2", "ok"), ("c-1", "water")):
        two_gateways.order("advice", None, {"bed": bed, "status": status})
    assert [body["status"] for _, body in orders(two_gateways)] == ["ok", "water"]


def test_two_gaps_of_a_node_are_both_asked_for(two_gateways: SqlGateways) -> None:
    for q in (4, 9, 4):
        two_gateways.order("resend", "n-1", {"b": "9f3a01c7", "q": q, "n": 2})
    assert [body["q"] for _, body in orders(two_gateways)] == [9, 4]


def test_what_a_gateway_confirms_is_forgotten_for_it_alone(two_gateways: SqlGateways) -> None:
    two_gateways.order("cfg", "n-1", {"rev": 1})
    (first,) = two_gateways.commands("gateway-1", 0)
    assert two_gateways.commands("gateway-1", first.id) == []
    assert two_gateways.commands("gateway-1", 0) == []
    assert len(two_gateways.commands("gateway-2", 0)) == 1


def test_a_number_is_never_given_out_twice(two_gateways: SqlGateways) -> None:
    seen = 0
    for rev in range(4):
        two_gateways.order("cfg", "n-1", {"rev": rev})
        (command,) = two_gateways.commands("gateway-1", seen)
        assert command.id > seen
        seen = command.id
        two_gateways.commands("gateway-2", 10**6)


def test_a_notebook_from_a_backup_does_not_hide_new_orders(two_gateways: SqlGateways) -> None:
    far_ahead = 5000
    assert two_gateways.commands("gateway-1", far_ahead) == []
    two_gateways.order("cfg", "n-1", {"rev": 1})
    assert len(two_gateways.commands("gateway-1", far_ahead)) == 1


def test_a_token_names_its_gateway_until_it_is_replaced(two_gateways: SqlGateways) -> None:
    assert two_gateways.by_token("hash of gateway-2") == "gateway-2"
    two_gateways.add("gateway-2", "another hash")
    assert two_gateways.by_token("hash of gateway-2") is None


def test_a_gateway_was_seen_when_it_was_seen(two_gateways: SqlGateways) -> None:
    two_gateways.seen("gateway-1", NOON)
    assert two_gateways.all() == {"gateway-1": NOON, "gateway-2": None}


# ---------------------------------------------------------------- 18.7: credentials of the registry


def give(engine: Engine, *nodes: str) -> None:
    for node in nodes:
        SqlKeys(engine).label(node, f"hash of {node}", NOON)


def told(gateways: SqlGateways, gateway: str, after: int = 0) -> list[object]:
    return [body for kind, body in orders(gateways, gateway, after) if kind == "credentials"]


def all_of(*nodes: str) -> list[object]:
    return [{"user": node, "hash": f"hash of {node}"} for node in nodes]


def test_a_gateway_that_comes_after_the_nodes_gets_their_credentials(engine: Engine) -> None:
    gateways = SqlGateways(engine)
    give(engine, "n-1", "n-2")
    gateways.add("gateway-1", "hash")
    assert told(gateways, "gateway-1") == all_of("n-1", "n-2")


def test_a_second_gateway_gets_the_newest_of_each_and_the_first_nothing_twice(
    engine: Engine,
) -> None:
    gateways = SqlGateways(engine)
    gateways.add("gateway-1", "one")
    give(engine, "n-1")
    SqlKeys(engine).give("n-1", "a newer hash", "0a" * 32, NOON)
    last = gateways.commands("gateway-1", 0)[-1].id
    assert gateways.commands("gateway-1", last) == []
    gateways.add("gateway-2", "two")
    assert told(gateways, "gateway-2") == [{"user": "n-1", "hash": "a newer hash"}]
    assert gateways.commands("gateway-1", last) == []


@pytest.mark.parametrize("forgotten", [0, 1])
def test_a_gateway_that_forgot_how_far_it_had_come_gets_them_all_again_once(
    engine: Engine, forgotten: int
) -> None:
    gateways = SqlGateways(engine)
    gateways.add("gateway-1", "one")
    give(engine, "n-1", "n-2", "n-3")
    last = gateways.commands("gateway-1", 0)[-1].id
    gateways.commands("gateway-1", last)
    found = gateways.commands("gateway-1", forgotten)
    assert [command.body for command in found] == all_of("n-1", "n-2", "n-3")
    assert min(command.id for command in found) > last
    assert gateways.commands("gateway-1", forgotten) == found, "not made anew at every poll"
    assert gateways.commands("gateway-1", found[-1].id) == []


def test_a_gateway_that_forgot_is_not_kept_from_new_orders(two_gateways: SqlGateways) -> None:
    for rev in range(9):
        two_gateways.order("cfg", "n-1", {"rev": rev})
    last = two_gateways.commands("gateway-1", 0)[-1].id
    two_gateways.commands("gateway-1", last)
    two_gateways.commands("gateway-1", 5)
    two_gateways.order("cfg", "n-1", {"rev": 9})
    assert ("cfg", {"rev": 9}) in orders(two_gateways, "gateway-1", 5)
