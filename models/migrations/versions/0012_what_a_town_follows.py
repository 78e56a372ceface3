"""what a town follows"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

FACT = (
    ('on', sa.Date(), False),
    ('recorded_on', sa.Date(), False),
    ('by', sa.Integer(), True),
    ('reason', sa.String(), True),
    ('voids', sa.Integer(), True),
)


def upgrade() -> None:
    """Goals and colours of ambitions; projects of three levels with their dated plans and reports;
    the place of a line on the sheet of a workshop.
    """
    op.add_column('ambition', sa.Column('colour', sa.String(), nullable=False, server_default=''))
    op.add_column('ambition', sa.Column('goal', sa.String(), nullable=False, server_default=''))
    op.add_column(
        'ambition', sa.Column('horizon', sa.Integer(), nullable=False, server_default='2030')
    )
    op.add_column(
        'project', sa.Column('level', sa.String(), nullable=False, server_default='action')
    )
    op.add_column('project', sa.Column('objective', sa.String(), nullable=False, server_default=''))
    with op.batch_alter_table('project', schema=None) as batch_op:
        batch_op.add_column(sa.Column('parent_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key('project_parent_id_fkey', 'project', ['parent_id'], ['id'])
    _facts(
        'project_plan',
        sa.Column('start', sa.Date(), nullable=True),
        sa.Column('end', sa.Date(), nullable=True),
        sa.Column('budget', sa.Float(), nullable=True),
        sa.Column('owner', sa.String(), nullable=False),
        sa.Column('owner_direction_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['owner_direction_id'], ['direction.id']),
    )
    _facts(
        'project_report',
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('progress', sa.Integer(), nullable=True),
        sa.Column('comment', sa.String(), nullable=False),
    )
    op.add_column('idea', sa.Column('place', sa.Integer(), nullable=True))


def _facts(table: str, *columns: sa.Column | sa.ForeignKeyConstraint) -> None:
    """A table of dated facts about projects."""
    op.create_table(
        table,
        *(sa.Column(name, kind, nullable=nullable) for name, kind, nullable in FACT),
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('project_id', sa.Integer(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(['by'], ['person.id']),
        sa.ForeignKeyConstraint(['project_id'], ['project.id']),
        sa.PrimaryKeyConstraint('id'),
    )
    for name in ('on', 'voids', 'project_id'):
        op.create_index(f'ix_{table}_{name}', table, [name])
