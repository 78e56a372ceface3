"""the house stands"""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('activity',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('purpose', sa.String(), nullable=False),
    sa.Column('definition', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('code')
    )
    op.create_table('ambition',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('description', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('code')
    )
    op.create_table('attempt',
    sa.Column('who', sa.String(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('who')
    )
    op.create_table('closing_day',
    sa.Column('day', sa.String(), nullable=False),
    sa.Column('label', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('day')
    )
    op.create_table('direction',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('head', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('code')
    )
    op.create_table('form_token',
    sa.Column('token', sa.String(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('token'),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('form_token', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_form_token_day'), ['day'], unique=False)

    op.create_table('idea_author',
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('ambition_id', sa.Integer(), nullable=False),
    sa.Column('origin_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('month', 'ambition_id', 'origin_id', 'person_id')
    )
    op.create_table('idea_cohort',
    sa.Column('concerns_id', sa.Integer(), nullable=False),
    sa.Column('ambition_id', sa.Integer(), nullable=False),
    sa.Column('filed_month', sa.Date(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('outcome', sa.String(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('concerns_id', 'ambition_id', 'filed_month', 'month', 'outcome')
    )
    op.create_table('idea_delay',
    sa.Column('concerns_id', sa.Integer(), nullable=False),
    sa.Column('ambition_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('concerns_id', 'ambition_id', 'month', 'days')
    )
    op.create_table('idea_due',
    sa.Column('concerns_id', sa.Integer(), nullable=False),
    sa.Column('ambition_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('due', sa.Integer(), nullable=False),
    sa.Column('kept', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('concerns_id', 'ambition_id', 'month')
    )
    op.create_table('idea_filed',
    sa.Column('origin_id', sa.Integer(), nullable=False),
    sa.Column('ambition_id', sa.Integer(), nullable=False),
    sa.Column('decided', sa.Boolean(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('origin_id', 'ambition_id', 'decided', 'month')
    )
    op.create_table('idea_flow',
    sa.Column('concerns_id', sa.Integer(), nullable=False),
    sa.Column('ambition_id', sa.Integer(), nullable=False),
    sa.Column('decided', sa.Boolean(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('from_status', sa.String(), nullable=False),
    sa.Column('to_status', sa.String(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('concerns_id', 'ambition_id', 'decided', 'month', 'from_status', 'to_status')
    )
    op.create_table('installation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('demonstration', sa.Boolean(), nullable=False),
    sa.Column('frozen_on', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('person',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), nullable=True),
    sa.Column('given_name', sa.String(), nullable=False),
    sa.Column('family_name', sa.String(), nullable=False),
    sa.Column('function', sa.String(), nullable=False),
    sa.Column('erased_on', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    op.create_table('revision',
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('n', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('subject')
    )
    op.create_table('source_key',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('record_id', sa.BigInteger(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('source', 'key')
    )
    with op.batch_alter_table('source_key', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_source_key_record_id'), ['record_id'], unique=False)

    op.create_table('ticket',
    sa.Column('ticket', sa.String(), nullable=False),
    sa.Column('cookie', sa.String(), nullable=False),
    sa.Column('remember', sa.Boolean(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('ticket')
    )
    with op.batch_alter_table('ticket', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ticket_expires_at'), ['expires_at'], unique=False)

    op.create_table('workstream',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('short_name', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('code')
    )
    op.create_table('account',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('login', sa.String(), nullable=False),
    sa.Column('password_hash', sa.String(), nullable=False),
    sa.Column('roles', sa.String(), nullable=False),
    sa.Column('disabled', sa.Boolean(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('login'),
    sa.UniqueConstraint('person_id')
    )
    op.create_table('assignment',
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('recorded_on', sa.Date(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('voids', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('service_id', sa.Integer(), nullable=True),
    sa.Column('function_family', sa.String(), nullable=False),
    sa.Column('has_workstation', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['by'], ['person.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['service_id'], ['direction.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_assignment_on'), ['on'], unique=False)
        batch_op.create_index(batch_op.f('ix_assignment_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_assignment_service_id'), ['service_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_assignment_voids'), ['voids'], unique=False)

    op.create_table('change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('record', sa.String(), nullable=False),
    sa.Column('field', sa.String(), nullable=False),
    sa.Column('before', sa.String(), nullable=True),
    sa.Column('after', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['by'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_change_on'), ['on'], unique=False)

    op.create_table('direction_place',
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('recorded_on', sa.Date(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('voids', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('direction_id', sa.Integer(), nullable=False),
    sa.Column('parent_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['by'], ['person.id'], ),
    sa.ForeignKeyConstraint(['direction_id'], ['direction.id'], ),
    sa.ForeignKeyConstraint(['parent_id'], ['direction.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('direction_place', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_direction_place_direction_id'), ['direction_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_direction_place_on'), ['on'], unique=False)
        batch_op.create_index(batch_op.f('ix_direction_place_voids'), ['voids'], unique=False)

    op.create_table('headcount',
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('recorded_on', sa.Date(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('voids', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('service_id', sa.Integer(), nullable=False),
    sa.Column('agents', sa.Integer(), nullable=False),
    sa.Column('without_computer', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['by'], ['person.id'], ),
    sa.ForeignKeyConstraint(['service_id'], ['direction.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('headcount', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_headcount_on'), ['on'], unique=False)
        batch_op.create_index(batch_op.f('ix_headcount_service_id'), ['service_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_headcount_voids'), ['voids'], unique=False)

    op.create_table('idea',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('body', sa.String(), nullable=False),
    sa.Column('ambition_id', sa.Integer(), nullable=True),
    sa.Column('concerns_id', sa.Integer(), nullable=True),
    sa.Column('origin_id', sa.Integer(), nullable=True),
    sa.Column('good', sa.Boolean(), nullable=True),
    sa.Column('audience', sa.String(), nullable=True),
    sa.Column('voices', sa.Integer(), nullable=True),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('anonymous', sa.Boolean(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('relay_id', sa.Integer(), nullable=True),
    sa.Column('filed_on', sa.Date(), nullable=False),
    sa.Column('dated', sa.Boolean(), nullable=False),
    sa.Column('counts', sa.Boolean(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('published', sa.Boolean(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('answered_on', sa.Date(), nullable=True),
    sa.Column('merged_into', sa.BigInteger(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['ambition_id'], ['ambition.id'], ),
    sa.ForeignKeyConstraint(['author_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['concerns_id'], ['direction.id'], ),
    sa.ForeignKeyConstraint(['merged_into'], ['idea.id'], ),
    sa.ForeignKeyConstraint(['origin_id'], ['direction.id'], ),
    sa.ForeignKeyConstraint(['relay_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('number'),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('idea', schema=None) as batch_op:
        batch_op.create_index('ix_idea_ambition', ['ambition_id', 'id'], unique=False)
        batch_op.create_index('ix_idea_author', ['author_id', 'id'], unique=False)
        batch_op.create_index('ix_idea_concerns', ['concerns_id', 'id'], unique=False)
        batch_op.create_index('ix_idea_list', ['published', 'id'], unique=False)
        batch_op.create_index('ix_idea_relay', ['relay_id', 'id'], unique=False)
        batch_op.create_index('ix_idea_status', ['status', 'due_on'], unique=False)

    op.create_table('mandate',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('direction_id', sa.Integer(), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('until', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['direction_id'], ['direction.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('mandate', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mandate_direction_id'), ['direction_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_mandate_person_id'), ['person_id'], unique=False)

    op.create_table('measure',
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('recorded_on', sa.Date(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('voids', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('figure', sa.String(), nullable=False),
    sa.Column('direction_id', sa.Integer(), nullable=True),
    sa.Column('value', sa.Float(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=True),
    sa.Column('source', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['by'], ['person.id'], ),
    sa.ForeignKeyConstraint(['direction_id'], ['direction.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('measure', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_measure_figure'), ['figure'], unique=False)
        batch_op.create_index(batch_op.f('ix_measure_on'), ['on'], unique=False)
        batch_op.create_index(batch_op.f('ix_measure_voids'), ['voids'], unique=False)

    op.create_table('membership',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('community', sa.String(), nullable=False),
    sa.Column('reach', sa.String(), nullable=False),
    sa.Column('joined_on', sa.Date(), nullable=False),
    sa.Column('left_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_membership_community'), ['community'], unique=False)
        batch_op.create_index(batch_op.f('ix_membership_person_id'), ['person_id'], unique=False)

    op.create_table('milestone',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('workstream_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('ladder', sa.Boolean(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['workstream_id'], ['workstream.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('number')
    )
    with op.batch_alter_table('milestone', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_milestone_workstream_id'), ['workstream_id'], unique=False)

    op.create_table('override',
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('recorded_on', sa.Date(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('voids', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('until', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['by'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('override', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_override_on'), ['on'], unique=False)
        batch_op.create_index(batch_op.f('ix_override_subject'), ['subject'], unique=False)
        batch_op.create_index(batch_op.f('ix_override_voids'), ['voids'], unique=False)

    op.create_table('project',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('example', sa.String(), nullable=False),
    sa.Column('ambition_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['ambition_id'], ['ambition.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('code')
    )
    op.create_table('target',
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('recorded_on', sa.Date(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('voids', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('figure', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('for_date', sa.Date(), nullable=False),
    sa.Column('value', sa.Float(), nullable=False),
    sa.Column('upper', sa.Float(), nullable=True),
    sa.Column('baseline', sa.Float(), nullable=True),
    sa.Column('baseline_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['by'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('target', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_target_figure'), ['figure'], unique=False)
        batch_op.create_index(batch_op.f('ix_target_on'), ['on'], unique=False)
        batch_op.create_index(batch_op.f('ix_target_voids'), ['voids'], unique=False)

    op.create_table('training',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('ambition_id', sa.Integer(), nullable=True),
    sa.Column('trainer', sa.String(), nullable=False),
    sa.Column('hours', sa.Float(), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('audience', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['ambition_id'], ['ambition.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('code')
    )
    op.create_table('idea_event',
    sa.Column('recorded_on', sa.Date(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('voids', sa.BigInteger(), nullable=True),
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('idea_id', sa.BigInteger(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('from_status', sa.String(), nullable=True),
    sa.Column('to_status', sa.String(), nullable=True),
    sa.Column('filed_on', sa.Date(), nullable=False),
    sa.Column('decided', sa.Boolean(), nullable=False),
    sa.Column('counts', sa.Boolean(), nullable=False),
    sa.Column('ambition_id', sa.Integer(), nullable=True),
    sa.Column('concerns_id', sa.Integer(), nullable=True),
    sa.Column('origin_id', sa.Integer(), nullable=True),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('prev_due_on', sa.Date(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('first_answer', sa.Boolean(), nullable=False),
    sa.Column('delay', sa.Integer(), nullable=True),
    sa.Column('text', sa.String(), nullable=True),
    sa.Column('function', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['by'], ['person.id'], ),
    sa.ForeignKeyConstraint(['idea_id'], ['idea.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('idea_event', schema=None) as batch_op:
        batch_op.create_index('ix_idea_event_answers', ['on', 'delay', 'concerns_id', 'ambition_id'], unique=False, sqlite_where=sa.text('first_answer = 1'), postgresql_where=sa.text('first_answer'))
        batch_op.create_index('ix_idea_event_cohort', ['filed_on', 'on', 'concerns_id', 'ambition_id', 'decided', 'from_status', 'to_status'], unique=False)
        batch_op.create_index('ix_idea_event_due', ['due_on', 'prev_due_on', 'on', 'concerns_id', 'ambition_id'], unique=False)
        batch_op.create_index('ix_idea_event_filings', ['on', 'counts', 'decided', 'origin_id', 'ambition_id'], unique=False, sqlite_where=sa.text("what = 'depot'"), postgresql_where=sa.text("what = 'depot'"))
        batch_op.create_index('ix_idea_event_idea', ['idea_id', 'seq'], unique=True)
        batch_op.create_index('ix_idea_event_kept', ['due_on', 'on', 'concerns_id', 'ambition_id'], unique=False, sqlite_where=sa.text('first_answer = 1'), postgresql_where=sa.text('first_answer'))
        batch_op.create_index('ix_idea_event_lifted', ['prev_due_on', 'due_on', 'on', 'concerns_id', 'ambition_id'], unique=False, sqlite_where=sa.text('prev_due_on IS NOT NULL'), postgresql_where=sa.text('prev_due_on IS NOT NULL'))
        batch_op.create_index('ix_idea_event_month', ['on', 'concerns_id', 'ambition_id', 'decided', 'from_status', 'to_status'], unique=False)
        batch_op.create_index(batch_op.f('ix_idea_event_voids'), ['voids'], unique=False)

    op.create_table('login',
    sa.Column('token', sa.String(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('token')
    )
    with op.batch_alter_table('login', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_login_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_login_expires_at'), ['expires_at'], unique=False)

    op.create_table('membership_event',
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('recorded_on', sa.Date(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('voids', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('membership_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('community', sa.String(), nullable=False),
    sa.Column('service_id', sa.Integer(), nullable=False),
    sa.Column('joined', sa.Boolean(), nullable=False),
    sa.Column('own', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['by'], ['person.id'], ),
    sa.ForeignKeyConstraint(['membership_id'], ['membership.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['service_id'], ['direction.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('membership_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_membership_event_membership_id'), ['membership_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_membership_event_on'), ['on'], unique=False)
        batch_op.create_index(batch_op.f('ix_membership_event_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_membership_event_service_id'), ['service_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_membership_event_voids'), ['voids'], unique=False)

    op.create_table('milestone_report',
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('recorded_on', sa.Date(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('voids', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('milestone_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('progress', sa.Integer(), nullable=False),
    sa.Column('forecast_end', sa.Date(), nullable=True),
    sa.Column('actual_end', sa.Date(), nullable=True),
    sa.Column('comment', sa.String(), nullable=False),
    sa.Column('need', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['by'], ['person.id'], ),
    sa.ForeignKeyConstraint(['milestone_id'], ['milestone.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('milestone_report', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_milestone_report_milestone_id'), ['milestone_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_milestone_report_on'), ['on'], unique=False)
        batch_op.create_index(batch_op.f('ix_milestone_report_voids'), ['voids'], unique=False)

    op.create_table('rebaseline',
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('recorded_on', sa.Date(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('voids', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('milestone_id', sa.Integer(), nullable=False),
    sa.Column('start', sa.Date(), nullable=False),
    sa.Column('end', sa.Date(), nullable=False),
    sa.Column('weight', sa.Float(), nullable=False),
    sa.Column('critical', sa.Boolean(), nullable=False),
    sa.Column('owner', sa.String(), nullable=False),
    sa.Column('owner_direction_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['by'], ['person.id'], ),
    sa.ForeignKeyConstraint(['milestone_id'], ['milestone.id'], ),
    sa.ForeignKeyConstraint(['owner_direction_id'], ['direction.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('rebaseline', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_rebaseline_milestone_id'), ['milestone_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_rebaseline_on'), ['on'], unique=False)
        batch_op.create_index(batch_op.f('ix_rebaseline_voids'), ['voids'], unique=False)

    op.create_table('receipt',
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('idea_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['idea_id'], ['idea.id'], ),
    sa.PrimaryKeyConstraint('code'),
    sa.UniqueConstraint('idea_id'),
    sqlite_with_rowid=False
    )
    op.create_table('training_session',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('training_id', sa.Integer(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('cancelled_on', sa.Date(), nullable=True),
    sa.Column('cancel_reason', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['training_id'], ['training.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('training_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_training_session_on'), ['on'], unique=False)
        batch_op.create_index(batch_op.f('ix_training_session_training_id'), ['training_id'], unique=False)

    op.create_table('registration',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('training_id', sa.Integer(), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['session_id'], ['training_session.id'], ),
    sa.ForeignKeyConstraint(['training_id'], ['training.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('registration', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_registration_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_registration_session_id'), ['session_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_registration_training_id'), ['training_id'], unique=False)

    op.create_table('registration_event',
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('recorded_on', sa.Date(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('voids', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('registration_id', sa.Integer(), nullable=False),
    sa.Column('training_id', sa.Integer(), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('service_id', sa.Integer(), nullable=True),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('hours', sa.Float(), nullable=False),
    sa.ForeignKeyConstraint(['by'], ['person.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['registration_id'], ['registration.id'], ),
    sa.ForeignKeyConstraint(['service_id'], ['direction.id'], ),
    sa.ForeignKeyConstraint(['session_id'], ['training_session.id'], ),
    sa.ForeignKeyConstraint(['training_id'], ['training.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('registration_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_registration_event_on'), ['on'], unique=False)
        batch_op.create_index(batch_op.f('ix_registration_event_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_registration_event_registration_id'), ['registration_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_registration_event_session_id'), ['session_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_registration_event_voids'), ['voids'], unique=False)
    _search_words()


def _search_words() -> None:
    """The index of search words: FTS5 on SQLite, tsvector under GIN on PostgreSQL."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE idea_words USING fts5(words, tokenize = \"unicode61 remove_diacritics 0\")")
    else:
        op.execute("CREATE TABLE idea_words (id BIGINT PRIMARY KEY, words tsvector NOT NULL)")
        op.execute("CREATE INDEX ix_idea_words ON idea_words USING gin (words)")
