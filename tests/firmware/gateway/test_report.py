"""What a node says is what the contract understands, whatever it measured."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from node.gateway.report import decimal, first_message
from node.keep.rows import head, make
from node.keep.rtc_rows import hundredths, pack_values
from surco_contract.messages import FIRST_TIME, LAST_TIME, MAX_BYTES, MAX_ROWS, read_data
from surco_contract.quantities import QUANTITIES

COLUMNS = list(QUANTITIES)
ANY_VALUE = st.one_of(st.none(), st.floats(), st.integers(-(10**12), 10**12), st.floats(-100, 4000))
VALUES = st.dictionaries(st.sampled_from(COLUMNS), ANY_VALUE)


def packed(values: dict[str, Any]) -> bytes:
    return pack_values([(code, hundredths(value)) for code, value in values.items()])


@st.composite
def rows(draw: Any) -> list[bytes]:
    first = draw(st.integers(0, 2**32 - 100))
    made = []
    for place in range(draw(st.integers(1, 30))):
        tq = draw(st.sampled_from([0, 1, 2]))
        t = draw(st.integers(FIRST_TIME, LAST_TIME - 1) if tq else st.integers(0, 2**31))
        made.append(make(first + place, t, tq, draw(st.integers(0, 3)), packed(draw(VALUES))))
    return made


@given(rows(), st.integers(0, 2**31))
def test_no_measurement_makes_a_bad_message(made: list[bytes], count: int) -> None:
    left = list(made)
    while left:
        message, n = first_message("9f3a01c7", left, count)
        assert 1 <= n <= MAX_ROWS
        assert len(message) <= MAX_BYTES
        data = read_data(message)
        assert data.faults == []
        assert [row.q for row in data.rows] == [head(row)[0] for row in left[:n]]
        assert [row.t for row in data.rows] == [head(row)[1] for row in left[:n]]
        left = left[n:]


def test_a_message_of_24_rows_is_as_small_as_the_design_says() -> None:
    values = {"r1": 1805, "st": 14.46, "bv": 3912, "rs": -69}
    made = [make(q, 1_795_364_100 + 900 * q, 2, 1, packed(values)) for q in range(24)]
    message, n = first_message("9f3a01c7", made, 0)
    assert n == 24
    assert len(message) < 800
    assert read_data(message).rows[0].values == {
        "r1": 1805.0,
        "st": 14.46,
        "bv": 3912.0,
        "rs": -69.0,
    }


def test_a_failed_sensor_is_null_and_an_absent_one_is_not_mentioned() -> None:
    made = [make(0, 1_795_364_100, 2, 1, packed({"r1": None, "bv": 3900}))]
    message, _ = first_message("9f3a01c7", made, 0)
    assert b'"f":["dt","r1","bv"],"d":[[0,null,3900]]' in message


def test_undated_rows_say_which_clock_and_what_it_reads_now() -> None:
    made = [make(0, 50, 0, 3, packed({"r1": 1}))]
    message, _ = first_message("9f3a01c7", made, 90)
    data = read_data(message)
    assert (data.tq, data.p, data.u, data.rows[0].t) == (0, 3, 90, 50)


@given(st.integers(-(10**7), 10**7))
def test_hundredths_are_written_as_the_shortest_decimal(value: int) -> None:
    written = decimal(value)
    assert float(written) == value / 100
    assert not written.endswith(("0.0", "."))
    assert "." not in written or not written.endswith("0")
