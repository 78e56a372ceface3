"""who has no account"""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Guests: a seat of a meeting or of a session for whoever has no account."""
    op.create_table(
        'guest',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('seed', sa.String(), nullable=True),
        sa.Column('code', sa.String(), nullable=True),
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('service', sa.String(), nullable=False),
        sa.Column('email', sa.String(), nullable=False),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_guest_seed', 'guest', ['seed'], unique=True)
    op.create_index('ix_guest_code', 'guest', ['code'], unique=True)
    op.create_table(
        'guest_notice',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('guest_id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(), nullable=False),
        sa.Column('title', sa.String(), nullable=False),
        sa.Column('text', sa.String(), nullable=False),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('tried_on', sa.Date(), nullable=True),
        sa.Column('error', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['guest_id'], ['guest.id']),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('guest_id', 'key'),
    )
    op.create_index('ix_guest_notice_state', 'guest_notice', ['state'])
    _seats()


def _seats() -> None:
    with op.batch_alter_table('meeting_seat') as batch:
        batch.alter_column('person_id', existing_type=sa.Integer(), nullable=True)
        batch.add_column(sa.Column('guest_id', sa.Integer(), nullable=True))
        batch.add_column(sa.Column('mark', sa.String(), server_default='', nullable=False))
        batch.create_foreign_key('fk_meeting_seat_guest', 'guest', ['guest_id'], ['id'])
    op.create_index('ix_meeting_seat_guest_id', 'meeting_seat', ['guest_id'], unique=True)
    op.add_column(
        'registration',
        sa.Column('guest_id', sa.Integer(), sa.ForeignKey('guest.id'), nullable=True),
        inline_references=True,
    )
    op.create_index('ix_registration_guest_id', 'registration', ['guest_id'], unique=True)
    op.add_column(
        'training',
        sa.Column('open_to_all', sa.Boolean(), server_default=sa.false(), nullable=False),
    )
