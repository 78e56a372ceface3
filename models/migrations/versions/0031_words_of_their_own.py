"""entries that two people wrote at the same moment are found by their own words"""

import sqlalchemy as sa
from alembic import op
from sqlmodel import Session

from models.ledger import indexed_under, write_words
from models.search import index_words

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None
told = "les idées qui ne se retrouvaient pas par leurs mots sont indexées de nouveau"

_CHUNK = 2000


def upgrade() -> None:
    """Threads shared one stemmer, so that a word could get the stem of another. An empty index, as
    a restoration has until its end, stays empty.
    """
    on = op.get_bind()
    if on.execute(sa.text("SELECT 1 FROM idea_words LIMIT 1")).first() is None:
        return
    idea = sa.table("idea", sa.column("id"), sa.column("title"), sa.column("body"))
    chunk = sa.select(idea.c.id, idea.c.title, idea.c.body).order_by(idea.c.id).limit(_CHUNK)
    last = -1
    with Session(on) as session:
        while rows := on.execute(chunk.where(idea.c.id > last)).all():
            written = {row.id: index_words(row.title, row.body) for row in rows}
            right = indexed_under(session, written)
            wrong = [id_ for id_ in written if id_ not in right]
            write_words(session, [{"id": id_, "words": written[id_]} for id_ in wrong])
            last = rows[-1].id
