"""The ledger (registre): writes facts of ideas together with their search words.

Used by actions, imports and seed alike.
"""

from datetime import date
from operator import itemgetter

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import Insert as InsertOfPostgresql
from sqlalchemy.dialects.sqlite import Insert as InsertOfSqlite
from sqlmodel import Field, Session

from models.database import is_sqlite
from models.facts import Record
from models.idea_events import NO_DAY, IdeaEvent
from models.idea_states import IdeaKind
from models.ideas import Idea
from models.inserts import insert_rows
from models.search import index_words

Insert = InsertOfSqlite | InsertOfPostgresql


class Ledger:
    """Collects facts and search words of ideas and writes them in the open transaction."""

    def __init__(self, session: Session):
        self.session = session
        self._events: list[dict] = []
        self._words: list[dict] = []

    def add(self, event: dict) -> None:
        """One new fact, as a row of idea_event."""
        self._events.append(_COLUMNS | event)

    def index(self, idea_id: int, title: str, body: str) -> None:
        """The search words of a new or changed entry."""
        self.index_words(idea_id, index_words(title, body))

    def index_words(self, idea_id: int, words: str) -> None:
        """The search words of an entry, stemmed already."""
        self._words.append({"id": idea_id, "words": words})

    def write(self) -> None:
        """Writes the collected facts and words."""
        if self._events:
            insert_rows(self.session, IdeaEvent, sorted(self._events, key=_id_of))
        write_words(self.session, self._words)
        self._events, self._words = [], []


_id_of = itemgetter("id")
_COLUMNS = {column.name: None for column in IdeaEvent.__table__.columns} | {
    "counts": True,
    "first_answer": False,
}


def write_words(session: Session, rows: list[dict]) -> None:
    """Indexes the words of entries: FTS5 on SQLite, a tsvector of the `simple` configuration on
    PostgreSQL.
    """
    if not rows:
        return
    if is_sqlite(session):
        # Sorted by id: FTS5 flushes its buffer when it receives a lower one.
        session.execute(_WORDS_OF_SQLITE, sorted(rows, key=_id_of))
    else:
        session.execute(_WORDS_OF_POSTGRESQL, rows)


_WORDS_OF_SQLITE = text("INSERT OR REPLACE INTO idea_words(rowid, words) VALUES (:id, :words)")
_WORDS_OF_POSTGRESQL = text(
    "INSERT INTO idea_words(id, words) VALUES (:id, to_tsvector('simple', :words))"
    " ON CONFLICT (id) DO UPDATE SET words = excluded.words"
)


def indexed_under(session: Session, written: dict[int, str]) -> set[int]:
    """The entries whose indexed words are these."""
    ids = {"first": min(written), "last": max(written)}
    if is_sqlite(session):
        stored = session.execute(
            text("SELECT rowid, words FROM idea_words WHERE rowid BETWEEN :first AND :last"), ids
        )
        return {id_ for id_, words in stored if written.get(id_) == words}
    rows = session.execute(
        text(
            "SELECT idea_words.id FROM idea_words JOIN unnest(CAST(:ids AS bigint[]),"
            " CAST(:texts AS text[])) AS written(id, words) ON written.id = idea_words.id"
            " WHERE idea_words.words = to_tsvector('simple', written.words)"
        ),
        {"ids": list(written), "texts": list(written.values())},
    )
    return set(rows.scalars())


def event_row(idea: Idea, **fact: object) -> dict:
    """A row of idea_event for this idea, with the dimensions of figures copied from it."""
    return {
        "idea_id": idea.id,
        "filed_on": idea.filed_on if idea.dated else NO_DAY,
        "decided": IdeaKind(idea.kind).is_decided,
        "counts": idea.counts,
        "ambition_id": idea.ambition_id,
        "concerns_id": idea.concerns_id,
        "origin_id": idea.origin_id,
        "author_id": idea.author_id,
        **fact,
    }


class Change(Record, table=True):
    """Modification: the audit of texts and reference data. Not used by figures."""

    __table_args__ = (Index("ix_change_subject", "subject", "id"),)

    on: date = Field(index=True)
    by: int | None = Field(default=None, foreign_key="person.id")
    subject: str
    record: str
    field: str
    before: str | None = None
    after: str | None = None
