"""A file that is there to be deleted: the room in which a full disk can be got out of.

On a full disk SQLite can neither insert nor delete nor check-point (measured). Deleting the
ballast gives it room for the book-keeping of what still goes out; new messages must wait until
`ready` takes the ballast in again.
"""

import shutil
from pathlib import Path

BYTES = 8 << 20


class Ballast:
    def __init__(self, path: Path, size: int = BYTES) -> None:
        self._path, self._size = path, size

    def is_there(self) -> bool:
        return self._path.exists()

    def ready(self) -> bool:
        """Tell whether the ballast is in place, after trying to put it there."""
        if self.is_there():
            return True
        try:
            if shutil.disk_usage(self._path.parent).free < 3 * self._size:
                return False
            self._path.write_bytes(bytes(self._size))
        except OSError:
            self.release()
            return False
        return True

    def needed(self) -> bool:
        """Tell whether it is the disk that is full."""
        return shutil.disk_usage(self._path.parent).free < self._size

    def release(self) -> None:
        self._path.unlink(missing_ok=True)
