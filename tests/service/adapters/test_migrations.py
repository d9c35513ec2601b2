import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from surco_service.adapters.sql import engine as module
from surco_service.adapters.sql.engine import open_engine
from surco_service.adapters.sql.schema import metadata
from surco_service.errors import StoreUnavailable


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
