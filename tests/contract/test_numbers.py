"""One reader for every number that people write (issue 18, what comes in is what was meant, 2)."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_contract.numbers import NotANumber, json_number, read_number, read_whole


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2.5", 2.5), ("2,5", 2.5), (" 2 ", 2), ("1000", 1000), ("1 000", 1000), ("0,500", 0.5),
        ("1.250", 1.25), ("1,25", 1.25), ("1,2500", 1.25), ("1,250.5", 1250.5), (",5", 0.5),
        ("1.250,5", 1250.5), ("1,250,000", 1_250_000), ("1.250.000", 1_250_000), ("5.", 5),
        ("1\u202f250,5", 1250.5), ("1\u00a0250", 1250), ("-100.38", -100.38), ("\u22121", -1),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(text: str, value: float) -> None:
    assert read_number(text) == value


@pytest.mark.parametrize(
    "text",
    ["", " ", "dos", "1e3", "1_000", "nan", "inf", "0x10", "1,2,3", "1,25.5", "1 25", "12 00", "½",
     "٣", "２", "--1", "1-", ",", ".", "1.250,000.5", "9" * 16, "2.5 kg", "1\n2", "1,250\x00"],
)  # fmt: skip
def test_what_is_no_number_is_none(text: str) -> None:
    with pytest.raises(NotANumber) as error:
        read_number(text)
    assert error.value.readings == ()


@pytest.mark.parametrize(
    ("text", "readings"),
    [("1,250", ("1250", "1.25")), (" 12,000 ", ("12000", "12")),
     ("-100,386", ("-100386", "-100.386"))],
)  # fmt: skip
def test_what_can_be_read_twice_is_asked(text: str, readings: tuple[str, ...]) -> None:
    with pytest.raises(NotANumber) as error:
        read_number(text)
    assert error.value.readings == readings
    assert [read_number(one) for one in readings], "each of them is only one number"


@given(st.text() | st.text(alphabet="0123456789.,- \u202f+e_"))
def test_any_text_is_a_number_or_is_refused(text: str) -> None:
    with suppress(NotANumber):
        assert abs(read_number(text)) < 1e16


def test_a_whole_number_has_no_fraction() -> None:
    assert read_whole("1 000") == 1000
    with pytest.raises(NotANumber):
        read_whole("2.5")


@pytest.mark.parametrize(
    "value", [True, "1", None, [], float("nan"), float("inf"), pytest.param(10**400, id="huge")]
)
def test_a_number_of_json_is_a_number(value: object) -> None:
    with pytest.raises(NotANumber):
        json_number(value)


def test_numbers_of_json_are_themselves() -> None:
    assert [json_number(value) for value in (1, -2.5)] == [1.0, -2.5]
