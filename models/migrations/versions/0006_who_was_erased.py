"""who was erased"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('erased_key',
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('made_with', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('key'),
    sqlite_with_rowid=False
    )
    op.add_column('outbox', sa.Column('address', sa.String(), server_default='', nullable=False))
    op.drop_index('ix_idea_status', table_name='idea')
    op.create_index('ix_idea_status', 'idea', ['status', 'id'], unique=False)
    op.create_index('ix_idea_kind', 'idea', ['kind', 'id'], unique=False)
    op.drop_index('ix_idea_said', table_name='idea')
    op.create_index('ix_idea_said', 'idea', ['published', 'filed_on', 'kind', 'good', 'ambition_id', 'channel', 'voices', 'concerns_id', 'supports'], unique=False)
    op.create_index('ix_outbox_kind', 'outbox', ['kind', 'key'], unique=False)
    op.create_index('ix_outbox_words', 'outbox', ['sent_on'], unique=False, sqlite_where=sa.text("title <> ''"), postgresql_where=sa.text("title <> ''"))
