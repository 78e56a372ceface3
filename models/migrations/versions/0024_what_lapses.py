"""how long a training holds, and what one takes home of it"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The months after which a training is to be followed again: none of those that are there. Its
    materials: a file, or an address of the web.
    """
    op.add_column(
        "training", sa.Column("validity", sa.Integer(), server_default="0", nullable=False)
    )
    op.create_table(
        "training_material",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("href", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mime", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["person.id"]),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_training_material_training_id", "training_material", ["training_id"])
