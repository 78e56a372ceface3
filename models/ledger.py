"""The ledger (registre): what a write must keep with it — roll-ups, search words, current values,
revision.

`contributions` says what one fact of an idea adds to each roll-up; `Ledger` gathers them for one
act or for a million rows, and writes them once. Used by actions, imports and seed alike, in the
transaction of the facts.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from operator import itemgetter

from sqlalchemy import Table, text
from sqlalchemy import event as on_event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import Insert as InsertOfPostgresql
from sqlalchemy.dialects.sqlite import Insert as InsertOfSqlite
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session, SQLModel

from models.clock import month_start, today
from models.database import is_sqlite
from models.idea_events import NO_DAY, EventKind, IdeaEvent
from models.idea_states import DECIDED, OPEN, RETAINED, IdeaKind
from models.ideas import Idea
from models.inserts import insert_rows
from models.keeping import Revision
from models.rollups import (
    ALL,
    NONE,
    UNKNOWN,
    IdeaAuthor,
    IdeaCohort,
    IdeaDelay,
    IdeaDue,
    IdeaFiled,
    IdeaFlow,
)
from models.search import index_words

Insert = InsertOfSqlite | InsertOfPostgresql
Contribution = tuple[type[SQLModel], tuple, tuple[int, ...]]


def outcome(status: str | None) -> str:
    """Issue d'une idée: ouverte, retenue, realisee, autre (decided otherwise); NONE counts in
    none.
    """
    if status in OPEN:
        return "ouverte"
    if status in RETAINED:
        return str(status)
    return "autre" if status in DECIDED else NONE


def contributions(event: dict, sign: int = 1) -> Iterator[Contribution]:
    """What one idea_event adds (or, with sign −1, takes back) as (table, key, increments)."""
    month = month_start(event["on"])
    ambition = event.get("ambition_id") or UNKNOWN
    for concerns_key in (event.get("concerns_id") or UNKNOWN, ALL):
        for ambition_key in (ambition, ALL):
            yield from _concerned(event, (concerns_key, ambition_key), month, sign)
    if event["what"] == EventKind.filed and event.get("counts", True):
        for origin_key in (event.get("origin_id") or UNKNOWN, ALL):
            for ambition_key in (ambition, ALL):
                yield IdeaFiled, (origin_key, ambition_key, event["decided"], month), (sign,)
    yield from _authorship(event, sign)


def _authorship(event: dict, sign: int) -> Iterator[Contribution]:
    """The author of an idée or a suggestion, in the service of that day."""
    is_theirs = event["what"] == EventKind.filed and event.get("counts", True) and event["decided"]
    if is_theirs and event.get("author_id") and event.get("origin_id"):
        ambition = event.get("ambition_id") or UNKNOWN
        yield (
            IdeaAuthor,
            (month_start(event["on"]), ambition, event["origin_id"], event["author_id"]),
            (sign,),
        )


def _concerned(
    event: dict, where: tuple[int, int], month: date, sign: int
) -> Iterator[Contribution]:
    before, after = event.get("from_status"), event.get("to_status")
    if before != after:
        yield IdeaFlow, (*where, event["decided"], month, before or NONE, after or NONE), (sign,)
        if event["decided"]:
            filed = month_start(event["filed_on"])
            for status, n in ((before, -sign), (after, sign)):
                if status:
                    yield IdeaCohort, (*where, filed, month, status), (n,)
    if event.get("first_answer") and event.get("delay") is not None:
        yield IdeaDelay, (*where, month, event["delay"]), (sign,)
    yield from _promise(event, where, month, sign)


def _promise(event: dict, where: tuple[int, int], month: date, sign: int) -> Iterator[Contribution]:
    """What a fact does to the day on which an answer is due."""
    due, before_due = event.get("due_on"), event.get("prev_due_on")
    if due != before_due:
        # A promise can be moved or lifted until its day; one that was missed stays missed on the
        # days that follow.
        if before_due and event["on"] <= before_due:
            yield IdeaDue, (*where, month_start(before_due)), (-sign, 0)
        if due and event["on"] <= due:
            yield IdeaDue, (*where, month_start(due)), (sign, 0)
    if event.get("first_answer") and due and event["on"] <= due:
        yield IdeaDue, (*where, month_start(due)), (0, sign)


class Ledger:
    """Gathers facts of ideas and writes them with their roll-ups, words and revision in the open
    transaction.

    Facts alike in what they add are tallied and counted once: an import of thousands has a few
    hundred kinds of them.
    """

    def __init__(self, session: Session):
        self.session = session
        self._sums: dict[type[SQLModel], dict[tuple, list[int]]] = defaultdict(dict)
        self._alike: dict[tuple, list] = {}
        self._events: list[dict] = []
        self._words: list[dict] = []
        self._since: date | None = None

    def add(self, event: dict) -> None:
        """One new fact, as a row of idea_event."""
        self._events.append(_COLUMNS | event)
        self._tally(event, 1)

    def take_back(self, event: dict) -> None:
        """A fact that has just been voided: its part leaves every roll-up."""
        self._tally(event, -1)

    def _tally(self, event: dict, sign: int) -> None:
        self._since = min(self._since or event["on"], event["on"])
        known = self._alike.setdefault(_likeness(event), [event | {"author_id": None}, 0])
        known[1] += sign
        self._count(_authorship(event, sign))

    def index(self, idea_id: int, title: str, body: str) -> None:
        """The search words of a new or changed entry."""
        self.index_words(idea_id, index_words(title, body))

    def index_words(self, idea_id: int, words: str) -> None:
        """The search words of an entry, stemmed already."""
        self._words.append({"id": idea_id, "words": words})

    def _count(self, parts: Iterable[Contribution]) -> None:
        for table, key, increments in parts:
            row = self._sums[table].setdefault(key, [0] * len(increments))
            for i, increment in enumerate(increments):
                row[i] += increment

    def write_facts(self) -> None:
        """Writes the facts and words gathered so far; what they add up to waits for `write`."""
        if self._events:
            insert_rows(self.session, IdeaEvent, sorted(self._events, key=_id_of))
        write_words(self.session, self._words)
        self._events, self._words = [], []

    def write(self, *subjects: str, day: date | None = None) -> None:
        """Writes the facts that were gathered; what they add up to, and the revision of the
        subjects (ideas by default), at the end of the act. `day`: today, where it was just read.
        """
        self.write_facts()
        for event, n in self._alike.values():
            self._count(contributions(event, n))
        add_at_the_end(
            self.session,
            [(table, key, row) for table, rows in self._sums.items() for key, row in rows.items()],
        )
        bump(self.session, *(subjects or ("ideas",)), since=self._since, day=day)
        self._since = None
        self._alike.clear()
        self._sums.clear()


_id_of = itemgetter("id")
_COLUMNS = {column.name: None for column in IdeaEvent.__table__.columns} | {
    "counts": True,
    "first_answer": False,
}


def _likeness(event: dict) -> tuple:
    """What `contributions` reads of a fact but its author: facts of one likeness add the same to
    every roll-up.
    """
    on, filed, due, before = (
        event["on"],
        event["filed_on"],
        event.get("due_on"),
        event.get("prev_due_on"),
    )
    first = bool(event.get("first_answer"))
    # None, not False: 0 (origin unknown) is equal to False, and a move would be taken for a filing.
    origin = (event.get("origin_id") or UNKNOWN) if event["what"] == EventKind.filed else None
    return (
        on.year,
        on.month,
        filed.year,
        filed.month,
        event.get("from_status"),
        event.get("to_status"),
        event["decided"],
        event.get("counts", True),
        event.get("ambition_id"),
        event.get("concerns_id"),
        first,
        event.get("delay"),
        due and (due.year, due.month),
        before and (before.year, before.month),
        due == before,
        due is not None and on <= due,
        before is not None and on <= before,
        origin,
    )


def add_up(session: Session, table: type[SQLModel], sums: dict[tuple, list[int]]) -> None:
    """Adds to the rows of a roll-up, by their keys."""
    keys = [column.name for column in table.__table__.primary_key]
    counts = [column.name for column in table.__table__.columns if not column.primary_key]
    # One order for all writers: two that raise the same rows the other way round would wait for
    # each other for ever.
    rows = [
        dict(zip(keys + counts, (*key, *row), strict=True))
        for key, row in sorted(sums.items())
        if any(row)
    ]
    if not rows:
        return
    session.execute(_raising(session.get_bind().dialect.name, table.__table__), rows)


@cache
def _raising(dialect: str, table: Table) -> Insert:
    """Adds to what stands, or begins it. Made once for each table: to put a statement together
    takes longer than to execute it.
    """
    statement = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    counts = [column.name for column in table.columns if not column.primary_key]
    raised = {name: table.c[name] + statement.excluded[name] for name in counts}
    keys = [column.name for column in table.primary_key]
    return statement.on_conflict_do_update(index_elements=keys, set_=raised)


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


def _raise(session: Session, subjects: Iterable[str]) -> None:
    # In one order for all writers, as the sums.
    rows = [{"subject": subject, "n": 1} for subject in sorted(subjects)]
    if rows:
        session.execute(_raising(session.get_bind().dialect.name, Revision.__table__), rows)


# ── Written at the end of the act ─────────────────────────────────────────────────────────────────

# Rows that many acts raise: what waits for the end of the act, beside the savepoint it was done
# under, if any; and the subjects whose revision is raised.
_GATHERED = "sums"
_HELD = 2021  # any number of our own: the space of PostgreSQL's advisory locks that `hold` takes
_RAISED = "revisions"


def add_at_the_end(session: Session, parts: Sequence[Contribution]) -> None:
    """Adds to roll-ups all at once, in one order, as the act ends: two acts that raised these rows
    now and then would each wait for what the other holds.
    """
    if parts:
        under = session.get_nested_transaction()
        session.info.setdefault(_GATHERED, []).append((under, parts))


def drop_what_waits(session: Session, tables: Collection[type[SQLModel]]) -> None:
    """What waits for these roll-ups: they are counted anew."""
    kept = [
        (under, [part for part in parts if part[0] not in tables])
        for under, parts in session.info.pop(_GATHERED, ())
    ]
    session.info[_GATHERED] = kept


def summed(parts: Iterable[Contribution]) -> dict[type[SQLModel], dict[tuple, list[int]]]:
    """Table → key → what the parts add together."""
    sums: dict[type[SQLModel], dict[tuple, list[int]]] = defaultdict(dict)
    for table, key, increments in parts:
        row = sums[table].setdefault(key, [0] * len(increments))
        row[:] = [n + more for n, more in zip(row, increments, strict=True)]
    return sums


@on_event.listens_for(Session, "before_commit")
def write_sums(session: Session) -> None:
    """Writes the roll-ups and revisions that wait for the end of the act; whoever reads figures
    before it asks for that.
    """
    if session.in_nested_transaction():
        return
    session.flush()
    sums = summed(part for _, parts in session.info.pop(_GATHERED, ()) for part in parts)
    for table in sorted(sums, key=lambda table: table.__tablename__):
        add_up(session, table, sums[table])
    _raise(session, session.info.pop(_RAISED, ()))


@on_event.listens_for(Session, "after_soft_rollback")
def _forget_what_waits(session: Session, undone: SessionTransaction) -> None:
    if undone.parent is None:
        session.info.pop(_GATHERED, None)
        session.info.pop(_RAISED, None)
    elif undone.nested:
        kept = session.info.get(_GATHERED, ())
        session.info[_GATHERED] = [(under, parts) for under, parts in kept if under is not undone]


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
