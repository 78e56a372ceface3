"""approvals that are pending are found by an index"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Some databases have it already, by an earlier form of step 0036."""
    pending = sa.text("approval_asked_on IS NOT NULL AND approved IS NULL")
    op.create_index(
        "ix_seat_approval",
        "seat",
        ["approval_asked_on"],
        if_not_exists=True,
        sqlite_where=pending,
        postgresql_where=pending,
    )
