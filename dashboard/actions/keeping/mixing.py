"""Mixing (brassage): after midnight the order in which the entries of the days before came is taken
out of the database.

PostgreSQL tells of each row which transaction wrote it last (`xmin`), and rows lie where they were
added (`ctid`); SQLite fills a page in the order of its writes, and its search words keep a segment
for each. Between two acts of known people such an order would date an anonymous entry. So the rows
of those days are written again, all together, in the order of their random keys.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import CursorResult, Engine, bindparam, text
from sqlmodel import Session, func, select

from models.clock import month_start
from models.comments import Comment
from models.database import is_sqlite, leave_no_trace, reading, writing
from models.idea_events import IdeaEvent
from models.ideas import Idea
from models.keeping import Installation

# Entries that were filed, or about which something was done or written, on those days.
_OF_THOSE_DAYS = """SELECT id FROM idea WHERE filed_on >= :since AND filed_on < :until
 UNION SELECT idea_id FROM idea_event WHERE recorded_on >= :since AND recorded_on < :until
 UNION SELECT idea_id FROM comment WHERE "on" >= :since AND "on" < :until"""
# They are found before anything is written, and stand in a table of this transaction alone.
_ENTRIES = "IN (SELECT id FROM mixed_entry)"
_MONTHS = "month >= :month"
# Pages of search words that one transaction merges; a step that had something to do says so by more
# than one change.
_PAGES = 200
_SOMETHING = 2
# Table → its key, and which of its rows: the entries of those days, and what stands beside them.
_ROWS = {
    "idea": ("id", f"id {_ENTRIES}"),
    "idea_event": ("id", f"idea_id {_ENTRIES}"),
    "receipt": ("code", f"idea_id {_ENTRIES}"),
    "photo": ("id", f"idea_id {_ENTRIES}"),
    "comment": ("id", f"idea_id {_ENTRIES}"),
    "support": ("idea_id, person_id", f"idea_id {_ENTRIES}"),
    "follow": ("idea_id, person_id", f"idea_id {_ENTRIES}"),
    "link": ("id", '"on" >= :since AND "on" < :until'),
    # Roll-ups in the order in which the ledger raises them, the revisions last: a filing that met
    # them the other way round would wait for this act, and this act for it.
    "idea_author": ("month, ambition_id, origin_id, person_id", _MONTHS),
    "idea_cohort": ("concerns_id, ambition_id, filed_month, month, status", _MONTHS),
    "idea_delay": ("concerns_id, ambition_id, month, days", _MONTHS),
    "idea_due": ("concerns_id, ambition_id, month", _MONTHS),
    "idea_filed": ("origin_id, ambition_id, decided, month", _MONTHS),
    "idea_flow": ("concerns_id, ambition_id, decided, month, from_status, to_status", _MONTHS),
    "idea_said": ("concerns_id, ambition_id, channel, said, month", _MONTHS),
    # What was filed on those days was promised an answer on a later one.
    "idea_waiting": ("concerns_id, ambition_id, due_on", "due_on >= :month"),
    "revision": ("subject", ":since < :until"),
}


def mix(on: Engine, day: date) -> int:
    """Brasser: every day before `day` that is not mixed yet, a month at a time. How many months had
    something to mix.

    A demonstration stands still on one day, which is never over.
    """
    mixed = 0
    for since, until in _spans(on, day):
        entries = _to_mix(on, since, until)
        if entries:
            with writing(on) as session:
                _mix(session, entries, since, until)
            _merge_words(on)
            mixed += 1
        with writing(on) as session:
            # Once it is mixed, so that a round that is cut begins again with this month.
            session.get(Installation, 1, with_for_update=True).mixed_before = until
            if entries:
                leave_no_trace(session)
    return mixed


def _to_mix(on: Engine, since: date, until: date) -> list[int]:
    """The entries of these days, where anything came without a name; found while reading, since
    no index knows the day, and nobody is to wait meanwhile. Those days are over: none is added.
    """
    with reading(on) as session:
        if not _holds_anonymous(session, since, until):
            return []
        return list(_run(session, _OF_THOSE_DAYS, {"since": since, "until": until}).scalars())


def _spans(on: Engine, day: date) -> Iterator[tuple[date, date]]:
    """The days that are to be mixed, [since, until[, month by month."""
    with reading(on) as session:
        here = session.get(Installation, 1)
        if here is None:
            return
        since = here.mixed_before or _first_day(session) or day
    while since < day:
        # 31 days after the first of a month are in the next one.
        until = min(month_start(month_start(since) + timedelta(days=31)), day)
        yield since, until
        since = until


def _first_day(session: Session) -> date | None:
    firsts = session.exec(
        select(func.min(IdeaEvent.recorded_on), func.min(Idea.filed_on))
        .select_from(Idea)
        .join(IdeaEvent, IdeaEvent.idea_id == Idea.id)
    ).one()
    return min(filter(None, firsts), default=None)


def _holds_anonymous(session: Session, since: date, until: date) -> bool:
    """Whether anything came without a name: an entry, a message of its author, an act with a
    receipt.
    """
    filed = select(Idea.id).where(
        Idea.anonymous.is_(True), Idea.filed_on >= since, Idea.filed_on < until
    )
    done = select(IdeaEvent.id).where(
        IdeaEvent.by.is_(None), IdeaEvent.recorded_on >= since, IdeaEvent.recorded_on < until
    )
    written = select(Comment.id).where(
        Comment.person_id.is_(None), Comment.on >= since, Comment.on < until
    )
    return any(session.exec(item.limit(1)).first() for item in (filed, done, written))


def _mix(session: Session, entries: list[int], since: date, until: date) -> None:
    days = {"since": since, "until": until, "month": month_start(since)}
    session.execute(text("CREATE TEMP TABLE mixed_entry (id BIGINT PRIMARY KEY)"))
    session.execute(
        text("INSERT INTO mixed_entry VALUES (:id)"), [{"id": entry} for entry in entries]
    )
    if is_sqlite(session):
        _write_anew_in_pages(session, days)
    else:
        _write_anew_in_rows(session, days)
    session.execute(text("DROP TABLE mixed_entry"))


def _write_anew_in_rows(session: Session, days: dict[str, date]) -> None:
    """PostgreSQL: each row is written over by itself, one after the other in the order of its
    key, by one transaction.
    """
    for table, (key, which) in (_ROWS | {"idea_words": ("id", f"id {_ENTRIES}")}).items():
        names = key.split(", ")
        # Sorted here, as the ledger sorts them: a collation has an order of its own.
        found = sorted(map(tuple, _run(session, f"SELECT {key} FROM {table} WHERE {which}", days)))
        this = " AND ".join(f"{name} = :{name}" for name in names)
        if found:
            session.execute(
                text(f"UPDATE {table} SET {names[0]} = {names[0]} WHERE {this}"),
                [dict(zip(names, row, strict=True)) for row in found],
            )


def _write_anew_in_pages(session: Session, days: dict[str, date]) -> None:
    """SQLite: the rows leave their pages and come back in the order of their keys."""
    # Rows leave before they come back: in between, links to them point at nothing.
    session.execute(text("PRAGMA defer_foreign_keys=ON"))
    for table, (_, which) in _ROWS.items():
        _run(
            session, f"CREATE TEMP TABLE mixed_{table} AS SELECT * FROM {table} WHERE {which}", days
        )
    for table in _ROWS:
        key, _ = _ROWS[table]
        session.execute(
            text(f"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM mixed_{table})")
        )
    for table, (key, _) in _ROWS.items():
        session.execute(text(f"INSERT INTO {table} SELECT * FROM mixed_{table} ORDER BY {key}"))
        session.execute(text(f"DROP TABLE mixed_{table}"))


def _merge_words(on: Engine) -> None:
    """SQLite: the segments of search words become one, some pages in each transaction: all at once,
    a large town would wait for seconds.
    """
    if on.dialect.name != "sqlite":
        return
    # The first, negative, number begins with every segment, whatever its size.
    pages, written = -_PAGES, _SOMETHING
    while written >= _SOMETHING:
        with writing(on) as session:
            connection = session.connection().connection.driver_connection
            before = connection.total_changes
            session.execute(
                text("INSERT INTO idea_words(idea_words, rank) VALUES ('merge', :pages)"),
                {"pages": pages},
            )
            written = connection.total_changes - before
        pages = _PAGES


def _run(session: Session, statement: str, days: dict[str, date]) -> CursorResult:
    used = {name: value for name, value in days.items() if f":{name}" in statement}
    return session.execute(
        text(statement).bindparams(*(bindparam(name, value) for name, value in used.items()))
    )
