"""the agenda of a meeting, the steps of its papers, the review of a decision"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None
told = "une séance a un ordre du jour et un PV approuvé ; une décision se revoit à un jour fixé"

# Table → its own columns; both are facts.
_TABLES = {
    "agenda_point": (
        ("decision_id", sa.Integer(), "decision.id"),
        ("meeting_id", sa.Integer(), "meeting.id"),
        ("position", sa.Integer(), ""),
        ("minutes", sa.Integer(), ""),
    ),
    "meeting_paper": (
        ("meeting_id", sa.Integer(), "meeting.id"),
        ("what", sa.String(), ""),
        ("text", sa.String(), ""),
    ),
}


def upgrade() -> None:
    for table, own in _TABLES.items():
        op.create_table(
            table,
            sa.Column("on", sa.Date(), nullable=False),
            sa.Column("recorded_on", sa.Date(), nullable=False),
            sa.Column("by", sa.Integer(), sa.ForeignKey("person.id"), nullable=True),
            sa.Column("reason", sa.String(), nullable=True),
            sa.Column("voids", sa.Integer(), nullable=True),
            sa.Column("id", sa.Integer(), nullable=False),
            *(
                sa.Column(name, kind, *([sa.ForeignKey(of)] if of else []), nullable=False)
                for name, kind, of in own
            ),
            sa.PrimaryKeyConstraint("id"),
        )
        for column in ("on", "voids", *(name for name, _, of in own if of)):
            op.create_index(f"ix_{table}_{column}", table, [column])
    op.add_column("decision_event", sa.Column("review_on", sa.Date(), nullable=True))
    op.add_column("decision_event", sa.Column("verdict", sa.String(), nullable=True))
