import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_contract.quantities import QUANTITIES, Quantity
from surco_contract.reasons import Malformed
from surco_contract.senml import ALIASES, UNITS, code_of, read_senml, write_senml

NOW = 1_795_364_100.0

# RFC 8428, 5.1.2: base fields, and times that count from the base time
MULTIPLE = [
    {"bn": "urn:dev:ow:10e2073a01080063:", "bt": 1.795e9, "bu": "Cel", "n": "airTemp", "v": 23.1},
    {"n": "air_humidity", "u": "%RH", "v": 67.5},
    {"t": -5, "n": "airTemp", "v": 23.0},
]


def read(pack: Any) -> list[tuple[int, dict[str, float]]]:
    return [(row.t, row.values) for row in read_senml(json.dumps(pack).encode(), NOW).rows]


def test_base_fields_are_resolved_as_the_rfc_says() -> None:
    assert read(MULTIPLE) == [
        (1_794_999_995, {"at": 23.0}),
        (1_795_000_000, {"at": 23.1, "rh": 67.5}),
    ]


@pytest.mark.parametrize(
    ("record", "code", "value"),
    [
        ({"n": "soil_temperature", "u": "K", "v": 293.15}, "st", 20.0),
        ({"n": "garden/7/bv", "u": "V", "v": 3.9}, "bv", 3900.0),
        ({"n": "barometricPressure", "u": "Pa", "v": 82_000}, "pr", 820.0),
        ({"n": "soilTemp", "u": "Cel", "v": 11.5}, "st", 11.5),
        ({"n": "soil-temperature", "u": "Cel", "v": 11.5}, "st", 11.5),
        ({"bn": "urn:dev:mac:0024befffe804ff1_", "n": "Soil_Temp", "v": 11.5}, "st", 11.5),
        ({"n": "VWC", "u": "%", "v": 23.5}, "vw", 23.5),
        ({"n": "garden/vwc", "u": "/", "v": 0.235}, "vw", 23.5),
        ({"n": "wifi_signal", "u": "dBm", "v": -70}, "rs", -70.0),
        ({"n": "relative_humidity", "u": "/", "v": 0.5}, "rh", 50.0),
        ({"n": "signal", "u": "dBW", "v": -100}, "rs", -70.0),
        ({"n": "rain", "u": "m", "v": 0.012}, "rg", 12.0),
        ({"n": "r1", "v": 1805}, "r1", 1805.0),
    ],
)
def test_names_say_the_quantity_and_units_are_converted(
    record: dict[str, Any], code: str, value: float
) -> None:
    ((_, values),) = read([record])
    assert values == {code: pytest.approx(value)}


@pytest.mark.parametrize(
    ("name", "unit"),
    [("compostTemp", "Cel"), ("temperature", "K"), ("soilHumidity", "%RH"), ("tankPressure", "hPa"),
     ("light2", "lx"), ("solar", "V"), ("soil_moisture", "%"), ("", "Cel")],
)  # fmt: skip
def test_a_known_unit_does_not_say_the_quantity(name: str, unit: str) -> None:
    """Issue 18: soilTemp in Cel became the temperature of the air, because its unit decided."""
    with pytest.raises(Malformed) as error:
        read([{"n": name, "u": unit, "v": 11.5}])
    assert error.value.code == "unknown-column"
    assert repr(name) in error.value.detail
    assert repr(unit) in error.value.detail


def test_the_words_say_which_names_a_unit_has() -> None:
    data = read_senml(b'[{"n":"r1","v":1805},{"n":"compostTemp","u":"Cel","v":41}]', NOW)
    assert [fault.detail for fault in data.faults] == [
        "record 1: n: 'compostTemp' in 'Cel' says no quantity; known: soil_temperature, air_temperature"
    ]


def test_humidity_of_the_air_is_no_unit_of_water_in_the_soil() -> None:
    with pytest.raises(Malformed, match="% or /"):
        read([{"n": "vwc", "u": "%RH", "v": 20}])


def test_two_values_of_one_quantity_and_time_are_not_one() -> None:
    data = read_senml(b'[{"n":"a/soilTemp","v":20},{"n":"b/soilTemp","v":14}]', NOW)
    assert data.rows[0].values == {"st": 20.0}
    assert [fault.code for fault in data.faults] == ["bad-field"]


def test_every_alias_says_one_known_quantity_in_its_plain_form() -> None:
    names = [name for names in ALIASES.values() for name in names]
    assert ALIASES.keys() <= QUANTITIES.keys()
    assert len(names) == len({*names} - {q.name for q in QUANTITIES.values()} - QUANTITIES.keys())
    for code, known in ALIASES.items():
        assert [code_of(name) for name in known] == [code] * len(known)
        assert [code_of(f"x:{name.title()}") for name in known] == [code] * len(known)


@given(st.text())
def test_any_name_says_a_quantity_or_none(name: str) -> None:
    assert code_of(name) in {None, *QUANTITIES}


def test_a_time_that_is_small_counts_from_the_arrival() -> None:
    data = read_senml(b'[{"n":"r1","v":1805,"t":-60}]', NOW)
    assert (data.rows[0].t, data.tq) == (int(NOW) - 60, 1)


def test_the_same_message_is_the_same_rows_and_another_one_is_not() -> None:
    first, again = (read_senml(json.dumps(MULTIPLE).encode(), NOW + shift) for shift in (0, 99))
    other = read_senml(json.dumps(MULTIPLE[:2]).encode(), NOW)
    assert (first.b, first.q, first.rows) == (again.b, again.q, again.rows)
    assert (other.b, other.q) != (first.b, first.q)


def test_a_record_that_is_no_reading_of_ours_does_not_cost_the_others() -> None:
    data = read_senml(
        b'[{"n":"r1","v":1805},{"n":"door","vb":true},{"n":"ph","u":"pH","v":7}]', NOW
    )
    assert data.rows[0].values == {"r1": 1805.0}
    assert [fault.code for fault in data.faults] == ["bad-value", "unknown-column"]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"{}", "bad-field"), (b"[1]", "bad-field"), (b"[]", "no-rows"), (b"[", "not-json"),
        (b"\xff", "not-utf8"), (b" " * 20_000, "too-large"),
        (b'[{"bver":11,"n":"r1","v":1}]', "version-newer"),
        (b'[{"n":"r1","v":1,"new_":2}]', "bad-field"),
        (b'[{"n":"r1","v":NaN}]', "no-rows"),
    ],
)  # fmt: skip
def test_what_is_not_senml_is_refused_with_its_reason(payload: bytes, code: str) -> None:
    with pytest.raises(Malformed) as error:
        read_senml(payload, NOW)
    assert error.value.code == code


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_senml_or_malformed(payload: bytes) -> None:
    with suppress(Malformed):
        read_senml(payload, NOW)


REGISTERED = {  # https://www.iana.org/assignments/senml: units, then secondary units
    "V", "Cel", "K", "%RH", "%", "/", "Pa", "lx", "m", "dBW",
    "mV", "hPa", "mm", "dBm",
}  # fmt: skip


@pytest.mark.parametrize("code", QUANTITIES)
def test_every_quantity_is_written_in_a_unit_of_the_registry_and_read_back(code: str) -> None:
    pack = write_senml("n-001", [(int(NOW), {code: 17.5})])
    ((name, unit),) = [(record["n"], record.get("u")) for record in pack]
    assert name == QUANTITIES[code].name
    if unit is None:
        assert QUANTITIES[code].unit not in UNITS, "SenML has no unit for it"
    else:
        assert unit in REGISTERED
        assert UNITS[QUANTITIES[code].unit][unit] == (1, 0), "the number is written as it is"
    assert (unit == "%RH") == (code == "rh")
    assert read(pack) == [(int(NOW), {code: 17.5})]


def test_every_unit_that_is_read_is_registered() -> None:
    assert {unit for known in UNITS.values() for unit in known} <= REGISTERED


def test_a_new_quantity_in_a_new_unit_needs_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """One row of the table is a column everywhere; what SenML has no unit for goes without."""
    salt = Quantity("ec", "conductivity", "mS/cm", 0, 20, "Sales", "Salts")
    peat = Quantity("pc", "porosity", "%", 0, 100, "Poros", "Pores")
    for quantity in (salt, peat):
        monkeypatch.setitem(QUANTITIES, quantity.code, quantity)
    pack = write_senml("n-001", [(int(NOW), {"ec": 1.5, "pc": 40.0, "rh": 60.0})])
    assert [(r["n"], r.get("u"), r["v"]) for r in pack] == [
        ("conductivity", None, 1.5), ("porosity", "%", 40.0), ("relative_humidity", "%RH", 60.0),
    ]  # fmt: skip


def test_a_unit_for_a_quantity_that_has_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    salt = Quantity("r1", "probe_1", "mS/cm", 0, 20, "Sales", "Salts")
    monkeypatch.setitem(QUANTITIES, "r1", salt)
    assert read([{"n": "r1", "v": 2.0}]) == [(int(NOW), {"r1": 2.0})]
    data = read_senml(b'[{"n":"r1","u":"S/m","v":2},{"n":"bv","v":3900}]', NOW)
    assert [(fault.code, fault.detail) for fault in data.faults] == [
        ("bad-field", "record 0: u: no unit for this quantity")
    ]


VALUES = st.dictionaries(
    st.sampled_from(["r1", "st", "rh", "vw", "bv", "rs", "pr", "lx", "rg"]),
    st.integers(-1000, 4000).map(float), min_size=1,
)  # fmt: skip


@given(st.dictionaries(st.integers(1_750_000_000, 1_800_000_000), VALUES, min_size=1, max_size=24))
def test_what_is_written_as_senml_is_read_back(rows: dict[int, dict[str, float]]) -> None:
    pack = write_senml("n-001", sorted(rows.items()))
    assert dict(read(pack)) == rows
