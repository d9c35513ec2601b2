"""What the pages for the workbench say is what the firmware does: pins, lights, voltages."""

import ast
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from node.blinks import TABLE
from node.sensors import open_sensors
from node.wake import power
from surco.nodes import energy

ROOT = Path(__file__).parents[2]
FIRMWARE, PAGES = ROOT / "firmware", ROOT / "docs/hardware"
SVG = "{http://www.w3.org/2000/svg}"
BOARDS = {  # picture: (file in hal/, name in its TABLE)
    "firebeetle-esp32-e": ("esp32", "ESP32"),
    "xiao-esp32-c3": ("esp32", "ESP32C3"),
    "pico-w": ("rp2", "Pico W"),
}
PRINTED = {"bootsel": "BOOTSEL", "LED": "LED"}  # pins that are no number


def page(name: str) -> str:
    return (PAGES / name).read_text(encoding="utf-8")


def drawn(picture: str) -> list[tuple[str, Any, str]]:
    """Return (use, pin, all the words of its drawing)."""
    tree = ElementTree.parse(PAGES / f"{picture}.svg")
    groups = [group for group in tree.iter(f"{SVG}g") if "data-pin" in group.attrib]
    return [
        (group.get("data-use", ""), _pin(group.get("data-pin", "")), " ".join(group.itertext()))
        for group in groups
    ]


def _pin(text: str) -> Any:
    return int(text) if text.isdigit() else text


def hal(picture: str) -> dict[str, Any]:
    """Return the board's line of the table, read without importing what only a chip has."""
    file, name = BOARDS[picture]
    path = FIRMWARE / "hal" / f"{file}.py"
    if not path.exists():
        pytest.skip(f"{path.name} is not there yet")
    names: dict[str, Any] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        targets = [t.id for t in getattr(node, "targets", []) if isinstance(t, ast.Name)]
        if targets in (["_PROBE"], ["TABLE"]):
            exec(compile(ast.Module([node], []), str(path), "exec"), names)
    return names["TABLE"][name]


@pytest.mark.parametrize("picture", BOARDS)
def test_the_pins_of_a_picture_are_the_pins_of_the_firmware(picture: str) -> None:
    line = hal(picture)
    probe, thermometer = line["sensors"]
    wanted = {
        ("r1", probe["pin"]), ("gate", probe["gate"]), ("ds18b20", thermometer["pin"]),
        ("sda", line["sda"]), ("scl", line["scl"]),
        *(("button", pin) for pin in line["buttons"]),
    }  # fmt: skip
    for use, name in (("battery", "battery"), ("led", "light")):
        if line.get(name) is not None:
            wanted.add((use, line[name]))
    found = {(use, pin) for use, pin, _ in drawn(picture)}
    optional = {(use, pin) for use, pin in found if use in ("r2", "gate2", "rain")}
    assert found - optional == wanted
    for use, pin in optional:
        assert use != "r2" or pin in line["adc"]
        assert use != "rain" or pin in line.get("wake", [pin])


@pytest.mark.parametrize("picture", BOARDS)
def test_every_pin_is_used_once_and_stands_beside_its_wire(picture: str) -> None:
    pins = [pin for _, pin, _ in drawn(picture)]
    assert len(pins) == len(set(pins)) >= 8
    for _, pin, words in drawn(picture):
        printed = PRINTED.get(pin, f"{pin}" if isinstance(pin, str) else rf"GP(IO)?{pin}")
        assert re.search(rf"\b{printed}\b", words), (pin, words)


@pytest.mark.parametrize("picture", BOARDS)
def test_the_configuration_beside_a_picture_is_what_it_shows(picture: str) -> None:
    after = page("wiring.md").partition(f"]({picture}.svg)")[2]
    found = re.search(r"```json\n(.*?)```", after, re.DOTALL)
    assert found
    given = json.loads(found[1])["sensors"]
    pins = {(use, pin) for use, pin, _ in drawn(picture)}
    uses = {"ds18b20": "ds18b20", "rain_gauge": "rain"}
    for one in given:
        if "pin" in one:
            assert (one.get("column") or uses[one["kind"]], one["pin"]) in pins
        if "gate" in one:
            assert ("gate" if one["column"] == "r1" else "gate2", one["gate"]) in pins
    assert len(open_sensors(given, Anything())) == len(given)


class Anything:
    """Pins that are whatever is asked for."""

    def __getattr__(self, name: str) -> Any:
        return lambda *given: None


def test_the_card_of_the_light_is_its_table() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([■·]+)( otra vez)? \|", page("blinks.md"), re.MULTILINE)
    shown = {name: light.replace("■", "#").replace("·", ".") for name, light, _ in rows}
    assert list(shown.items()) == list(TABLE.items())
    for name, light, again in rows:
        assert bool(again) == light.endswith("·"), name


def test_no_two_lights_look_alike() -> None:
    assert len({pattern.rstrip(".") for pattern in TABLE.values()}) >= len(TABLE) - 1
    assert len(set(TABLE.values())) == len(TABLE)


def test_the_firmware_shows_only_lights_of_the_card() -> None:
    shown = set()
    for path in [*FIRMWARE.glob("node/**/*.py"), *FIRMWARE.glob("hal/*.py")]:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "light":
                asked = call.args[0]
                either = [asked.body, asked.orelse] if isinstance(asked, ast.IfExp) else [asked]
                shown |= {one.value for one in either if isinstance(one, ast.Constant)}
    assert "weak" in shown
    assert shown - TABLE.keys() <= {"off"}


def test_the_checklist_names_the_firmwares_voltages_and_the_models_charges() -> None:
    text = page("checklist.md")
    for mv in (power.EMPTY_MV, power.WEAK_MV, power.RECOVERED_MV):
        assert text.count(f"{mv / 1000:.2f} V") == 2
    wake, visit = energy.charge_mc(energy.EVERY_WAKE), energy.charge_mc(energy.USUAL.visit())
    assert f"{wake:.0f} mC y {visit:.0f} mC" in text
    assert f"{wake:.0f} mC, and {visit:.0f} mC" in text


def test_the_shopping_list_recommends_the_board_of_the_model() -> None:
    text = page("bill-of-materials.md")
    asleep = {board.name: board.sleep_ua for board in energy.BOARDS}
    assert "**FireBeetle 2 ESP32-E** (DFR0654)" in text
    assert energy.RECOMMENDED.name == "FireBeetle 2 ESP32-E, pad cut"
    for name in (
        energy.RECOMMENDED.name,
        "FireBeetle 2 ESP32-E, pad not cut",
        energy.CHEAPEST.name,
    ):
        assert f"{asleep[name]:g} µA" in text
