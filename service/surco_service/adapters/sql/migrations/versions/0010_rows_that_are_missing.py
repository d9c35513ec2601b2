"""Rows that are missing, asked for, or known to be lost; and how old the notebook is.

Revision ID: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wanted",
        sa.Column("node", sa.String(32), primary_key=True),
        sa.Column("b", sa.String(8), primary_key=True),
        sa.Column("first", sa.BigInteger, primary_key=True),
        sa.Column("end", sa.BigInteger, nullable=False),
        sa.Column("since", sa.DateTime, nullable=False),
        sa.Column("asked", sa.Integer, nullable=False),
        sa.Column("asked_at", sa.DateTime),
        sa.Column("lost_at", sa.DateTime),
    )
    op.create_table(
        "stamps",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("stamps")
    op.drop_table("wanted")
