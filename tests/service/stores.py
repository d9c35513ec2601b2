"""The stores of a service, for tests that open a database of their own."""

from pathlib import Path
from typing import cast

from sqlalchemy import Engine

from surco_service.ports.intake import ReadingStore
from surco_service.ports.stores import Stores
from surco_service.stores import sql_stores

NOWHERE = Path("/nonexistent/quarantine.jsonl")


def stores_on(
    engine: Engine, readings: ReadingStore | None = None, overflow: Path = NOWHERE
) -> Stores:
    """Return the stores of a Notebook's database; most tests of it need no readings."""
    return sql_stores(engine, overflow, cast(ReadingStore, readings), None)
