"""the life of an idea"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('answer_template',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=True),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('motive', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('name')
    )
    op.create_table('draft',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('form', sa.String(), nullable=False),
    sa.Column('content', sa.String(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('person_id', 'form')
    )
    op.create_table('link',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('from_kind', sa.String(), nullable=False),
    sa.Column('from_key', sa.String(), nullable=False),
    sa.Column('to_kind', sa.String(), nullable=False),
    sa.Column('to_key', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['by'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('link', schema=None) as batch_op:
        batch_op.create_index('ix_link_from', ['from_kind', 'from_key'], unique=False)
        batch_op.create_index('ix_link_to', ['to_kind', 'to_key'], unique=False)

    op.create_table('hand_count',
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('recorded_on', sa.Date(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('voids', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('meeting_id', sa.Integer(), nullable=False),
    sa.Column('question', sa.String(), nullable=False),
    sa.Column('hands', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['by'], ['person.id'], ),
    sa.ForeignKeyConstraint(['meeting_id'], ['meeting.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('hand_count', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_hand_count_meeting_id'), ['meeting_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_hand_count_on'), ['on'], unique=False)
        batch_op.create_index(batch_op.f('ix_hand_count_voids'), ['voids'], unique=False)

    op.create_table('comment',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('idea_id', sa.BigInteger(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('voice', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('hidden', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['idea_id'], ['idea.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('comment', schema=None) as batch_op:
        batch_op.create_index('ix_comment_idea', ['idea_id', 'seq'], unique=True)
        batch_op.create_index('ix_comment_person', ['person_id', 'on'], unique=False)
        batch_op.create_index('ix_comment_state', ['hidden', 'id'], unique=False)

    op.create_table('follow',
    sa.Column('idea_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['idea_id'], ['idea.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('idea_id', 'person_id')
    )
    with op.batch_alter_table('follow', schema=None) as batch_op:
        batch_op.create_index('ix_follow_person', ['person_id'], unique=False)

    op.create_table('merge',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('idea_id', sa.BigInteger(), nullable=False),
    sa.Column('into_id', sa.BigInteger(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('one_says', sa.Boolean(), nullable=True),
    sa.Column('other_says', sa.Boolean(), nullable=True),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('ended_why', sa.String(), nullable=False),
    sa.Column('before', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['by'], ['person.id'], ),
    sa.ForeignKeyConstraint(['idea_id'], ['idea.id'], ),
    sa.ForeignKeyConstraint(['into_id'], ['idea.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('merge', schema=None) as batch_op:
        batch_op.create_index('ix_merge_due', ['done_on', 'ended_on', 'due_on'], unique=False)
        batch_op.create_index('ix_merge_idea', ['idea_id'], unique=False)
        batch_op.create_index('ix_merge_into', ['into_id'], unique=False)

    op.create_table('outbox',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('idea_id', sa.BigInteger(), nullable=True),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('href', sa.String(), nullable=False),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('sent_on', sa.Date(), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('error', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['idea_id'], ['idea.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('person_id', 'key')
    )
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outbox_idea_id'), ['idea_id'], unique=False)
        batch_op.create_index('ix_outbox_waiting', ['state', 'person_id'], unique=False)

    op.create_table('photo',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('idea_id', sa.BigInteger(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('seen', sa.Boolean(), nullable=False),
    sa.Column('paper', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['idea_id'], ['idea.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('photo', schema=None) as batch_op:
        batch_op.create_index('ix_photo_idea', ['idea_id'], unique=False)

    op.create_table('support',
    sa.Column('idea_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['idea_id'], ['idea.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('idea_id', 'person_id')
    )
    with op.batch_alter_table('support', schema=None) as batch_op:
        batch_op.create_index('ix_support_person', ['person_id'], unique=False)

    op.create_table('wall_line',
    sa.Column('idea_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('meeting_id', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['idea_id'], ['idea.id'], ),
    sa.ForeignKeyConstraint(['meeting_id'], ['meeting.id'], ),
    sa.PrimaryKeyConstraint('idea_id')
    )
    with op.batch_alter_table('wall_line', schema=None) as batch_op:
        batch_op.create_index('ix_wall_meeting', ['meeting_id', 'seq'], unique=False)

    op.create_table('moderation',
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('recorded_on', sa.Date(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('voids', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('idea_id', sa.BigInteger(), nullable=False),
    sa.Column('comment_id', sa.BigInteger(), nullable=True),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('open', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['by'], ['person.id'], ),
    sa.ForeignKeyConstraint(['comment_id'], ['comment.id'], ),
    sa.ForeignKeyConstraint(['idea_id'], ['idea.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('moderation', schema=None) as batch_op:
        batch_op.create_index('ix_moderation_idea', ['idea_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_moderation_on'), ['on'], unique=False)
        batch_op.create_index('ix_moderation_open', ['open', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_moderation_voids'), ['voids'], unique=False)

    # No batch here: it would make the table anew, with a hidden row number that dates anonymous entries.
    for column in (sa.Column('owner_id', sa.Integer(), sa.ForeignKey('person.id'), nullable=True),
                   sa.Column('meeting_id', sa.Integer(), sa.ForeignKey('meeting.id'), nullable=True),
                   sa.Column('postponed_until', sa.Date(), nullable=True),
                   sa.Column('supports', sa.Integer(), server_default='0', nullable=False),
                   sa.Column('comments', sa.Integer(), server_default='0', nullable=False)):
        op.add_column('idea', column, inline_references=True)
    op.create_index('ix_idea_commented', 'idea', ['comments', 'id'], unique=False)
    op.create_index('ix_idea_waiting', 'idea', ['due_on', 'id'], unique=False, sqlite_where=sa.text('answered_on IS NULL'),
                    postgresql_where=sa.text('answered_on IS NULL'))
    op.create_index('ix_idea_said', 'idea', ['published', 'filed_on', 'kind', 'good', 'ambition_id', 'channel', 'voices', 'concerns_id'], unique=False)
    op.create_index('ix_idea_merged', 'idea', ['merged_into'], unique=False)
    op.create_index('ix_idea_meeting', 'idea', ['meeting_id', 'id'], unique=False)
    op.create_index('ix_idea_owner', 'idea', ['owner_id', 'id'], unique=False)
    op.create_index('ix_idea_supported', 'idea', ['supports', 'id'], unique=False)
    op.add_column('person', sa.Column('email', sa.String(), server_default='', nullable=False))
