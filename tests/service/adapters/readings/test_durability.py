"""Readings that were added survive a power cut: asked of the connection that commits them.

A killed process cannot show it, because the system keeps what was written; only the setting can.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from surco_service.adapters.readings.sqlite import SqliteReadings
from tests.builders import a_reading

FULL = 2  # the log is on the disk before a commit returns; 1 and 0 leave it to the system


@pytest.mark.parametrize("before", [None, b"no database at all" * 100], ids=["new", "broken"])
def test_readings_are_on_the_disk_when_add_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bytes | None
) -> None:
    file = tmp_path / "readings.db"
    if before is not None:
        file.write_bytes(before)  # it is moved aside, and another is opened in its place
    said: dict[sqlite3.Connection, list[str]] = {}
    connect = sqlite3.connect

    def watched(*arguments: object, **more: object) -> sqlite3.Connection:
        connection = connect(*arguments, **more)
        said[connection] = []
        connection.set_trace_callback(said[connection].append)
        return connection

    monkeypatch.setattr(sqlite3, "connect", watched)
    with closing(SqliteReadings(file)) as store:
        store.add([a_reading(1)])
        store.add([a_reading(q) for q in range(200)])
        (writer,) = (one for one, words in said.items() if any("INSERT" in w for w in words))
        assert said[writer].count("COMMIT") == 2
        settings = [writer.execute(f"PRAGMA {name}").fetchone()[0]
                    for name in ("journal_mode", "synchronous")]  # fmt: skip
        assert settings == ["wal", FULL]
