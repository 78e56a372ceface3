"""a figure has an owner, a definition that is verified, and followers who know its status"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None
told = "un chiffre a un porteur et une définition vérifiée, on en parle et on le suit"


def upgrade() -> None:
    op.create_table(
        "figure_event",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("by", sa.Integer(), sa.ForeignKey("person.id"), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("voids", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("figure", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("owner_direction_id", sa.Integer(), sa.ForeignKey("direction.id"), nullable=True),
        sa.Column("mark", sa.String(), nullable=False),
    )
    for column in ("figure", "on", "voids"):
        op.create_index(f"ix_figure_event_{column}", "figure_event", [column])
    op.add_column(
        "subject_follow", sa.Column("status", sa.String(), nullable=False, server_default="")
    )
