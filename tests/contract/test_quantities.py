"""What is plausible: the bounds of the table belong to it, and nothing beyond them."""

import math

import pytest

from surco_contract.quantities import PROBES, QUANTITIES, implausible


@pytest.mark.parametrize("code", QUANTITIES)
def test_the_bounds_are_plausible_and_what_lies_beyond_is_not(code: str) -> None:
    quantity = QUANTITIES[code]
    for value in (quantity.low, quantity.high, (quantity.low + quantity.high) / 2):
        assert quantity.plausible(value)
        assert implausible({code: value}) == []
    for value in (math.nextafter(quantity.low, -math.inf), math.nextafter(quantity.high, math.inf)):
        assert not quantity.plausible(value)
        assert implausible({code: value}) == [code]
    assert not quantity.plausible(math.nan)


def test_a_quantity_has_a_code_a_name_and_words_of_its_own() -> None:
    table = list(QUANTITIES.values())
    for column in ("code", "name", "es", "en"):
        assert len({getattr(quantity, column) for quantity in table}) == len(table)
    assert all(quantity.code != "dt" and quantity.low < quantity.high for quantity in table)
    assert set(PROBES) <= QUANTITIES.keys()
