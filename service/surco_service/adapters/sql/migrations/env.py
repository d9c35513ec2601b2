"""Alembic runs this; the connection is that of whoever asked for the upgrade."""

from alembic import context

from surco_service.adapters.sql.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,  # one transaction around everything, begun by the caller
)
context.run_migrations()
