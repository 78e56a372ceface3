"""what a decision moves"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What each fact of a decision moved, or proposes to revise."""
    op.create_table(
        'decision_effect',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('event_id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('key', sa.String(), nullable=False),
        sa.Column('fact_id', sa.BigInteger(), nullable=True),
        sa.Column('settled_on', sa.Date(), nullable=True),
        sa.Column('settled_by', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['event_id'], ['decision_event.id']),
        sa.ForeignKeyConstraint(['settled_by'], ['person.id']),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_decision_effect_event_id', 'decision_effect', ['event_id'])
