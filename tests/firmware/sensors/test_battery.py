from node.sensors.battery import SAMPLES, Battery
from tests.firmware.sensors.test_soil_probe import FakeAdc


def test_the_divider_is_undone() -> None:
    assert Battery(FakeAdc(*[1975] * SAMPLES), ratio=2).read() == {"bv": 3950}


def test_a_battery_that_cannot_be_measured_is_unknown() -> None:
    assert Battery(FakeAdc(OSError())).read() == {"bv": None}
