"""words that mean the same find each other"""

import csv
from importlib.resources import files

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Connection
from sqlmodel import Session

from models.ledger import write_words
from models.search import index_words

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None
told = "la recherche comprend des synonymes, qui se corrigent dans « Référentiels »"

_SYNONYMS = files("seed") / "synonymes.csv"
_CHUNK = 2000


def upgrade() -> None:
    """An installation that runs gets the synonyms that a new one is given. The index of words is
    made anew, « composteurs » and « compost » by one stem; an empty one, as a restoration has until
    its end, stays empty.
    """
    synonym = op.create_table(
        "synonym",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("words", sa.String(), nullable=False, unique=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
    )
    on = op.get_bind()
    if on.execute(sa.text("SELECT 1 FROM installation")).first() is not None:
        with _SYNONYMS.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter=";"))
        op.bulk_insert(synonym, [{"words": row["mots"], "note": row["note"]} for row in rows])
    if on.execute(sa.text("SELECT 1 FROM idea_words LIMIT 1")).first() is not None:
        _empty(on)
        _index(on)


def _empty(on: Connection) -> None:
    """Made again on SQLite, where taking words out one entry after the other takes longer."""
    if on.dialect.name == "postgresql":
        op.execute("TRUNCATE idea_words")
        return
    op.execute("DROP TABLE idea_words")
    op.execute(
        'CREATE VIRTUAL TABLE idea_words USING fts5(words, tokenize = "unicode61'
        ' remove_diacritics 0")'
    )


def _index(on: Connection) -> None:
    idea = sa.table("idea", sa.column("id"), sa.column("title"), sa.column("body"))
    chunk = sa.select(idea.c.id, idea.c.title, idea.c.body).order_by(idea.c.id).limit(_CHUNK)
    last = -1
    with Session(on) as session:
        while rows := on.execute(chunk.where(idea.c.id > last)).all():
            written = [{"id": row.id, "words": index_words(row.title, row.body)} for row in rows]
            write_words(session, written)
            last = rows[-1].id
