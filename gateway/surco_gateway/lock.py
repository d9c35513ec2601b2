"""One data folder, one gateway: two would take each other's MQTT session for ever."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from surco_contract.settings import SettingsError


@contextmanager
def lock_folder(folder: Path) -> Generator[None]:
    """Hold the folder. Raises `SettingsError` when another process holds it."""
    if sys.platform == "win32":  # there SQLite's own locks must do
        yield
        return
    import fcntl

    with (folder / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SettingsError(
                f"gateway.data: another gateway uses {folder}; stop it, or give this one its own"
            ) from error
        yield
