"""who follows what is talked about; the services that must follow a training; marks in order"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Followers of milestones, propositions, decisions and trainings; a compulsory training may be
    so for some units alone; marks of interest are read in the order of their list.
    """
    op.create_index("ix_interest_pipeline", "interest", ["state", "on", "id", "direction_id"])
    op.create_table(
        "subject_follow",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("subject", "key", "person_id"),
    )
    op.create_index("ix_subject_follow_person", "subject_follow", ["person_id"])
    op.create_table(
        "training_unit",
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"]),
        sa.ForeignKeyConstraint(["unit_id"], ["direction.id"]),
        sa.PrimaryKeyConstraint("training_id", "unit_id"),
    )
