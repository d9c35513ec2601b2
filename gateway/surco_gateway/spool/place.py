"""Are the files that SQLite has open still those in the folder?

Whoever removes or replaces `spool.db` under a running gateway takes away a name, not the file: SQLite
goes on writing into what nobody will find again. So the names are looked up at every commit.
"""

from pathlib import Path

Identity = tuple[int, int]  # device, inode


class Place:
    """The files of a database just opened: the file itself and its write-ahead log."""

    def __init__(self, path: Path) -> None:
        files = (path, path.with_name(path.name + "-wal"))
        self._files = {file: found for file in files if (found := _identity(file)) is not None}

    def holds(self) -> bool:
        return all(_identity(file) == before for file, before in self._files.items())


def _identity(file: Path) -> Identity | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
