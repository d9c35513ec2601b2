"""Fixtures that several rooms of the gateway's tests use."""

import sqlite3

import pytest

from tests.gateway.commits import Commits, watched_connect


@pytest.fixture
def watched_commits(monkeypatch: pytest.MonkeyPatch) -> Commits:
    """Every commit that is made from here on."""
    commits: Commits = []
    monkeypatch.setattr(sqlite3, "connect", watched_connect(commits))
    return commits
