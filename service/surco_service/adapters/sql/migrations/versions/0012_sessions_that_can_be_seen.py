"""Since when a session is open, when it was last seen, and on what.

Revision ID: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("opened", sa.DateTime()))
    op.add_column("sessions", sa.Column("seen", sa.DateTime()))
    op.add_column("sessions", sa.Column("device", sa.String(16), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("sessions") as sessions:
        for column in ("device", "seen", "opened"):
            sessions.drop_column(column)
