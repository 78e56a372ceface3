"""what does not grow"""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

# A date that is no date (SQLite alone may hold one) stands before all days, as in the models.
MONTH = {
    'sqlite': "coalesce(date(filed_on, 'start of month'), '1000-01-01')",
    'postgresql': "CAST(date_trunc('month', filed_on) AS date)",
}
# A file may promise an answer for a day before the filing: nobody waited yet then.
LATE_AFTER = {
    'sqlite': "max(coalesce(date(due_on), '1000-01-01'), "
    "coalesce(date(filed_on, '-1 day'), '0999-12-31'))",
    'postgresql': 'greatest(due_on, filed_on - 1)',
}
SHOWN = {'sqlite': 'published IS 1', 'postgresql': 'published IS TRUE'}
WEIGHT = '(coalesce(voices, 0) + supports)'
# -1: all of them together; 0: not known.
PLACES = ('coalesce(concerns_id, 0)', '-1')
AGAIN = ('month', 'cohort', 'due', 'kept', 'lifted')
PLACE = ['concerns_id', 'ambition_id']
STATES = ['from_status', 'to_status']
AMBITIONS = ('coalesce(ambition_id, 0)', '-1')


def upgrade() -> None:
    """Sums over the records of entries (answers awaited, what was said), and the orders in which
    the first of them are looked for.
    """
    _tables()
    engine = op.get_bind().dialect.name
    for place in PLACES:
        op.execute(
            f"""INSERT INTO idea_said
            (concerns_id, ambition_id, month, channel, said, n, voices)
            SELECT {place}, coalesce(ambition_id, 0), {MONTH[engine]}, channel,
                CASE WHEN kind != 'constat' THEN '' WHEN good IS NULL THEN 'non-dit'
                    WHEN good THEN 'va' ELSE 'ne-va-pas' END,
                count(*), sum(coalesce(voices, 1))
            FROM idea WHERE {SHOWN[engine]} GROUP BY 1, 2, 3, 4, 5"""
        )
        for ambition in AMBITIONS:
            op.execute(
                f"""INSERT INTO idea_waiting (concerns_id, ambition_id, due_on, n)
                SELECT {place}, {ambition}, {LATE_AFTER[engine]}, count(*)
                FROM idea WHERE {SHOWN[engine]} AND answered_on IS NULL AND due_on IS NOT NULL
                AND status IN ('recue', 'lue', 'a-l-etude', 'en-groupe', 'soumise')
                GROUP BY 1, 2, 3"""
            )
    _indexes(SHOWN[engine])


def _tables() -> None:
    op.create_table(
        'idea_said',
        sa.Column('concerns_id', sa.Integer(), nullable=False),
        sa.Column('ambition_id', sa.Integer(), nullable=False),
        sa.Column('channel', sa.String(), nullable=False),
        sa.Column('said', sa.String(), nullable=False),
        sa.Column('month', sa.Date(), nullable=False),
        sa.Column('n', sa.Integer(), nullable=False),
        sa.Column('voices', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('concerns_id', 'ambition_id', 'channel', 'said', 'month'),
        sqlite_with_rowid=False,
    )
    op.create_table(
        'idea_waiting',
        sa.Column('concerns_id', sa.Integer(), nullable=False),
        sa.Column('ambition_id', sa.Integer(), nullable=False),
        sa.Column('due_on', sa.Date(), nullable=False),
        sa.Column('n', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('concerns_id', 'ambition_id', 'due_on'),
        sqlite_with_rowid=False,
    )


def _indexes(shown: str) -> None:
    for name, table in (
        ('ix_idea_waiting', 'idea'),
        *((f'ix_idea_event_{name}', 'idea_event') for name in AGAIN),
    ):
        op.drop_index(name, table)
    hidden = shown.replace('1', '0').replace('TRUE', 'FALSE')
    none, some = 'answered_on IS NULL', 'answered_on IS NOT NULL'
    weight = sa.text(WEIGHT)
    finding = ['good', weight, 'id', *PLACE, 'kind', 'published']
    priority = ['published', weight, 'id', *PLACE, 'kind']
    waiting = ['due_on', 'id', 'status', 'published', 'owner_id', 'filed_on', 'answered_on', *PLACE]
    answered = ['answered_on', 'due_on', 'id', 'published', 'filed_on', *PLACE]
    unread = ['published', 'id', 'answered_on', 'status', *PLACE]
    _index('idea_finding', 'idea', finding, f"{shown} AND kind = 'constat'")
    _index('idea_priority', 'idea', priority, f"{shown} AND kind != 'constat'")
    _index('idea_waiting', 'idea', waiting, none)
    _index('idea_unread', 'idea', unread, f'{hidden} AND {none}')
    _index('idea_answered', 'idea', answered, some)
    _index('idea_origin', 'idea', ['origin_id', 'answered_on'], some)
    _index('idea_ambition_kind', 'idea', ['ambition_id', 'kind', 'id'])
    _facts()
    _index('idea_flow_stock', 'idea_flow', [*PLACE, *STATES, 'month', 'n'])
    _index('comment_voice', 'comment', ['voice', 'idea_id'])
    _index('moderation_what', 'moderation', ['what', 'idea_id'])
    _index('change_subject', 'change', ['subject', 'id'])


def _facts() -> None:
    """In the order in which figures gather their rows."""
    first = {'sqlite': 'first_answer = 1', 'postgresql': 'first_answer'}
    moved = [*PLACE, 'decided', *STATES]
    day = ['on', *moved, 'what', 'first_answer', 'filed_on']
    filing = ['filed_on', 'decided', *PLACE, *STATES, 'on']
    due = ['due_on', *PLACE, 'prev_due_on', 'on']
    kept = ['due_on', *PLACE, 'on']
    lifted = ['prev_due_on', *PLACE, 'due_on', 'on']
    _index('idea_event_month', 'idea_event', day)
    _index('idea_event_cohort', 'idea_event', filing)
    _index('idea_event_due', 'idea_event', due)
    _index('idea_event_kept', 'idea_event', kept, first[op.get_bind().dialect.name])
    _index('idea_event_lifted', 'idea_event', lifted, 'prev_due_on IS NOT NULL')
    _index('idea_event_done', 'idea_event', ['on', 'id'], "to_status = 'realisee'")


def _index(name: str, table: str, columns: list, where: str | None = None) -> None:
    partial = {}
    if where:
        partial = {'sqlite_where': sa.text(where), 'postgresql_where': sa.text(where)}
    op.create_index(f'ix_{name}', table, columns, **partial)
