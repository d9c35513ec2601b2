"""How old kept messages are, by how long the gateway has run since they came.

A clock may be wrong by years in either direction, and one reading of it must not cost the memory
that a lost database is refilled from. So age is counted in seconds that the gateway was running: at
intervals the newest number is marked with that count, and everything up to a mark is at least as
old as the mark. Time without power does not count, so that messages stay longer, within the cap.
"""

import sqlite3

NOTE_EVERY_S = 60.0  # a restart loses so much of the count
_LIVED = "lived_s"

SCHEMA = "CREATE TABLE IF NOT EXISTS mark(lived_s INTEGER PRIMARY KEY, last_id INTEGER NOT NULL);"


class Age:
    """Counts; `keep_s` is how long delivered messages stay."""

    def __init__(self, keep_s: float) -> None:
        self._keep_s = keep_s
        self._mark_every_s = max(NOTE_EVERY_S, min(3600.0, keep_s / 24))
        self._passed_s, self._again = 0.0, False

    def pass_by(self, seconds: float) -> bool:
        """Count; tell whether it is time to write it down."""
        self._passed_s += max(0.0, seconds)
        return self._again or self._passed_s >= NOTE_EVERY_S

    def note(self, connection: sqlite3.Connection) -> int:
        """Write down how long it has run; return the newest number that is old enough to go."""
        lived = _number(connection) + round(self._passed_s)
        connection.execute("INSERT OR REPLACE INTO note VALUES(?,?)", (_LIVED, lived))
        (marked,) = connection.execute("SELECT max(lived_s) FROM mark").fetchone()
        if marked is None or lived - marked >= self._mark_every_s:
            connection.execute(
                "INSERT OR REPLACE INTO mark SELECT ?, coalesce(max(id),0) FROM message", (lived,)
            )
        (last,) = connection.execute(
            "SELECT max(last_id) FROM mark WHERE lived_s<=?", (lived - self._keep_s,)
        ).fetchone()
        connection.execute("DELETE FROM mark WHERE last_id<?", (last or 0,))
        return last or 0

    def noted(self, again: bool) -> None:
        """Begin to count anew: what was counted is on the disk. `again`: there is more to do."""
        self._passed_s, self._again = 0.0, again


def _number(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT value FROM note WHERE key=?", (_LIVED,)).fetchone()
    return row[0] if row else 0
