"""what knows the hour lives elsewhere"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Sign-ins, tickets, tries and the hours of jobs are in the short-lived store: people sign in again, and results of jobs go."""
    for table in ('attempt', 'ticket', 'login'):
        op.drop_table(table)
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.drop_column('failures')
        batch_op.drop_column('locked_until')
    op.execute("DELETE FROM job")
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.drop_index('ix_job_asked_at')
        batch_op.drop_column('asked_at')
        batch_op.drop_column('heard_at')
        batch_op.add_column(sa.Column('asked_on', sa.Date(), nullable=False))
        batch_op.create_index('ix_job_asked_on', ['asked_on'], unique=False)
    _days_of_offers()
    op.add_column('installation', sa.Column('mixed_before', sa.Date(), nullable=True))
    op.execute("UPDATE change SET record = 'c-possible-' || substr(after, 1, 10), after = substr(after, 1, 10) WHERE subject = 'sauvegarde'")


def _days_of_offers() -> None:
    """An offer lasts until the end of a day; when it was made is told by its day."""
    with op.batch_alter_table('offer', schema=None) as batch_op:
        batch_op.add_column(sa.Column('made_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('until', sa.Date(), nullable=True))
    day = "CAST({} AT TIME ZONE 'UTC' AS DATE)" if op.get_bind().dialect.name == 'postgresql' else "substr({}, 1, 10)"
    op.execute(f"UPDATE offer SET made_on = {day.format('made_at')}, until = {day.format('expires_at')}")
    with op.batch_alter_table('offer', schema=None) as batch_op:
        batch_op.drop_index('ix_offer_expires_at')
        batch_op.drop_column('made_at')
        batch_op.drop_column('expires_at')
        batch_op.alter_column('made_on', existing_type=sa.Date(), nullable=False)
        batch_op.alter_column('until', existing_type=sa.Date(), nullable=False)
        batch_op.create_index('ix_offer_until', ['until'], unique=False)
