"""The ledger (registre): what a write must keep with it — search words, revision.

Used by actions, imports and seed alike, in the transaction of the facts.
"""

from datetime import date
from functools import cache
from operator import itemgetter

from sqlalchemy import event as on_event
from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import Insert as InsertOfPostgresql
from sqlalchemy.dialects.sqlite import Insert as InsertOfSqlite
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session

from models.clock import today
from models.database import is_sqlite
from models.idea_events import NO_DAY, EventKind, IdeaEvent
from models.idea_states import IdeaKind
from models.ideas import Idea
from models.inserts import insert_rows
from models.keeping import Revision
from models.search import index_words

Insert = InsertOfSqlite | InsertOfPostgresql


class Ledger:
    """Gathers facts of ideas and writes them with their words and revision in the open
    transaction.
    """

    def __init__(self, session: Session):
        self.session = session
        self._events: list[dict] = []
        self._words: list[dict] = []
        self._since: date | None = None

    def add(self, event: dict) -> None:
        """One new fact, as a row of idea_event."""
        self._events.append(_COLUMNS | event)
        self._since = min(self._since or event["on"], event["on"])

    def index(self, idea_id: int, title: str, body: str) -> None:
        """The search words of a new or changed entry."""
        self.index_words(idea_id, index_words(title, body))

    def index_words(self, idea_id: int, words: str) -> None:
        """The search words of an entry, stemmed already."""
        self._words.append({"id": idea_id, "words": words})

    def write_facts(self) -> None:
        """Writes the facts and words gathered so far; their revision waits for `write`."""
        if self._events:
            insert_rows(self.session, IdeaEvent, sorted(self._events, key=_id_of))
        write_words(self.session, self._words)
        self._events, self._words = [], []

    def write(self, *subjects: str, day: date | None = None) -> None:
        """Writes the facts that were gathered, and the revision of the subjects (ideas by default).
        `day`: today, where it was just read.
        """
        self.write_facts()
        bump(self.session, *(subjects or ("ideas",)), since=self._since, day=day)
        self._since = None


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
        # In their order: FTS5 writes what it holds of a word before it takes a lower id.
        session.execute(_WORDS_OF_SQLITE, sorted(rows, key=_id_of))
    else:
        session.execute(_WORDS_OF_POSTGRESQL, rows)


_WORDS_OF_SQLITE = text("INSERT OR REPLACE INTO idea_words(rowid, words) VALUES (:id, :words)")
_WORDS_OF_POSTGRESQL = text(
    "INSERT INTO idea_words(id, words) VALUES (:id, to_tsvector('simple', :words))"
    " ON CONFLICT (id) DO UPDATE SET words = excluded.words"
)


def indexed_under(session: Session, written: dict[int, str]) -> set[int]:
    """Those of these entries whose words in the index are these."""
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


PAST = ":past"
_RAISED = "revisions"  # the subjects whose revision is raised as the act ends
_HELD = 2021  # any number of our own: the space of PostgreSQL's advisory locks that `hold` takes


def bump(
    session: Session, *subjects: str, since: date | None = None, day: date | None = None
) -> None:
    """Raises the revision of the subjects: whoever reads next, on any process, sees the change.

    `since` is the first day that what was written can change: from today on, what is remembered of
    earlier days stays true, and the revision of the past is left alone. None: any day may have
    changed. `day`: today, where it has just been read.
    """
    reaches_back = since is None or since < (day or today(session))
    raised = session.info.setdefault(_RAISED, set())
    raised |= {*subjects, *(f"{subject}{PAST}" for subject in subjects if reaches_back)}


def hold(session: Session, subject: str) -> None:
    """Until the end of this act no other one holds the subject: for what has no row of its own to
    lock. Before anything is read. On SQLite whoever writes is alone anyway; the rows of revisions
    are left for the end of the act, where all take them in one order.
    """
    if not is_sqlite(session):
        session.execute(
            text("SELECT pg_advisory_xact_lock(:space, hashtext(:subject))"),
            {"space": _HELD, "subject": subject},
        )
    bump(session, subject)


@on_event.listens_for(Session, "before_commit")
def _raise(session: Session) -> None:
    """Writes the revisions as the act ends: two acts that raised these rows now and then would each
    wait for what the other holds.
    """
    if session.in_nested_transaction():
        return
    session.flush()
    # In one order for all writers.
    rows = [{"subject": subject, "n": 1} for subject in sorted(session.info.pop(_RAISED, ()))]
    if rows:
        session.execute(_raising(session.get_bind().dialect.name), rows)


@cache
def _raising(dialect: str) -> Insert:
    """Adds to a revision, or begins it. Made once: to put a statement together takes longer than
    to execute it.
    """
    statement = (sqlite if dialect == "sqlite" else postgresql).insert(Revision)
    n = Revision.n + statement.excluded.n
    return statement.on_conflict_do_update(index_elements=["subject"], set_={"n": n})


@on_event.listens_for(Session, "after_soft_rollback")
def _forget_what_waits(session: Session, undone: SessionTransaction) -> None:
    if undone.parent is None:
        session.info.pop(_RAISED, None)


def event_row(
    idea: Idea,
    *,
    id: int,
    on: date,
    recorded_on: date,
    seq: int,
    what: EventKind,
    by: int | None = None,
    from_status: str | None = None,
    to_status: str | None = None,
    prev_due_on: date | None = None,
    due_on: date | None = None,
    **more: object,
) -> dict:
    """A row of idea_event for this idea, with what figures cut by copied from it."""
    return {
        "id": id,
        "on": on,
        "recorded_on": recorded_on,
        "by": by,
        "idea_id": idea.id,
        "seq": seq,
        "what": str(what),
        "from_status": from_status,
        "to_status": to_status,
        "filed_on": idea.filed_on if idea.dated else NO_DAY,
        "decided": IdeaKind(idea.kind).is_decided,
        "counts": idea.counts,
        "ambition_id": idea.ambition_id,
        "concerns_id": idea.concerns_id,
        "origin_id": idea.origin_id,
        "author_id": idea.author_id,
        "prev_due_on": prev_due_on,
        "due_on": due_on,
        **more,
    }
