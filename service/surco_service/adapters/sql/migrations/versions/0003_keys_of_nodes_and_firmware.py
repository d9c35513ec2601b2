"""Keys and set-up of nodes; firmware releases and rollouts.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OF_NODES = ("key", "labelled", "claimed", "air_mv", "water_mv", "wished")


def upgrade() -> None:
    for column in (
        sa.Column("key", sa.String(length=64)),
        sa.Column("labelled", sa.DateTime()),
        sa.Column("claimed", sa.DateTime()),
        sa.Column("air_mv", sa.Float()),
        sa.Column("water_mv", sa.Float()),
        sa.Column("wished", sa.JSON()),
    ):
        op.add_column("nodes", column)
    op.create_table(
        "releases",
        sa.Column("version", sa.String(length=32), primary_key=True),
        sa.Column("published", sa.DateTime(), nullable=False),
        sa.Column("mpy", sa.Integer(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
    )
    op.create_table(
        "firmware_files",
        sa.Column("sha256", sa.String(length=64), primary_key=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "rollouts",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column(
            "version", sa.String(length=32), sa.ForeignKey("releases.version"), nullable=False
        ),
        sa.Column("started", sa.DateTime(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    for table in ("rollouts", "firmware_files", "releases"):
        op.drop_table(table)
    with op.batch_alter_table("nodes") as nodes:
        for column in OF_NODES:
            nodes.drop_column(column)
