"""how long a training holds"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The months after which a training is to be followed again; none of those that are there."""
    op.add_column(
        "training", sa.Column("validity", sa.Integer(), server_default="0", nullable=False)
    )
