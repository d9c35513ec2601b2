from node.sensors.battery import SAMPLES, Battery
from tests.firmware.sensors.conftest import call


def test_the_divider_is_undone(interpreter: str) -> None:
    assert call(interpreter, "measure_battery", [1975] * SAMPLES, 2) == {"bv": 3950}


def test_a_spike_does_not_look_like_a_full_battery(interpreter: str) -> None:
    samples = [1650, 1650, 3100, 1650, 3100]
    assert call(interpreter, "measure_battery", samples, 2) == {"bv": 3300}


def test_a_battery_that_cannot_be_measured_is_unknown(interpreter: str) -> None:
    assert call(interpreter, "measure_battery", ["no answer"], 1) == {"bv": None}


def test_a_board_on_mains_has_none() -> None:
    assert Battery(None).read() == {"bv": None}
