"""milestones that wait for others"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Which milestones another one waits for, from a day on."""
    op.create_table(
        "milestone_wait",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("voids", sa.Integer(), nullable=True),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("waits_for_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["person.id"]),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"]),
        sa.ForeignKeyConstraint(["waits_for_id"], ["milestone.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("on", "voids", "milestone_id", "waits_for_id"):
        op.create_index(f"ix_milestone_wait_{column}", "milestone_wait", [column])
