"""whom a decision is entrusted to"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The direction that answers for a decision from a fact on; before any, the one it began
    with.
    """
    op.add_column(
        "decision_event",
        sa.Column(
            "owner_direction_id", sa.Integer(), sa.ForeignKey("direction.id"), nullable=True
        ),
        inline_references=True,
    )
