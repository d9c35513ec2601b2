"""Who a node may call itself: a name of ours would open what is not its own."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_contract.reasons import Malformed
from surco_contract.topics import (
    RESERVED,
    TO_GATEWAY,
    is_gateway_id,
    is_node_id,
    is_reserved,
    parse,
)

NODE = Path(__file__).parents[2] / "firmware/node"


@pytest.mark.parametrize("name", ["gateway", "gateway-1", "gateways", "service", "admin", "bed"])
def test_our_own_names_are_no_nodes(name: str) -> None:
    """`gateway` is the user that may do everything; below `bed` is what everybody may read."""
    assert is_reserved(name)
    assert not is_node_id(name)
    with pytest.raises(Malformed):
        parse(f"surco/v1/{name}/data")


@pytest.mark.parametrize("name", ["n-1", "n01", "0-0", "a" * 32, "beds", "a-gateway"])
def test_a_node_has_a_short_name_in_small_letters(name: str) -> None:
    assert is_node_id(name)
    assert parse(f"surco/v1/{name}/data").node == name


@pytest.mark.parametrize(
    "name", ["", "n1", "a" * 33, "N01", "n_1", "n 1", "n/1", "ñ01", "n01\n", "+"]
)
def test_anything_else_is_no_name(name: str) -> None:
    assert not is_node_id(name)


def test_a_node_publishes_with_the_qos_of_the_table() -> None:
    """Who changes the QoS of a kind finds the node's here: its MQTT client has one for all."""
    code = "\n".join(file.read_text(encoding="utf-8") for file in sorted(NODE.rglob("*.py")))
    found = re.findall(r"\bqos=(\d)", code)
    assert len(found) == 1, "the default of `publish`; no call says another"
    ours = {kind for kind in TO_GATEWAY if re.search(rf"[\"/]{kind}\"", code)} - {"log"}
    assert {"data", "status", "hello", "claim", "get"} <= ours
    assert {TO_GATEWAY[kind] for kind in ours - {"claim"}} == {int(found[0])}
    assert TO_GATEWAY["claim"] == 0, "heard once: a broker keeps what is heard at least once"


@given(st.from_regex(r"[a-z0-9-]{3,32}", fullmatch=True) | st.sampled_from(sorted(RESERVED)))
def test_no_name_is_a_nodes_and_a_gateways(name: str) -> None:
    assert not (is_node_id(name) and (is_gateway_id(name) or is_reserved(name)))
    assert is_gateway_id(f"gateway-{name[:20]}")
