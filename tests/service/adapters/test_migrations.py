from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from surco_service.adapters.sql import engine as module
from surco_service.adapters.sql.engine import open_engine
from surco_service.adapters.sql.schema import metadata


def test_the_migrations_make_the_tables_that_the_program_uses(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/notebook.db")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_the_program_knows_the_newest_migration() -> None:
    folder = Path(module.__file__).with_name("migrations")
    assert ScriptDirectory(str(folder)).get_current_head() == module.REVISION
