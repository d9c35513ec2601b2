"""Weather, the diary of the beds, and what gardens and beds are like.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WEATHER = ("temp_min_c", "temp_max_c", "rh_min", "rh_max", "wind_m_s", "radiation_mj_m2", "et0_mm",
           "rain_mm", "rain_chance")  # fmt: skip


def upgrade() -> None:
    for column in (
        sa.Column("elevation_m", sa.Float(), nullable=False, server_default="1820"),
        sa.Column("water_days", sa.String(length=32), nullable=False, server_default=""),
        sa.Column("cistern_litres", sa.Float()),
        sa.Column("roof_m2", sa.Float()),
    ):
        op.add_column("gardens", column)
    for column in (
        sa.Column("sun", sa.String(length=8), nullable=False, server_default="full"),
        sa.Column("container", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("field_capacity", sa.Float()),
        sa.Column("wilting_point", sa.Float()),
    ):
        op.add_column("beds", column)
    op.create_table(
        "bed_days",
        sa.Column("bed", sa.String(length=32), sa.ForeignKey("beds.id"), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_table(
        "weather",
        sa.Column("garden", sa.String(length=32), sa.ForeignKey("gardens.id"), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("source", sa.String(length=8), primary_key=True),
        sa.Column("forecast", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Float()) for name in WEATHER),
    )
    op.execute("DELETE FROM advice")  # its words changed; it is decided anew within a minute
