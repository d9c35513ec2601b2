"""What is wrong at present, and since when.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "troubles",
        sa.Column("code", sa.String(32), primary_key=True),
        sa.Column("about", sa.String(128), primary_key=True),
        sa.Column("since", sa.DateTime, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("troubles")
