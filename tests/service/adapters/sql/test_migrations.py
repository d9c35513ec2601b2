import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.command import upgrade
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from surco_service.adapters.sql import engine as module
from surco_service.adapters.sql.engine import open_engine
from surco_service.adapters.sql.schema import metadata
from surco_service.errors import StoreUnavailable
from tests.servers import Postgres
from tests.service.stores import stores_on


def test_the_migrations_make_the_tables_that_the_program_uses(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/notebook.db")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_a_notebook_of_a_newer_version_is_left_alone_and_said(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/notebook.db"
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreUnavailable, match="newer Surco"):
        open_engine(url)


def test_opening_a_notebook_that_is_up_to_date_does_not_cost_an_import(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/notebook.db"
    open_engine(url).dispose()
    program = (
        "import sys; from surco_service.adapters.sql.engine import open_engine;"
        f"open_engine({url!r}).dispose();"
        "print([m for m in ('alembic', 'sqlalchemy.orm', 'psycopg') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_program_knows_the_newest_migration() -> None:
    folder = Path(module.__file__).with_name("migrations")
    assert ScriptDirectory(str(folder)).get_current_head() == module.REVISION


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/notebook.db"
    server: Postgres = request.getfixturevalue("postgres")
    engine = create_engine(server.url)
    with engine.begin() as connection:  # whatever another test left there
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return server.url


def test_a_notebook_of_the_first_version_keeps_its_gardens(url: str) -> None:
    engine = create_engine(url)
    config = Config()
    config.set_main_option("script_location", str(Path(module.__file__).with_name("migrations")))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        upgrade(config, "0001")
        connection.execute(
            text(
                "INSERT INTO gardens (id, name, can_litres, timezone) "
                "VALUES ('g', 'G', 10, 'America/Mexico_City')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO beds (id, garden, name, area_m2, soil) "
                "VALUES ('b', 'g', 'B', 2, 'mix')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO advice (bed, status, at, expires, body) VALUES ('b', "
                "'ok', '2026-01-01', '2026-01-02', '{\"reasons\": [[\"enough\", {}]]}')"
            )
        )
    engine.dispose()
    opened = open_engine(url)
    stores = stores_on(opened)
    garden, bed = stores.records.garden("g"), stores.records.bed("b")
    assert (garden.elevation_m, garden.water_days, garden.cistern_litres) == (1820.0, "", None)
    assert (bed.sun, bed.container, bed.mulch, bed.field_capacity) == ("full", False, False, None)
    assert stores.diary.advice() == {}, "its words changed; it is decided anew"
    opened.dispose()
