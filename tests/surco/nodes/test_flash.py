"""`surco flash`: what is asked of esptool and mpremote, and a real MicroPython that gets the files."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir
from types import SimpleNamespace
from typing import Any

import pytest

from surco.files import folder as files_of
from surco.machine import folder as folders
from surco.machine.folder import Folder
from surco.machine.up import Wanted, read_site
from surco.nodes import flash as module
from surco.nodes.boards import BOARDS, boot_drive, choose_image, choose_port
from surco.nodes.flash import Done, fill, flash, lay_out, run, version_of
from surco.words import Words
from surco_contract.settings import SettingsError

WORDS = Words("es")
VERSION = version_of(files_of("firmware"))


def esp_image(chip_id: int) -> bytes:
    return b"\xe9" + bytes(11) + chip_id.to_bytes(2, "little") + bytes(100)


def a_port(name: str = "/dev/ttyUSB0", words: str = "CP2102 USB to UART") -> SimpleNamespace:
    return SimpleNamespace(device=name, description=words, vid=0x10C4)


class Bench:
    """A data folder with a label and MicroPython, and tools that only say what they are told to."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder: Folder = folders.make(path)
        self.ports: list[Any] = [a_port()]
        self.commands: list[list[str]] = []
        self.answers: dict[str, Done] = {}
        self.staged: set[str] = set()
        for name in ("labels", "firmware"):
            (path / name).mkdir()
        self.label("n-001")
        (path / "firmware" / "ESP32_GENERIC-20260901-v1.27.0.bin").write_bytes(esp_image(0))
        monkeypatch.setattr(module, "serial_ports", lambda: self.ports)
        monkeypatch.setattr(module, "LOOK_EVERY_S", 0.0)
        monkeypatch.setattr(module, "WAKES_S", 0.0)

    def label(self, node: str, **more: object) -> None:
        told = {
            "node": node,
            "ap_password": "acdefhjkmnpr",
            "host": "h",
            "port": 1883,
            "tls": False,
        }
        (self.folder.path / "labels" / f"{node}.json").write_text(json.dumps(told | more, indent=2))

    def run(self, command: list[str]) -> Done:
        self.commands.append(command)
        last = command[-1]
        self.staged |= {Path(one).name for one in command if one.startswith(gettempdir())}
        if command[0] == "esptool":
            return self.answers.get("esptool", Done(0, "Hash of data verified."))
        if last == module.LOOK:
            return self.answers.get("look", Done(0, "surco esp32 6\r\n"))
        if last == module.WIPE:
            return self.answers.get("wipe", Done(0, "surco wiped"))
        if last == module.CHECK:
            return self.answers.get("check", Done(0, f"surco {VERSION}"))
        return self.answers.get(command[4], Done(0, ""))

    def flash(self, **given: Any) -> int:
        usual = {"node": "n-001", "port": None, "board": "esp32", "firmware": None}
        site = read_site(self.folder, Wanted(self.folder.path), {}, WORDS)
        return flash(argparse.Namespace(**usual | given), site, WORDS, self.run)

    def refuses(self, **given: Any) -> str:
        with pytest.raises(SettingsError) as refusal:
            self.flash(**given)
        assert "\n" not in str(refusal.value)
        return str(refusal.value)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path / "data", monkeypatch)


def test_a_fresh_board_is_written_filled_checked_and_started(bench: Bench, capsys) -> None:
    assert bench.flash() == 0
    image = str(bench.folder.path / "firmware" / "ESP32_GENERIC-20260901-v1.27.0.bin")
    assert bench.commands[0] == [
        "esptool", "--chip", "esp32", "--port", "/dev/ttyUSB0", "--baud", "460800", "write-flash",
        "--erase-all", "0x1000", image,
    ]  # fmt: skip
    remote = [command[4] for command in bench.commands[1:]]
    assert all(
        c[:4] == ["mpremote", "connect", "/dev/ttyUSB0", "resume"] for c in bench.commands[1:]
    )
    assert remote == ["exec", "exec", "fs", "fs", "exec", "fs", "reset"]
    assert bench.commands[-2][-2].endswith("/main.py")  # when all else is there
    assert {"hal", "node", "a", "slots.py", "label.json", "main.py"} <= bench.staged
    assert "surco-n-001" in capsys.readouterr().out


def test_the_only_label_needs_no_name(bench: Bench) -> None:
    assert bench.flash(node=None) == 0
    bench.label("n-002")
    assert "n-001, n-002" in bench.refuses(node=None)


def test_what_is_missing_is_said_before_anything_is_written(bench: Bench) -> None:
    assert "surco label n-009" in bench.refuses(node="n-009")
    assert "micropython.org/download/ESP32_GENERIC_C3" in bench.refuses(board="esp32c3")
    assert str(bench.folder.path / "firmware") in bench.refuses(board="esp32c3")
    assert "no se puede leer" in bench.refuses(firmware=Path("/nothing.bin"))
    bench.ports = []
    assert "cable de datos" in bench.refuses()
    bench.ports = [a_port(), a_port("/dev/ttyACM0", "USB JTAG")]
    said = bench.refuses()
    assert "/dev/ttyUSB0 (CP2102 USB to UART), /dev/ttyACM0 (USB JTAG)" in said
    assert "--port" in said
    (bench.folder.path / "labels" / "n-001.json").unlink()
    assert "surco label" in bench.refuses(node=None)
    assert bench.commands == []


def test_a_named_port_is_taken_without_looking(bench: Bench) -> None:
    bench.ports = []
    assert bench.flash(port="/dev/ttyACM7") == 0
    assert "/dev/ttyACM7" in bench.commands[0]


@pytest.mark.parametrize(
    ("tool", "said", "words"),
    [
        ("esptool", "A fatal error occurred: This chip is ESP32-C3, not ESP32. Wrong chip argument?",
         "la placa es ESP32-C3 y pediste esp32"),
        ("esptool", "Could not open /dev/ttyUSB0, the port is busy or doesn't exist.", "dialout"),
        ("esptool", "A fatal error occurred: Failed to connect to ESP32: No serial data received.",
         "mantén apretado BOOT"),
        ("esptool", "Something\nnobody foresaw", "nobody foresaw"),
        ("look", "mpremote: could not enter raw repl", "la placa no contesta"),
        ("look", "mpremote: failed to access /dev/ttyUSB0 (it may be in use by another program)",
         "cierra el otro programa"),
        ("fs", "OSError: [Errno 28] ENOSPC", "4 MB"),
    ],
)  # fmt: skip
def test_what_a_tool_says_becomes_one_sentence(
    bench: Bench, tool: str, said: str, words: str
) -> None:
    bench.answers[tool] = Done(2, said)
    assert words in bench.refuses()


def test_another_platform_an_old_micropython_and_a_damaged_copy_are_refused(bench: Bench) -> None:
    bench.answers["look"] = Done(0, "surco rp2 6")
    assert "--board" in bench.refuses()
    bench.answers["look"] = Done(0, "surco esp32 5")
    assert "no entiende el programa" in bench.refuses()
    del bench.answers["look"]
    bench.answers["check"] = Done(0, "surco None")
    assert "no recibió bien" in bench.refuses()


def test_an_image_for_another_board_is_not_written(tmp_path: Path) -> None:
    wrong = tmp_path / "x.bin"
    for content in (esp_image(5), b"<html>", b"", b"UF2\n" + bytes(20)):
        wrong.write_bytes(content)
        with pytest.raises(SettingsError, match="no es MicroPython para esp32"):
            choose_image(wrong, tmp_path, "esp32", WORDS)
    wrong.write_bytes(esp_image(5))
    assert choose_image(wrong, tmp_path, "esp32c3", WORDS) == wrong


def test_the_newest_image_of_the_board_is_taken(tmp_path: Path) -> None:
    for age, version in ((1, "v1.27.0"), (2, "v1.26.0")):
        file = tmp_path / f"ESP32_GENERIC-2026-{version}.bin"
        file.write_bytes(esp_image(0))
        os.utime(file, (1e9 - age, 1e9 - age))
    (tmp_path / "ESP32_GENERIC_C3-2026.bin").write_bytes(esp_image(5))
    assert choose_image(None, tmp_path, "esp32", WORDS).name == "ESP32_GENERIC-2026-v1.27.0.bin"


def test_a_pico_takes_its_file_as_a_drive(bench: Bench, tmp_path: Path, monkeypatch) -> None:
    image = tmp_path / "RPI_PICO_W-2026.uf2"
    image.write_bytes(b"UF2\n" + bytes(508))
    places = [f"{tmp_path}/media/*"]
    monkeypatch.setattr(module, "boot_drive", lambda words: boot_drive(words, places))
    assert "BOOTSEL" in bench.refuses(board="pico", firmware=image)
    drive = tmp_path / "media" / "RPI-RP2"
    drive.mkdir(parents=True)
    (drive / "INFO_UF2.TXT").write_text("Board-ID: RPI-RP2\n")
    bench.ports = [
        SimpleNamespace(device="/dev/ttyACM0", description="Board in FS mode", vid=0x2E8A)
    ]
    bench.answers["look"] = Done(0, "surco rp2 6")
    assert bench.flash(board="pico", firmware=image) == 0
    assert (drive / "RPI_PICO_W-2026.uf2").read_bytes() == image.read_bytes()
    assert "esptool" not in [command[0] for command in bench.commands]
    (tmp_path / "media" / "other").mkdir()
    (tmp_path / "media" / "other" / "INFO_UF2.TXT").touch()
    assert "solo una" in bench.refuses(board="pico", firmware=image)


def test_a_node_that_speaks_tls_gets_the_authority(bench: Bench, tmp_path: Path) -> None:
    bench.label("n-001", tls=True)
    assert "gateway.ca_file" in bench.refuses()
    text = bench.folder.settings.read_text()
    ca = tmp_path / "ca.pem"
    ca.write_text("-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n")
    bench.folder.settings.write_text(text.replace("[gateway]", f'[gateway]\nca_file = "{ca}"'))
    assert bench.flash() == 0
    assert "ca.der" in bench.staged


def test_one_port_is_taken_and_none_or_two_are_asked_about() -> None:
    assert choose_port(None, [a_port()], WORDS) == "/dev/ttyUSB0"
    assert choose_port("/dev/x", [], WORDS) == "/dev/x"
    for ports in ([], [a_port(), a_port("/dev/ttyUSB1")]):
        with pytest.raises(SettingsError):
            choose_port(None, ports, WORDS)


# ---------------------------------------------------------------- the real mpremote and MicroPython


@pytest.fixture
def cable(tmp_path: Path) -> Iterator[str]:
    """The port of a fresh board with MicroPython on it."""
    command = [sys.executable, "-m", "tests.surco.nodes.board", str(tmp_path / "flash.bin")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]
    ) as board:
        assert board.stdout is not None
        yield board.stdout.readline().strip()
        board.kill()


def on_board(port: str, code: str) -> str:
    done = run(["mpremote", "connect", port, "resume", "exec", code])
    assert done.code == 0, done.said
    return done.said.strip()


@pytest.mark.micropython
def test_mpremote_really_puts_the_files_and_the_board_would_start_them(
    tmp_path: Path, cable: str
) -> None:
    board, label = replace(BOARDS["esp32"], platform="linux"), tmp_path / "n-001.json"
    label.write_text('{"node": "n-001"}')
    lay_out(tmp_path / "stage", board, label, b"authority")
    fill(run, cable, tmp_path / "stage", board, WORDS)
    assert on_board(cable, "import os; print(sorted(os.listdir('/')))") == str(
        ["a", "boot", "ca.der", "hal", "label.json", "main.py", "node", "slots.py"]
    )
    assert on_board(cable, "print(open('/label.json').read())") == '{"node": "n-001"}'
    look = "from slots import Slots; s = Slots(''); print(s.choose(False), s.version('a'))"
    assert on_board(cable, look) == f"a {VERSION}"
    start = (
        "import sys; sys.path.insert(0, '/a'); from node.keep import config; print(config.__file__)"
    )
    assert on_board(cable, start) == "/a/node/keep/config.mpy"

    # once more, with another label, on a board that was a node: nothing of the old one stays
    on_board(
        cable, "f = open('/config.json', 'w'); f.close(); f = open('/board.json', 'w'); f.close()"
    )
    on_board(cable, "import os; os.mkdir('/flash'); f = open('/flash/0.seg', 'w'); f.close()")
    label.write_text('{"node": "n-002"}')
    lay_out(tmp_path / "again", board, label, None)
    fill(run, cable, tmp_path / "again", board, WORDS)
    assert on_board(cable, "import os; print(sorted(os.listdir('/')))") == str(
        ["a", "board.json", "boot", "hal", "label.json", "main.py", "node", "slots.py"]
    )
    assert on_board(cable, "print(open('/label.json').read())") == '{"node": "n-002"}'


@pytest.mark.micropython
def test_a_file_that_changed_on_its_way_is_noticed(tmp_path: Path, cable: str) -> None:
    board, label = replace(BOARDS["esp32"], platform="linux"), tmp_path / "n-001.json"
    label.write_text("{}")
    lay_out(tmp_path / "stage", board, label, None)
    (tmp_path / "stage" / "a" / "node" / "wake" / "node.mpy").write_bytes(b"M\x06 something else")
    with pytest.raises(SettingsError, match="no recibió bien"):
        fill(run, cable, tmp_path / "stage", board, WORDS)
    assert "main.py" not in on_board(cable, "import os; print(os.listdir('/'))")


def test_a_port_that_is_not_there_is_one_sentence(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(module, "WAKES_S", 0.0)
    with pytest.raises(SettingsError, match="no se puede abrir"):
        fill(run, "/dev/ttyNOTHING", tmp_path, BOARDS["esp32"], WORDS)
