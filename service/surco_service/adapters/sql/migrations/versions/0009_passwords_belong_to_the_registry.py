"""The hash of a node's password, so that a gateway that comes later gets it too.

Revision ID: 0009
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("nodes", sa.Column("broker_hash", sa.Text))
    orders = op.get_bind().execute(
        sa.text("SELECT body FROM commands WHERE kind = 'credentials' ORDER BY id")
    )
    for (body,) in orders.all():  # those that no gateway has fetched yet; others are in its file
        said = json.loads(body) if isinstance(body, str) else body
        op.get_bind().execute(
            sa.text("UPDATE nodes SET broker_hash = :hash WHERE id = :user"),
            {"hash": said["hash"], "user": said["user"]},
        )


def downgrade() -> None:
    op.drop_column("nodes", "broker_hash")
