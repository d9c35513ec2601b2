"""What is wrong at present, over SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from surco_service.adapters.sql.troubles import SqlTroubles
from surco_service.ports.troubles import Trouble

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def troubles(engine: Engine) -> SqlTroubles:
    return SqlTroubles(engine)


def test_a_trouble_keeps_its_beginning_and_takes_new_facts(troubles: SqlTroubles) -> None:
    troubles.raised("rows-missing", "nodo-1", NOON, {"rows": 3})
    troubles.raised("rows-missing", "nodo-1", NOON + timedelta(hours=1), {"rows": 7})
    assert troubles.all() == [Trouble("rows-missing", "nodo-1", NOON, {"rows": 7})]


def test_a_trouble_that_ended_begins_anew(troubles: SqlTroubles) -> None:
    troubles.raised("rows-missing", "nodo-1", NOON, {})
    troubles.ended("rows-missing", "nodo-1")
    assert troubles.all() == []
    later = NOON + timedelta(days=1)
    troubles.raised("rows-missing", "nodo-1", later, {})
    assert [one.since for one in troubles.all()] == [later]


def test_troubles_are_told_apart_and_come_oldest_first(troubles: SqlTroubles) -> None:
    troubles.raised("rows-missing", "nodo-2", NOON, {})
    troubles.raised("rows-missing", "nodo-1", NOON - timedelta(hours=1), {})
    troubles.ended("rows-missing", "nodo-3")
    assert [one.about for one in troubles.all()] == ["nodo-1", "nodo-2"]
