"""The compensation is held to published numbers and to the datasheet's other formula."""

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.sensors.bme280 import humidity, pressure

AIR = {"kind": "bme280"}
Trim = tuple[int, ...]

# Bosch BMP280 datasheet BST-BMP280-DS001, section 3.12: the example of the calculation
BOSCH_T = (27504, 26435, -1000)
BOSCH_P = (36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000)
BOSCH_RAW = (519888, 415148)

# trimming values as chips have them; the results are those of two transcriptions by others
OTHER_T = (28455, 26619, 50)
OTHER_P = (37356, -10646, 3024, 6821, -108, -7, 9900, -10230, 4285)
OTHER_H = (75, 366, 0, 306, 50, 30)


def chip(t: Trim, p: Trim, raw: tuple[int, int, int], h: Trim = OTHER_H, **more: Any) -> Any:
    """Return a BME280 whose registers hold these values (datasheet tables 16 and 18)."""
    h1, h2, h3, h4, h5, h6 = h
    adc = [number.to_bytes(3, "big") for number in (raw[1] << 4, raw[0] << 4)]
    nibbles = struct.pack("<hBbBbb", h2, h3, h4 >> 4, (h4 & 15) | (h5 & 15) << 4, h5 >> 4, h6)
    registers = {
        "208": "60",
        "136": struct.pack("<Hhh", *t).hex() + struct.pack("<Hhhhhhhhh", *p).hex(),
        "161": f"{h1:02x}",
        "225": nibbles.hex(),
    }
    forced = {"247": b"".join(adc).hex() + f"{raw[2]:04x}"}
    bme = {"registers": registers, "forced": forced, "needs_ms": 9.3}
    return {"i2c": {"118": {**bme, **more}}}


def test_the_example_of_the_datasheet(measure: Any) -> None:
    found = measure(AIR, chip(BOSCH_T, BOSCH_P, (*BOSCH_RAW, 26000)))["values"]
    assert found["at"] == 25.08
    assert found["pr"] == pytest.approx(1006.5327, abs=0.0002)


def test_a_published_vector_with_humidity(measure: Any) -> None:
    found = measure(AIR, chip(OTHER_T, OTHER_P, (519888, 343040, 32768)))
    assert found["values"] == {
        "at": 20.5,
        "pr": pytest.approx(25332935 / 25600),
        "rh": pytest.approx(75044 / 1024),
    }
    assert found["log"] == ["f2=01", "f4=25"]
    assert found["wait_ms"] == 10


def test_negative_trimming_values_of_twelve_bits_are_read_as_such(measure: Any) -> None:
    trim = (75, 200, 0, -100, -1050, 30)
    found = measure(AIR, chip(OTHER_T, OTHER_P, (519888, 343040, 8000), trim))["values"]
    assert found["rh"] == pytest.approx(by_datasheet_h(8000, 104976, trim), abs=0.005)


def test_a_bmp280_has_no_humidity(measure: Any) -> None:
    world = chip(OTHER_T, OTHER_P, (519888, 343040, 0))
    world["i2c"]["118"]["registers"]["208"] = "58"
    found = measure(AIR, world)["values"]
    assert (found["at"], found["rh"]) == (20.5, None)
    assert found["pr"] is not None


NOTHING = {"at": None, "rh": None, "pr": None}


def test_another_chip_at_the_address_is_not_read(measure: Any) -> None:
    world = chip(OTHER_T, OTHER_P, (519888, 343040, 0))
    world["i2c"]["118"]["registers"]["208"] = "a0"
    found = measure(AIR, world)
    assert (found["values"], found["wait_ms"]) == (NOTHING, 0)


def test_what_was_not_measured_is_null(measure: Any) -> None:
    slow = chip(OTHER_T, OTHER_P, (519888, 343040, 32768), needs_ms=100)
    assert measure(AIR, slow)["values"] == NOTHING


def test_trimming_values_that_were_lost_give_no_pressure(measure: Any) -> None:
    found = measure(AIR, chip(OTHER_T, (0,) * 9, (519888, 343040, 32768)))["values"]
    assert found["pr"] is None


def test_silence_at_any_moment_is_null(measure: Any) -> None:
    assert measure(AIR, {})["values"] == NOTHING
    for operation in range(1, 6):
        world = chip(OTHER_T, OTHER_P, (519888, 343040, 32768), fails_at=operation)
        assert measure(AIR, world)["values"] == NOTHING


# ---------------------------------------------------------------- the datasheet's floating point


def by_datasheet_p(raw: int, fine: float, p: Trim) -> float:
    """Section 8.1, double precision."""
    v1 = fine / 2 - 64000
    v2 = v1 * v1 * p[5] / 32768 + v1 * p[4] * 2
    v2 = v2 / 4 + p[3] * 65536
    v1 = (p[2] * v1 * v1 / 524288 + p[1] * v1) / 524288
    v1 = (1 + v1 / 32768) * p[0]
    found = (1048576 - raw - v2 / 4096) * 6250 / v1
    return (found + (p[8] * found * found / 2147483648 + found * p[7] / 32768 + p[6]) / 16) / 100


def by_datasheet_h(raw: int, fine: float, h: Trim) -> float:
    v = fine - 76800
    v = (raw - (h[3] * 64 + h[4] / 16384 * v)) * (
        h[1] / 65536 * (1 + h[5] / 67108864 * v * (1 + h[2] / 67108864 * v))
    )
    return max(0, min(100, v * (1 - h[0] * v / 524288)))


@given(raw=st.integers(200_000, 600_000), fine=st.integers(-100_000, 300_000))
def test_pressure_in_whole_numbers_is_that_in_floating_point(raw: int, fine: int) -> None:
    found = pressure(raw, fine, OTHER_P)
    assert found == pytest.approx(by_datasheet_p(raw, fine, OTHER_P), abs=0.02)


@given(raw=st.integers(15_000, 45_000), fine=st.integers(-100_000, 300_000))
def test_humidity_in_whole_numbers_is_that_in_floating_point(raw: int, fine: int) -> None:
    h1, h2, h3, h4, h5, h6 = OTHER_H
    packed = (h1, h2, h3, h4 >> 4, (h4 & 15) | (h5 & 15) << 4, h5 >> 4, h6)
    assert humidity(raw, fine, packed) == pytest.approx(by_datasheet_h(raw, fine, OTHER_H), abs=0.1)
