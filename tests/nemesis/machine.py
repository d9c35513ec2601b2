"""What the machine under Surco can be made to do: a small disk that fills, and a clock that jumps."""

import shutil
import struct
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

SOURCE = Path(__file__).with_name("clock.c")
ROOM_BYTES = 1_400_000_000  # the doctor wants a gigabyte free; a tmpfs takes only what is written
PAGE = 4096


class Clock:
    """The time of day of every process that is started with `environment`."""

    def __init__(self, folder: Path) -> None:
        self._library, self._file = folder / "clock.so", folder / "clock"
        self.there = shutil.which("cc") is not None
        self.set(0)
        if self.there:
            subprocess.run(
                ["cc", "-O2", "-shared", "-fPIC", "-o", self._library, SOURCE, "-ldl"], check=True
            )

    def environment(self) -> Mapping[str, str]:
        if not self.there:
            return {}
        return {"LD_PRELOAD": str(self._library), "NEMESIS_CLOCK": str(self._file)}

    def set(self, seconds: int) -> None:
        """Move the clocks, at once and of all."""
        with self._file.open("r+b" if self._file.exists() else "w+b") as out:
            out.write(struct.pack("=q", seconds))


class Disk:
    """A file system of its own for a folder. Full means: shrunk to what it holds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.there = _mount("-t", "tmpfs", "-o", f"size={ROOM_BYTES}", "surco-nemesis", str(folder))

    def fill(self) -> None:
        used = shutil.disk_usage(self.folder).used
        # what is written in between would be more than there is room for: then a little more
        for spare in range(0, 64 * PAGE, 8 * PAGE):
            if self._resize(used + spare):
                return

    def empty(self) -> None:
        self._resize(ROOM_BYTES)

    def _resize(self, size: int) -> bool:
        return _mount("-o", f"remount,size={max(size, PAGE)}", str(self.folder))

    def close(self) -> None:
        if self.there:
            with suppress(OSError):
                subprocess.run(["umount", "-l", str(self.folder)], check=False, capture_output=True)


def _mount(*arguments: str) -> bool:
    with suppress(OSError):
        done = subprocess.run(["mount", *arguments], check=False, capture_output=True)
        return done.returncode == 0
    return False
