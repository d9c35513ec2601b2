from typing import Any

import pytest

from node.sensors.sht31 import crc8

AIR = {"kind": "sht31"}


def answer(temperature: int, humidity: int) -> str:
    words = [temperature.to_bytes(2, "big"), humidity.to_bytes(2, "big")]
    return b"".join(word + bytes([crc8(word)]) for word in words).hex()


def world(content: str, **chip: Any) -> dict[str, Any]:
    return {"i2c": {"68": {"answers": {"2400": content}, "needs_ms": 15, **chip}}}


def test_the_checksum_of_the_datasheet() -> None:
    assert crc8(bytes.fromhex("beef")) == 0x92  # section 4.12


@pytest.mark.parametrize(
    ("raw", "degrees", "percent"),
    [  # the ends of the formulas in section 4.13, and one in between
        ((0, 0), -45, 0), ((0xFFFF, 0xFFFF), 130, 100), ((0x6666, 0x8000), 25, 50.0008),
    ],
)  # fmt: skip
def test_degrees_and_percent(
    measure: Any, raw: tuple[int, int], degrees: float, percent: float
) -> None:
    found = measure(AIR, world(answer(*raw)))
    assert found["values"] == {
        "at": pytest.approx(degrees, abs=0.001),
        "rh": pytest.approx(percent, abs=0.001),
    }
    assert 15 <= found["wait_ms"] <= 20


def test_a_damaged_half_is_null_and_the_other_half_counts(measure: Any) -> None:
    whole = answer(0x6666, 0x8000)
    found = measure(AIR, world("76" + whole[2:]))["values"]
    assert found["at"] is None
    assert found["rh"] == pytest.approx(50, abs=0.01)
    assert measure(AIR, world(whole[:-1] + "0"))["values"]["rh"] is None


def test_a_bus_that_hangs_high_or_low_measures_nothing(measure: Any) -> None:
    for content in ("ff" * 6, "00" * 6):
        assert measure(AIR, world(content))["values"] == {"at": None, "rh": None}


def test_nobody_at_the_address_costs_no_time(measure: Any) -> None:
    found = measure({**AIR, "address": 0x45}, world(answer(0x6666, 0x8000)))
    assert (found["values"], found["wait_ms"]) == ({"at": None, "rh": None}, 0)


def test_silence_in_the_middle_is_null_and_the_next_measurement_counts(measure: Any) -> None:
    healthy = world(answer(0x6666, 0x8000), fails_at=2)
    assert measure(AIR, healthy)["values"] == {"at": None, "rh": None}
    assert measure(AIR, healthy, 2)["values"]["at"] == pytest.approx(25, abs=0.01)
