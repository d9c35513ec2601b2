from typing import Any

import pytest

from tests.firmware.sensors.fakes import POWER_ON_SCRATCHPAD, Wire

SOIL = {"kind": "ds18b20", "pin": 4}
ROM = "28ff641e0f1603a2"


def scratchpad(register: int) -> str:
    """Return a scratchpad as a DS18B20 in good health sends it."""
    content = register.to_bytes(2, "little") + bytes.fromhex("4b467fff0c10")
    return (content + bytes([Wire(None, None).crc8(content)])).hex()


@pytest.mark.parametrize(
    ("register", "degrees"),
    [  # DS18B20 datasheet, table 1; the last one is ours
        (0x07D0, 125), (0x0191, 25.0625), (0x00A2, 10.125), (0x0008, 0.5), (0x0000, 0),
        (0xFFF8, -0.5), (0xFF5E, -10.125), (0xFE6F, -25.0625), (0xFC90, -55), (0x0551, 85.0625),
    ],
)  # fmt: skip
def test_degrees_of_the_datasheet(measure: Any, register: int, degrees: float) -> None:
    found = measure(SOIL, {"wire": {"scratchpad": scratchpad(register)}})
    assert found["values"] == {"st": degrees}
    assert found["wait_ms"] == 750


def test_85_degrees_of_a_sensor_that_was_just_powered_are_no_temperature(measure: Any) -> None:
    found = measure(SOIL, {"wire": {"scratchpad": POWER_ON_SCRATCHPAD}})
    assert found["values"] == {"st": None}


@pytest.mark.parametrize("place", range(9))
def test_a_damaged_byte_is_noticed(measure: Any, place: int) -> None:
    content = bytearray.fromhex(scratchpad(0x0191))
    content[place] ^= 0x04
    assert measure(SOIL, {"wire": {"scratchpad": content.hex()}})["values"] == {"st": None}


def test_a_shorted_wire_is_not_zero_degrees(measure: Any) -> None:
    assert measure(SOIL, {"wire": {"scratchpad": "00" * 9}})["values"] == {"st": None}


def test_nobody_on_the_wire_costs_no_time(measure: Any) -> None:
    found = measure(SOIL, {})
    assert (found["values"], found["wait_ms"]) == ({"st": None}, 0)


def test_one_of_several_is_chosen_by_its_rom(measure: Any) -> None:
    world = {"wire": {"scratchpad": scratchpad(0x00A2), "rom": ROM}}
    given = {**SOIL, "rom": ROM, "column": "at"}
    assert measure(given, world)["values"] == {"at": 10.125}
    other = {**given, "rom": "28ff641e0f1603a3"}
    assert measure(other, world)["values"] == {"at": None}


def test_a_rom_that_is_none_is_refused(measure: Any) -> None:
    assert '"rom" has 16' in measure({**SOIL, "rom": "28ff"}, {})["refused"]
