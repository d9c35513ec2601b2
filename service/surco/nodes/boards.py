"""TABLE of the boards that `surco flash` prepares; their ports, and the MicroPython each needs.

MicroPython is never downloaded from here: whoever prepares nodes knows what is on them.
"""

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from surco.words import Words
from surco_contract.settings import SettingsError


@dataclass(frozen=True)
class Board:
    chip: str  # as esptool calls it; "": a Pico, which is a drive in BOOTSEL mode
    offset: str  # where MicroPython begins in the flash
    chip_id: int  # in the header of its image
    images: str  # how the file of MicroPython is called
    page: str  # where to get it
    platform: str  # sys.platform
    other_hal: tuple[str, ...]  # files of `hal/` that are for other boards


_SIM = ("sim.py", "sim_flash.py", "sim_main.py", "sim_radio.py", "sim_soil.py")
_ESP, _RP2 = (*_SIM, "rp2.py"), (*_SIM, "esp32.py")
_PAGE = "https://micropython.org/download/"


def _esp(chip: str, offset: str, chip_id: int, name: str) -> Board:
    return Board(chip, offset, chip_id, f"{name}-*.bin", f"{_PAGE}{name}/", "esp32", _ESP)


BOARDS = {
    "esp32": _esp("esp32", "0x1000", 0, "ESP32_GENERIC"),
    "esp32c3": _esp("esp32c3", "0x0", 5, "ESP32_GENERIC_C3"),
    "esp32c6": _esp("esp32c6", "0x0", 13, "ESP32_GENERIC_C6"),
    "pico": Board("", "", 0, "RPI_PICO*_W-*.uf2", f"{_PAGE}RPI_PICO_W/", "rp2", _RP2),
}

ESP_IMAGE, UF2_IMAGE = 0xE9, b"UF2\n"
DRIVES = ("/media/*/*", "/run/media/*/*", "/Volumes/*", "/mnt/*", *(f"{d}:/" for d in "DEFGHIJK"))


class Port(Protocol):
    """What pyserial says of a serial port."""

    device: str
    description: str
    vid: int | None


def serial_ports() -> list[Port]:
    """Return the ports behind a USB plug."""
    from serial.tools import list_ports

    return [port for port in list_ports.comports() if port.vid is not None]


def choose_port(asked: str | None, ports: Sequence[Port], words: Words) -> str:
    """Return the port to speak with. Raises `SettingsError`."""
    if asked is not None:
        return asked
    if not ports:
        raise SettingsError(words("flash-no-port"))
    if len(ports) > 1:
        listed = ", ".join(f"{port.device} ({port.description})" for port in ports)
        raise SettingsError(words("flash-ports", ports=listed))
    return ports[0].device


def choose_image(asked: Path | None, folder: Path, name: str, words: Words) -> Path:
    """Return the file of MicroPython for a board. Raises `SettingsError`."""
    board = BOARDS[name]
    found = sorted(folder.glob(board.images), key=lambda file: file.stat().st_mtime)
    image = asked or (found[-1] if found else None)
    if image is None:
        raise SettingsError(
            words("flash-no-image", board=name, page=board.page, images=board.images, folder=folder)
        )
    try:
        with image.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise SettingsError(words("flash-image-away", file=image, why=error.strerror)) from error
    if not _is_for(board, head):
        raise SettingsError(words("flash-wrong-image", file=image, board=name, page=board.page))
    return image


def _is_for(board: Board, head: bytes) -> bool:
    if not board.chip:
        return head.startswith(UF2_IMAGE)
    chip_id = int.from_bytes(head[12:14], "little")
    return len(head) == 16 and head[0] == ESP_IMAGE and chip_id == board.chip_id


def boot_drive(words: Words, places: Sequence[str] = DRIVES) -> Path:
    """Return the drive that a Pico is while BOOTSEL was held. Raises `SettingsError`."""
    found = [
        drive
        for place in places
        for drive in map(Path, glob.glob(place))  # noqa: PTH207  a pattern from the root
        if (drive / "INFO_UF2.TXT").is_file()
    ]
    if len(found) != 1:
        raise SettingsError(words("flash-bootsel" if not found else "flash-bootsels"))
    return found[0]
