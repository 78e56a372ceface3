"""what does not grow"""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

MONTH = {
    'sqlite': "date(filed_on, 'start of month')",
    'postgresql': "CAST(date_trunc('month', filed_on) AS date)",
}
SHOWN = {'sqlite': 'published IS 1', 'postgresql': 'published IS TRUE'}
WEIGHT = '(coalesce(voices, 0) + supports)'
# -1: all of them together; 0: not known.
PLACES = ('coalesce(concerns_id, 0)', '-1')
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
                SELECT {place}, {ambition}, due_on, count(*)
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
        sa.Column('month', sa.Date(), nullable=False),
        sa.Column('channel', sa.String(), nullable=False),
        sa.Column('said', sa.String(), nullable=False),
        sa.Column('n', sa.Integer(), nullable=False),
        sa.Column('voices', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('concerns_id', 'ambition_id', 'month', 'channel', 'said'),
    )
    op.create_table(
        'idea_waiting',
        sa.Column('concerns_id', sa.Integer(), nullable=False),
        sa.Column('ambition_id', sa.Integer(), nullable=False),
        sa.Column('due_on', sa.Date(), nullable=False),
        sa.Column('n', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('concerns_id', 'ambition_id', 'due_on'),
    )


def _indexes(shown: str) -> None:
    weighed = [sa.text(WEIGHT), 'id', 'concerns_id', 'ambition_id', 'kind']
    for name, columns, kinds in (
        ('ix_idea_finding', ['good', *weighed, 'published'], "kind = 'constat'"),
        ('ix_idea_priority', ['published', *weighed], "kind != 'constat'"),
    ):
        where = sa.text(f'{shown} AND {kinds}')
        op.create_index(name, 'idea', columns, sqlite_where=where, postgresql_where=where)
    for name, table, plain in (
        ('ix_idea_ambition_kind', 'idea', ['ambition_id', 'kind', 'id']),
        ('ix_comment_voice', 'comment', ['voice', 'idea_id']),
        ('ix_moderation_what', 'moderation', ['what', 'idea_id']),
        ('ix_change_subject', 'change', ['subject', 'id']),
    ):
        op.create_index(name, table, plain)
    done = sa.text("to_status = 'realisee'")
    op.create_index(
        'ix_idea_event_done',
        'idea_event',
        ['on', 'id'],
        sqlite_where=done,
        postgresql_where=done,
    )
