"""The first tables."""

import sqlalchemy as sa
from alembic import op

from surco_service.adapters.sql.schema import Time

revision = "0001"
down_revision = None

Identity = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "admin_links",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires", Time(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_table(
        "clock_offsets",
        sa.Column("node", sa.String(length=32), nullable=False),
        sa.Column("b", sa.String(length=8), nullable=False),
        sa.Column("p", sa.BigInteger(), nullable=False),
        sa.Column("offset_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("node", "b", "p"),
    )
    op.create_table(
        "commands",
        sa.Column("id", Identity, autoincrement=True, nullable=False),
        sa.Column("gateway", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("node", sa.String(length=32), nullable=True),
        sa.Column("key", sa.String(length=96), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("commands_by_gateway", "commands", ["gateway", "id"], unique=False)
    op.create_table(
        "gardens",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("can_litres", sa.Float(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "gateways",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("seen", Time(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_table(
        "nodes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("added", Time(), nullable=True),
        sa.Column("status_at", Time(), nullable=True),
        sa.Column("status", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", Identity, autoincrement=True, nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "probes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", Identity, autoincrement=True, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", Time(), nullable=False),
        sa.Column("gateway", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("q", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "received",
        sa.Column("node", sa.String(length=32), nullable=False),
        sa.Column("b", sa.String(length=8), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("node", "b", "first"),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires", Time(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_table(
        "shelf",
        sa.Column("node", sa.String(length=32), nullable=False),
        sa.Column("b", sa.String(length=8), nullable=False),
        sa.Column("q", sa.BigInteger(), nullable=False),
        sa.Column("p", sa.BigInteger(), nullable=True),
        sa.Column("t", sa.BigInteger(), nullable=False),
        sa.Column("tq", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("node", "b", "q"),
    )
    op.create_table(
        "beds",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("garden", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("area_m2", sa.Float(), nullable=False),
        sa.Column("crop", sa.String(length=32), nullable=True),
        sa.Column("planted", sa.Date(), nullable=True),
        sa.Column("soil", sa.String(length=32), nullable=False),
        sa.Column("depth_m", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["garden"],
            ["gardens.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_beds_garden"), "beds", ["garden"], unique=False)
    op.create_table(
        "calibrations",
        sa.Column("id", Identity, autoincrement=True, nullable=False),
        sa.Column("probe", sa.String(length=32), nullable=False),
        sa.Column("dry_mv", sa.Float(), nullable=False),
        sa.Column("dry_theta", sa.Float(), nullable=False),
        sa.Column("wet_mv", sa.Float(), nullable=False),
        sa.Column("wet_theta", sa.Float(), nullable=False),
        sa.Column("since", Time(), nullable=False),
        sa.ForeignKeyConstraint(
            ["probe"],
            ["probes.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_calibrations_probe"), "calibrations", ["probe"], unique=False)
    op.create_table(
        "advice",
        sa.Column("bed", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("at", Time(), nullable=False),
        sa.Column("expires", Time(), nullable=False),
        sa.Column("data_at", Time(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bed"],
            ["beds.id"],
        ),
        sa.PrimaryKeyConstraint("bed"),
    )
    op.create_table(
        "harvests",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("bed", sa.String(length=32), nullable=False),
        sa.Column("garden", sa.String(length=32), nullable=False),
        sa.Column("crop", sa.String(length=32), nullable=False),
        sa.Column("amount", sa.Float(), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("at", Time(), nullable=False),
        sa.Column("recorded", Time(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("replaces", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["bed"],
            ["beds.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("replaces"),
    )
    op.create_index(op.f("ix_harvests_at"), "harvests", ["at"], unique=False)
    op.create_index(op.f("ix_harvests_bed"), "harvests", ["bed"], unique=False)
    op.create_index(op.f("ix_harvests_garden"), "harvests", ["garden"], unique=False)
    op.create_table(
        "placements",
        sa.Column("id", Identity, autoincrement=True, nullable=False),
        sa.Column("node", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("probe", sa.String(length=32), nullable=False),
        sa.Column("bed", sa.String(length=32), nullable=False),
        sa.Column("depth_m", sa.Float(), nullable=False),
        sa.Column("since", Time(), nullable=False),
        sa.Column("until", Time(), nullable=True),
        sa.ForeignKeyConstraint(
            ["bed"],
            ["beds.id"],
        ),
        sa.ForeignKeyConstraint(
            ["node"],
            ["nodes.id"],
        ),
        sa.ForeignKeyConstraint(
            ["probe"],
            ["probes.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_placements_bed"), "placements", ["bed"], unique=False)
    op.create_index(op.f("ix_placements_node"), "placements", ["node"], unique=False)
    op.create_table(
        "waterings",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("bed", sa.String(length=32), nullable=False),
        sa.Column("garden", sa.String(length=32), nullable=False),
        sa.Column("litres", sa.Float(), nullable=False),
        sa.Column("at", Time(), nullable=False),
        sa.Column("recorded", Time(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("replaces", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["bed"],
            ["beds.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("replaces"),
    )
    op.create_index(op.f("ix_waterings_at"), "waterings", ["at"], unique=False)
    op.create_index(op.f("ix_waterings_bed"), "waterings", ["bed"], unique=False)
    op.create_index(op.f("ix_waterings_garden"), "waterings", ["garden"], unique=False)
