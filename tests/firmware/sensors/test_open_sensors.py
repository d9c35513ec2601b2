from pathlib import Path
from typing import Any

import pytest

from node.sensors import open_sensors
from tests.firmware.compiled import FIRMWARE
from tests.firmware.sensors.fakes import Pins


def test_every_driver_has_its_mirror() -> None:
    here = Path(__file__).parent
    drivers = {file.stem for file in (FIRMWARE / "node/sensors").glob("*.py")} - {"__init__"}
    assert {name for name in drivers if not (here / f"test_{name}.py").exists()} == set()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kind": "geiger"}, "there is no sensor in node/sensors/geiger.py"),
        ({"kind": "battery"}, "there is no sensor in node/sensors/battery.py"),
        ({"kind": "../config"}, "expected"),
        ({"kind": 3}, "expected"),
        ("soil_probe", "expected"),
        ({"kind": "ds18b20"}, 'ds18b20: say its "pin"'),
        ({"kind": "soil_probe", "pin": 4, "column": "soil"}, '"column" has two letters'),
        ({"kind": "rain_gauge", "pin": 4, "mm": "a little"}, "rain_gauge"),
    ],
)
def test_a_sensor_that_makes_no_sense_is_refused_with_words(
    measure: Any, given: Any, words: str
) -> None:
    assert words in measure(given, {"pulses": 0, "adc": []})["refused"]


def test_a_pin_the_board_has_not_says_so_together_with_the_sensor() -> None:
    class NoPins(Pins):
        def adc(self, pin: int) -> Any:
            raise ValueError(f"pin {pin} cannot measure a voltage")

    with pytest.raises(ValueError, match="soil_probe: pin 99 cannot measure"):
        open_sensors([{"kind": "soil_probe", "pin": 99}], NoPins({}))
