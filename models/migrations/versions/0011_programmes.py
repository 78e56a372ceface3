"""programmes"""

import sqlalchemy as sa
from alembic import op

from models.settings import settings

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

PROGRAMME = sa.table(
    'programme',
    sa.column('id', sa.Integer),
    sa.column('name', sa.String),
    sa.column('first_day', sa.Date),
    sa.column('last_day', sa.Date),
)
WORKSTREAM = sa.table('workstream', sa.column('programme_id', sa.Integer))


def upgrade() -> None:
    """Programmes; the workstreams that are there belong to the one of the settings."""
    op.create_table(
        'programme',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('first_day', sa.Date(), nullable=False),
        sa.Column('last_day', sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('name'),
    )
    with op.batch_alter_table('workstream', schema=None) as batch_op:
        batch_op.add_column(sa.Column('programme_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            'workstream_programme_id_fkey', 'programme', ['programme_id'], ['id']
        )
    op.create_index('ix_workstream_programme_id', 'workstream', ['programme_id'])
    connection = op.get_bind()
    if connection.execute(sa.select(sa.func.count()).select_from(WORKSTREAM)).scalar_one():
        first, last = settings().cp_programme_start, settings().cp_programme_end
        years = str(first.year) if first.year == last.year else f'{first.year}-{last.year}'
        row = {'id': 1, 'name': years, 'first_day': first, 'last_day': last}
        connection.execute(sa.insert(PROGRAMME).values(**row))
        connection.execute(sa.update(WORKSTREAM).values(programme_id=1))
        if connection.dialect.name == 'postgresql':
            connection.execute(
                sa.text("SELECT setval(pg_get_serial_sequence('programme', 'id'), 1)")
            )
