"""what 0006 may lack

The step 0006 was edited four times after it had landed, and 0004 twice. A database that had taken an earlier form stands at
the same number without the column and the indexes that came later: this step looks at what is there and adds what is not.
"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

_SAID = ['published', 'filed_on', 'kind', 'good', 'ambition_id', 'channel', 'voices', 'concerns_id', 'supports']
# Table, name, columns, condition of a partial index.
_INDEXES = (
    ('idea', 'ix_idea_merged', ['merged_into'], None),
    ('idea', 'ix_idea_waiting', ['due_on', 'id'], 'answered_on IS NULL'),
    ('idea', 'ix_idea_status', ['status', 'id'], None),
    ('idea', 'ix_idea_kind', ['kind', 'id'], None),
    ('idea', 'ix_idea_said', _SAID, None),
    ('outbox', 'ix_outbox_kind', ['kind', 'key'], None),
    ('outbox', 'ix_outbox_words', ['sent_on'], "title <> ''"),
)


def upgrade() -> None:
    inspector = sa.inspect(op.get_bind())
    if 'address' not in {column['name'] for column in inspector.get_columns('outbox')}:
        op.add_column('outbox', sa.Column('address', sa.String(), server_default='', nullable=False))
    there = {(table, index['name']): index['column_names'] for table in ('idea', 'outbox') for index in inspector.get_indexes(table)}
    for table, name, columns, condition in _INDEXES:
        if there.get((table, name)) == columns:
            continue
        if (table, name) in there:
            op.drop_index(name, table_name=table)
        where = None if condition is None else sa.text(condition)
        op.create_index(name, table, columns, unique=False, sqlite_where=where, postgresql_where=where)
