"""what opens an account"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Identities of the sign-on, second factor, invitations; the day on which an account ends."""
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('until', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('issuer', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('subject', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('second_factor', sa.String(), server_default='', nullable=False))
        batch_op.create_unique_constraint('account_issuer_subject_key', ['issuer', 'subject'])
    op.create_table(
        'invitation',
        sa.Column('token', sa.String(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('made_on', sa.Date(), nullable=False),
        sa.Column('until', sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id']),
        sa.PrimaryKeyConstraint('token'),
    )
    op.create_table(
        'recovery_code',
        sa.Column('code', sa.String(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id']),
        sa.PrimaryKeyConstraint('code'),
    )
    op.create_index('ix_invitation_account_id', 'invitation', ['account_id'])
    op.create_index('ix_invitation_until', 'invitation', ['until'])
    op.create_index('ix_recovery_code_account_id', 'recovery_code', ['account_id'])
