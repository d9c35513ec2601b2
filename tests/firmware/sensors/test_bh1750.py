from typing import Any

import pytest

LIGHT = {"kind": "bh1750"}


def world(content: str, **chip: Any) -> dict[str, Any]:
    return {"i2c": {"35": {"answers": {"20": content}, **chip}}}


def test_the_example_of_the_datasheet(measure: Any) -> None:
    found = measure({**LIGHT, "mtreg": 69}, world("8390", needs_ms=180))
    assert found["values"] == {"lx": pytest.approx(28067, abs=1)}  # p. 7: 0x8390 is 28 067 lx
    assert found["log"] == ["01", "42", "65", "20"]  # 69 is 0b010_00101


def test_full_sun_is_within_its_range(measure: Any) -> None:
    found = measure(LIGHT, world("d2f0", needs_ms=80))  # 54 000 counts
    assert found["values"] == {"lx": pytest.approx(100161, abs=1)}
    assert found["log"] == ["01", "40", "7f", "20"]  # 31 is 0b000_11111


def test_night_is_zero_and_not_nothing(measure: Any) -> None:
    assert measure(LIGHT, world("0000"))["values"] == {"lx": 0}


def test_more_light_than_it_can_tell_is_null(measure: Any) -> None:
    assert measure(LIGHT, world("ffff"))["values"] == {"lx": None}


def test_silence_at_any_moment_is_null(measure: Any) -> None:
    assert measure(LIGHT, {})["values"] == {"lx": None}
    for operation in range(1, 6):
        found = measure(LIGHT, world("8390", fails_at=operation))
        assert found["values"] == {"lx": None}


def test_a_measuring_time_the_chip_has_not_is_refused(measure: Any) -> None:
    assert '"mtreg"' in measure({**LIGHT, "mtreg": 30}, {})["refused"]
