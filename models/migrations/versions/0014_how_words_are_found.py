"""how words are found"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Connection
from sqlmodel import Session

from models.ledger import write_words
from models.search import index_words

revision = '0014'
down_revision = '0012'
branch_labels = None
depends_on = None

_CHUNK = 2000


def upgrade() -> None:
    """The index of words is made anew: one stem for both genders and numbers, the words of a title
    apart, and how each word sounds.

    The words are those of the program that runs, whatever its step: an index made by other rules
    would answer nothing. An empty one, as a restoration has until its end, stays empty.
    """
    on = op.get_bind()
    if on.execute(sa.text('SELECT 1 FROM idea_words LIMIT 1')).first() is None:
        return
    _empty(on)
    idea = sa.table('idea', sa.column('id'), sa.column('title'), sa.column('body'))
    last = -1
    with Session(on) as session:
        while rows := on.execute(
            sa.select(idea.c.id, idea.c.title, idea.c.body)
            .where(idea.c.id > last)
            .order_by(idea.c.id)
            .limit(_CHUNK)
        ).all():
            write_words(
                session,
                [{'id': row.id, 'words': index_words(row.title, row.body)} for row in rows],
            )
            last = rows[-1].id


def _empty(on: Connection) -> None:
    """Made again on SQLite, where taking words out one entry after the other takes longer."""
    if on.dialect.name == 'sqlite':
        op.execute('DROP TABLE idea_words')
        op.execute(
            'CREATE VIRTUAL TABLE idea_words USING fts5(words, tokenize = "unicode61'
            ' remove_diacritics 0")'
        )
    else:
        op.execute('TRUNCATE idea_words')
