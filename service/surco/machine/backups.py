"""`surco backup` and `surco restore`: copies of the notebook, made and put back."""

import os
import shutil
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from surco.machine.stores import service_settings
from surco.machine.up import Site
from surco.words import Words
from surco_contract.settings import SettingsError
from surco_service.adapters.sql import backups as copies
from surco_service.adapters.sqlite_files import move_aside, whats_wrong
from surco_service.usecases.upkeep import night


def notebook_of(site: Site, words: Words) -> Path:
    """Return the file of the notebook. Raises `SettingsError` when it is none."""
    settings = service_settings(site)
    if settings.notebook_url is not None:
        raise SettingsError(words("no-backup-here"))
    return settings.data / "notebook.db"


def back_up_now(site: Site, words: Words) -> int:
    """Make the copy of today. Raises `SettingsError`, or `StoreUnavailable` when it cannot be made."""
    made = copies.Backups(notebook_of(site, words)).make(night(datetime.now(UTC)))
    print(words("backup-made", file=made))
    return 0


def restore(site: Site, file: Path | None, words: Words) -> int:
    """Put a copy in the place of the notebook, or list the copies. Raises `SettingsError`.

    The notebook that was there is put aside. A service that runs takes the other one by itself.
    """
    notebook = notebook_of(site, words)
    if file is None:
        return _list(notebook, words)
    if not file.is_file():
        raise SettingsError(words("backup-bad", file=file, why=os.strerror(2)))
    fresh = notebook.with_name(notebook.name + ".restored")
    try:
        _copy(file, fresh, words)
        _prepare(fresh, file, datetime.now(UTC))
        aside = move_aside(notebook) if notebook.exists() else None
        for companion in ("-wal", "-shm"):  # of a notebook that went without them
            notebook.with_name(notebook.name + companion).unlink(missing_ok=True)
        fresh.rename(notebook)
    finally:
        for name in (fresh, *(fresh.with_name(fresh.name + c) for c in ("-wal", "-shm"))):
            name.unlink(missing_ok=True)
    print(
        words("restored", file=file, aside=aside) if aside else words("restored-first", file=file)
    )
    return 0


def _list(notebook: Path, words: Words) -> int:
    found = copies.backups(notebook)
    if not found:
        print(words("backups-none", folder=notebook.parent / copies.FOLDER))
        return 1
    print(words("backups-there"))
    for one in found:
        print(f"{one}\t{one.stat().st_size // 1000} kB")
    return 0


def _copy(file: Path, fresh: Path, words: Words) -> None:
    """Copy a backup whole, and read it through. Raises `SettingsError` when it is none."""
    fresh.unlink(missing_ok=True)
    os.close(os.open(fresh, os.O_CREAT | os.O_WRONLY, 0o600))
    for companion in ("", "-wal"):  # a copy by hand may have rows in its log yet
        with suppress(FileNotFoundError):
            shutil.copyfile(f"{file}{companion}", f"{fresh}{companion}")
    try:
        wrong = whats_wrong(fresh, copies.LOOK_S)
    except sqlite3.Error as error:
        wrong = str(error)
    if wrong:
        raise SettingsError(words("backup-bad", file=file, why=wrong))


def _prepare(fresh: Path, file: Path, now: datetime) -> None:
    """Let the gateways send again what came since the copy was made."""
    from surco_service.adapters.sql.restored import make_ready
    from surco_service.stores import notebook_stores
    from surco_service.usecases.intake.losses import RESTORED, order_replay

    make_ready(
        fresh, now,
        lambda engine: order_replay(notebook_stores(engine), RESTORED, now, {"file": str(file)}),
    )  # fmt: skip
