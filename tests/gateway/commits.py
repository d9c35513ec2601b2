"""Watches every commit to SQLite: what it wrote, and how far it waits for the disk.

A commit with `synchronous` NORMAL or OFF survives a SIGKILL but not a power cut, and no test can cut
the power. So each connection is asked at each of its commits.
"""

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

OFF, NORMAL, FULL = 0, 1, 2  # https://sqlite.org/pragma.html#pragma_synchronous


class Commit(NamedTuple):
    statements: list[str]
    synchronous: int
    journal: str

    def writes(self, table: str) -> bool:
        return any(
            statement.startswith(("INSERT", "UPDATE", "DELETE")) and f" {table}" in statement
            for statement in self.statements
        )


Commits = list[Commit]


def watched_connect(commits: Commits) -> Callable[..., sqlite3.Connection]:
    """Return a `sqlite3.connect` whose connections tell of their commits."""

    class Watched(sqlite3.Connection):
        statements: list[str]

        def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
            if sql.startswith("BEGIN"):
                self.statements = []
            elif sql == "COMMIT":
                commits.append(
                    Commit(
                        self.statements, self._pragma("synchronous"), self._pragma("journal_mode")
                    )
                )
            elif self.in_transaction:
                self.statements.append(sql)
            return super().execute(sql, *given)

        def executemany(self, sql: str, rows: Iterable[Any]) -> sqlite3.Cursor:
            if self.in_transaction:
                self.statements.append(sql)
            return super().executemany(sql, rows)

        def _pragma(self, name: str) -> Any:
            return super().execute(f"PRAGMA {name}").fetchone()[0]

    connect = sqlite3.connect
    return lambda *given, **named: connect(*given, **{**named, "factory": Watched})
