"""sums of months are counted from the facts"""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

SUMS = (
    *("idea_flow", "idea_delay", "idea_due", "idea_cohort"),
    *("idea_filed", "idea_author", "idea_waiting", "idea_said"),
)


def upgrade() -> None:
    """The tables of sums go: everything they held is in the facts and the records."""
    for table in SUMS:
        op.drop_table(table)
    # The round writes no folder any more: that one failed last would be told for ever.
    op.execute("DELETE FROM heartbeat WHERE task = 'open_data'")
