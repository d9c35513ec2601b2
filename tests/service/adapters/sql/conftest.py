"""A notebook in each of the two databases that one may be kept in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from surco_service.adapters.sql.engine import open_engine
from tests.databases import new_database, new_notebook


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = new_notebook(tmp_path)
    else:
        engine = open_engine(new_database(request.getfixturevalue("postgres")))
    yield engine
    engine.dispose()


@pytest.fixture
def url(engine: Engine) -> str:
    """Return where the notebook of `engine` is, for those who open it once more."""
    return engine.url.render_as_string(hide_password=False)
