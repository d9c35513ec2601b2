"""Issue 18, the node, 1: the firmware uses no name of a module that a chip it runs on has not."""

from pathlib import Path

import pytest

from tests.firmware.names import PORTS, missing, names_of, ports_of
from tests.firmware.test_files import FILES
from tests.firmware.wakes import FIRMWARE


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(FIRMWARE)))
def test_every_name_is_there_on_every_chip_that_runs_the_file(file: Path) -> None:
    assert missing(file.read_text(), ports_of(str(file.relative_to(FIRMWARE)))) == []


@pytest.mark.parametrize(
    ("source", "lacking"),
    [
        ("import machine\nmachine.DEEPSLEEP_RESET", "rp2: machine.DEEPSLEEP_RESET"),
        ("import machine as m\nm.wake_reason()", "rp2: machine.wake_reason"),
        ("from machine import SOFT_RESET as soft", "rp2: machine.SOFT_RESET"),
        ("import machine\nm = machine\nm.HARD_RESET", "rp2: machine.HARD_RESET"),
        ("import machine\ngetattr(machine, 'SOFT_RESET')", "rp2: machine.SOFT_RESET"),
        ("import machine\ngetattr(machine, 'SOFT_REST', 1)", "?machine.SOFT_REST"),
        ("import machine\ngetattr(machine, name, 1)", "machine.*"),
        ("import machine\nmachine.no_such_name", "esp32: machine.no_such_name"),
        ("import machine\nmachine.wake_pins()", "esp32: machine.wake_pins"),
        ("from machine import *", "machine.*"),
        ("import rp2", "esp32: rp2"),
        ("from esp32 import NVS", "rp2: esp32"),
        ("from machine import Pin\nPin(1).WAKE_LOW", "rp2: machine.Pin.WAKE_LOW"),
        ("from machine import Pin\nPin.DRIVE_0", "rp2: machine.Pin.DRIVE_0"),
        ("from machine import ADC\nself._adc = ADC(1)\nself._adc.read_uv()", "rp2: machine.ADC.read_uv"),
        ("from machine import ADC, Pin\na, b = ADC(1), Pin(2)\na.atten(3)", "rp2: machine.ADC.atten"),
        ("import network\nw = network.WLAN(0)\nw.ioctl()", "esp32: network.WLAN.ioctl"),
        ("import network\nnetwork.WLAN(0).ioctl()", "esp32: network.WLAN.ioctl"),
        ("import network\nnetwork.PPP", "rp2: network.PPP"),
        ("import os\nos.getenv('x')", "rp2: os.getenv"),
        ("import machine as m\nif hasattr(m, 'SLEEP'): m.DEEPSLEEP", "rp2: machine.DEEPSLEEP"),
        (
            "import machine\nif hasattr(machine, 'wake_reason'): pass\nelse: machine.wake_reason()",
            "rp2: machine.wake_reason",
        ),
        (
            "import machine\nmachine.wake_reason() and hasattr(machine, 'wake_reason')",
            "rp2: machine.wake_reason",
        ),
    ],
)  # fmt: skip
def test_a_name_that_a_chip_has_not_is_found(source: str, lacking: str) -> None:
    found = missing(source, PORTS)
    assert any(one.endswith(lacking) for one in found), found


@pytest.mark.parametrize(
    "source",
    [
        "import machine\ngetattr(machine, 'DEEPSLEEP_RESET', None)",
        "import machine\nif hasattr(machine, 'wake_pins'): machine.wake_pins()",
        "import machine\nif x and hasattr(machine, 'wake_pins'): y = [p for p in machine.wake_pins()]",
        "import machine\nhasattr(machine, 'wake_reason') and machine.wake_reason()",
        "import machine\nmachine.wake_reason() if hasattr(machine, 'wake_reason') else None",
        "from machine import Pin\nPin(1, Pin.IN, Pin.PULL_UP).value()",
        "import json\njson.loads('1').anything",
    ],
)
def test_what_every_chip_has_or_is_asked_for_passes(source: str) -> None:
    assert missing(source, PORTS) == []


@pytest.mark.parametrize("port", PORTS)
def test_the_lists_are_those_of_real_builds(port: str) -> None:
    names = names_of(port)
    assert ("DEEPSLEEP_RESET" in names["machine"]) == (port == "esp32")
    assert {"WDT", "Pin", "ADC", "Timer", "reset_cause"} <= names["machine"]
