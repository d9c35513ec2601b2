import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_contract import messages
from surco_contract.messages import (
    FIRST_TIME,
    LAST_TIME,
    MAX_COUNT,
    Data,
    read_data,
    read_head,
    write_ack,
)
from surco_contract.quantities import QUANTITIES, implausible
from surco_contract.reasons import Malformed
from surco_contract.topics import TO_GATEWAY, TO_NODE, Topic, parse, topic

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
FIELDS = ("v", "b", "q", "t0", "tq", "f", "d", "p", "u")


def read(payload: bytes) -> Data | None:
    """Read a message; anything but `Malformed` fails the test."""
    try:
        read_head(payload)
        return read_data(payload)
    except Malformed as error:
        assert error.detail
        return None


@given(st.binary(max_size=1500))
def test_any_bytes_are_a_message_or_malformed(payload: bytes) -> None:
    read(payload)


@given(JSON, st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_json_is_a_message_or_malformed(value: Any, fields: dict[str, Any]) -> None:
    usual = {
        "v": 1,
        "b": "9f3a01c7",
        "q": 1,
        "t0": FIRST_TIME,
        "tq": 2,
        "f": ["dt", "r1"],
        "d": [[0, 1]],
    }
    read(json.dumps(value).encode())
    data = read(json.dumps({**usual, **fields}).encode())
    for row in [] if data is None else data.rows:
        assert 0 <= row.q < MAX_COUNT
        assert all(abs(number) < 1e9 for number in row.values.values())


@given(
    q=st.integers(0, MAX_COUNT - 24),
    t0=st.integers(FIRST_TIME, LAST_TIME - 1_000_000),
    rows=st.lists(
        st.tuples(st.integers(0, 999_999), st.none() | st.integers(-999_999, 999_999)),
        min_size=1, max_size=24,
    ),
)  # fmt: skip
def test_what_was_written_is_read(q: int, t0: int, rows: list[tuple[int, int | None]]) -> None:
    message = {"v": 1, "b": "00000000", "q": q, "t0": t0, "tq": 1, "f": ["dt", "r1"], "d": rows}
    payload = json.dumps(message, separators=(",", ":")).encode()
    head, data = read_head(payload), read_data(payload)
    assert (head.b, head.q, head.n) == ("00000000", q, len(rows))
    assert [(row.q, row.t, row.values.get("r1")) for row in data.rows] == [
        (q + place, t0 + dt, value) for place, (dt, value) in enumerate(rows)
    ]
    assert data.faults == []


def test_an_ack_is_json_that_names_the_rows() -> None:
    assert json.loads(write_ack("9f3a01c7", 1041, 24)) == {"b": "9f3a01c7", "q": 1041, "n": 24}


@pytest.mark.parametrize("kind", TO_GATEWAY)
def test_a_topic_is_spelled_and_read_the_same(kind: str) -> None:
    assert parse(topic("n-001", kind)) == Topic("n-001", kind)


@given(st.text(max_size=40))
def test_any_text_is_a_topic_or_malformed(text: str) -> None:
    for candidate in (text, f"surco/v1/{text}", f"surco/v1/{text}/data"):
        try:
            found = parse(candidate)
        except Malformed as error:
            assert error.code == "bad-topic"
        else:
            assert topic(found.node, found.kind) == candidate


def test_a_node_never_hears_what_a_node_says() -> None:
    assert not TO_GATEWAY.keys() & TO_NODE.keys()


def test_what_is_plausible_is_said_once() -> None:
    assert implausible({"r1": 1800, "bv": 100, "rh": 120}) == ["bv", "rh"]
    assert all(q.low < q.high and q.es and q.en and q.es != q.en for q in QUANTITIES.values())


NUMBERS = st.one_of(
    st.none(), st.integers(-(10**8), 10**8), st.floats(-1e7, 1e7).map(lambda x: round(x, 3)),
    st.sampled_from(["-0", "00", "1e5", "1.", "0.0000001", "-", '"1"', "[1]", "NaN", "true"]),
)  # fmt: skip
COLUMNS = st.sampled_from(["dt", "r1", "bv", "st", "zz", "DT", "", "r1"])


@given(
    st.sampled_from(["9f3a01c7", "9F3A01C7", "9f3a01c", "00000000"]),
    st.one_of(st.integers(0, 2**33), st.just("01")),
    st.sampled_from([0, 1_795_364_100, 1_600_000_000, 4_102_444_799, 9_999_999_999, "true"]),
    st.sampled_from([0, 1, 2, 3]),
    st.lists(COLUMNS, max_size=4).map(lambda columns: ["dt", *columns]),
    st.lists(st.lists(NUMBERS, max_size=5).map(lambda cells: [0, *cells]), max_size=26),
    st.sampled_from(["", " ", ",", '"v":1', "}"]),
)
def test_the_quick_reading_says_what_the_thorough_one_says(
    b: str, q: Any, t0: Any, tq: int, columns: list[str], rows: list[list[Any]], litter: str
) -> None:
    def cell(value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value)

    written = ",".join("[" + ",".join(map(cell, row[: len(columns)])) + "]" for row in rows)
    names = json.dumps(columns, separators=(",", ":"))
    text = f'{{"v":1,"b":"{b}","q":{q},"t0":{t0},"tq":{tq},"f":{names},"d":[{written}]}}{litter}'
    payload = text.encode()
    assert said(read_data, payload) == said(messages._judged_data, payload)
    assert said(read_head, payload) == said(
        lambda it: messages._head(messages.read_object(it)), payload
    )


def test_what_a_healthy_node_writes_is_read_quickly() -> None:
    payload = (
        b'{"v":1,"b":"9f3a01c7","q":1041,"t0":1795364100,"tq":2,"f":["dt","r1","bv"],'
        b'"d":[[0,1805,3912],[900,1806.5,null]]}'
    )
    found = messages._PLAIN(payload)
    assert found is not None
    assert messages._plain_data(found) == messages._judged_data(payload)
    assert messages._plain_head(found) == read_head(payload)
    assert read_head(payload) == (1, "9f3a01c7", 1041, 2)


def said(read: Any, payload: bytes) -> Any:
    """Return what was read, or what was said against it."""
    try:
        return read(payload)
    except Malformed as fault:
        return (fault.code, fault.detail)
