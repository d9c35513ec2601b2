"""The last watering of each bed, found without reading all of them.

Revision ID: 0005
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("waterings_by_bed", "waterings", ["bed", "at"])


def downgrade() -> None:
    op.drop_index("waterings_by_bed", "waterings")
