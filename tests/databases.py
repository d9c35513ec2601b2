"""Databases for tests, migrated once in a process and copied for whoever needs one.

The migrations of an empty notebook take fifteen times as long as a copy of the file that they made.
What migrations and settings do is asked in `tests/service/adapters/sql/test_migrations.py`, which opens
its own.
"""

import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from surco_service.adapters.sql.engine import open_engine


def new_notebook(folder: Path) -> Engine:
    """Open an empty `notebook.db` in a folder, with every table, as the service opens its own."""
    file = folder / "notebook.db"
    file.write_bytes(_migrated())
    return open_engine(f"sqlite:///{file}")


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "notebook.db"
        open_engine(f"sqlite:///{file}").dispose()  # the last one out empties the log into the file
        return file.read_bytes()
