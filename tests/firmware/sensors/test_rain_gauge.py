from typing import Any

import pytest

RAIN = {"kind": "rain_gauge", "pin": 27}


def test_every_tip_is_its_millimetres(measure: Any) -> None:
    assert measure(RAIN, {"pulses": 10})["values"] == {"rg": pytest.approx(2.794)}
    assert measure({**RAIN, "mm": 0.5}, {"pulses": 3})["values"] == {"rg": pytest.approx(1.5)}


def test_no_rain_is_zero_and_rain_is_told_once(measure: Any) -> None:
    assert measure(RAIN, {"pulses": 0})["values"] == {"rg": 0}
    assert measure(RAIN, {"pulses": 4}, 2)["values"] == {"rg": 0}


def test_a_counter_that_fails_is_not_a_dry_day(measure: Any) -> None:
    assert measure(RAIN, {"pulses": None})["values"] == {"rg": None}


def test_a_tip_of_no_rain_is_refused(measure: Any) -> None:
    assert '"mm"' in measure({**RAIN, "mm": 0}, {"pulses": 0})["refused"]
