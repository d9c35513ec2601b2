"""main.py as every chip starts it, normally and after a crash, on fakes with the chip's own names."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.firmware.fake_gateway import FakeGateway

pytestmark = pytest.mark.micropython
Run = Callable[[str], list[Any]]

ESP32S = ("ESP32", "ESP32C3", "ESP32C6")
PICOS = ("Pico W", "Pico 2 W")
BROKEN = """
import slots
def broken(self, why): raise AttributeError("no such name")
slots.Slots.choose = broken
"""


def configured(port: int) -> str:
    """Return lines that write the configuration of a node whose broker listens at a port."""
    return f"""
world.networks = {{"casa": ("secreto", -61)}}
world.voltages = {{pin: 1975 for pin in range(40)}}
with open("/config.json", "w") as file: file.write(json.dumps({{
    "node": "n-001", "host": "127.0.0.1", "port": {port}, "upload_every": 1,
    "networks": [{{"ssid": "casa", "password": "secreto"}}]}}))
"""


@pytest.mark.parametrize("chip", ESP32S)
def test_an_esp32_starts_measures_is_acked_and_sleeps(run: Run, chip: str) -> None:
    with FakeGateway() as gateway:
        found = run(f"""
{configured(gateway.port)}
say(world.run_main({chip!r}, FIRMWARE))
world.reset_cause, world.wake_reason = machine.DEEPSLEEP_RESET, machine.TIMER_WAKE
say(world.run_main({chip!r}, FIRMWARE))
""")
        starts = [one["rst"] for kind, one in gateway.said if kind == "status"]
        rows = [row for message in gateway.data for row in message["d"]]
    for (why, ms), printed in found:
        assert (why, printed) == ("Slept", [])
        assert 0 < ms <= 900_000
    assert starts == ["power", "sleep"]
    assert len(rows) == 2


@pytest.mark.parametrize("chip", PICOS)
def test_a_pico_starts_measures_is_acked_and_waits(run: Run, chip: str) -> None:
    """Issue 18, the node, 1: `machine.DEEPSLEEP_RESET` is no name of a Pico."""
    with FakeGateway() as gateway:
        found = run(f"""
{configured(gateway.port)}
say(world.run_main({chip!r}, FIRMWARE, turned_off_after_s=1000))
world.reset_cause = machine.WDT_RESET
say(world.run_main({chip!r}, FIRMWARE, turned_off_after_s=10))
""")
        starts = [one["rst"] for kind, one in gateway.said if kind == "status"]
        rows = [row for message in gateway.data for row in message["d"]]
    assert found == [[["TurnedOff"], []], [["TurnedOff"], []]]
    assert starts[0] == "power"
    assert set(starts[1:-1]) == {"sleep"}
    assert starts[-1] == "watchdog"
    assert 3 <= len(rows) <= 4


@pytest.mark.parametrize("chip", ESP32S)
def test_an_esp32_sleeps_a_minute_after_a_crash(run: Run, chip: str) -> None:
    found = run(f"{BROKEN}\nsay(world.run_main({chip!r}, FIRMWARE))")
    assert found == [[["Slept", 60_000], ["AttributeError: no such name"]]]


@pytest.mark.parametrize("chip", PICOS)
def test_a_pico_waits_a_minute_after_a_crash_and_its_cable_is_heard(run: Run, chip: str) -> None:
    """Asleep, nobody could stop it at its console; awake, Ctrl-C leads there."""
    found = run(f"""
{BROKEN}
begun = time.ticks_ms()
say(world.run_main({chip!r}, FIRMWARE))
say(time.ticks_diff(time.ticks_ms(), begun) // 1000)
say(world.run_main({chip!r}, FIRMWARE, ctrl_c_after_s=5))
""")
    printed = ["AttributeError: no such name"]
    assert found == [[["Restarted"], printed], 60, [["KeyboardInterrupt"], printed]]


@pytest.mark.parametrize("chip", ["ESP32C6", "Pico W"])
def test_a_node_that_crashes_in_its_wake_goes_on_at_the_next(run: Run, chip: str) -> None:
    with FakeGateway() as gateway:
        found = run(f"""
{configured(gateway.port)}
with open("/config.json", "w") as file: file.write("no configuration")
(end, *_), printed = world.run_main({chip!r}, FIRMWARE, turned_off_after_s=10)
say([end, printed[:1]])
""")
    end, printed = found[0]
    assert end in ("Slept", "TurnedOff")
    assert printed[0].startswith("ConfigError: ")


@pytest.mark.parametrize("chip", [*ESP32S, *PICOS])
def test_a_fake_offers_no_name_that_the_chip_has_not(run: Run, chip: str) -> None:
    found = run(f"""
world.become({chip!r})
port = world.names_of({chip!r})
for path, names in port.items():
    module, _, kind = path.partition(".")
    if module in world.FAKES:
        fake = __import__(module)
        shown = world.offered(world.kind_of(fake, kind) if kind else fake)
        say([path, [name for name in shown if name not in names]])
for module in ("esp32", "rp2"):
    try: __import__(module)
    except ImportError: say([module, "is not there"])
try: machine.no_such_name
except AttributeError: say("no such name")
""")
    *shown, absent, nonsense = found
    assert {path for path, _ in shown} >= {"machine", "machine.Pin", "network", "time"}
    assert all(more == [] for _, more in shown), shown
    assert absent == ["rp2" if chip in ESP32S else "esp32", "is not there"]
    assert nonsense == "no such name"
