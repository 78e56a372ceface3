"""Mixing (brassage): after midnight, the physical order of the rows of past days is randomised.

PostgreSQL reveals which transaction last wrote each row (`xmin`) and where it was added (`ctid`);
SQLite fills pages in the order of writes, and its search index has a segment per write. Between
acts of known people that order would date an anonymous entry. So the rows of those days are
rewritten together, in the order of their random keys.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from threading import Event
from typing import TypeVar

from sqlalchemy import CursorResult, Date, Engine, TextClause, bindparam, text
from sqlmodel import Session, func, select

from models.clock import add_months, month_start
from models.database import leave_no_trace, reading, writing
from models.discussions import Contribution
from models.idea_events import IdeaEvent
from models.ideas import Idea
from models.installation import Installation

# Entries filed, changed or discussed on those days; each with its day.
_OF_THOSE_DAYS = """SELECT id, filed_on AS day FROM idea
  WHERE filed_on >= :since AND filed_on < :until
 UNION SELECT idea_id, recorded_on FROM idea_event
  WHERE recorded_on >= :since AND recorded_on < :until
 UNION SELECT CAST(key AS BIGINT), "on" FROM contribution
  WHERE subject = 'idee' AND "on" >= :since AND "on" < :until"""
# Selected before anything is written, into a temporary table.
_ENTRIES = "IN (SELECT id FROM mixed_entry)"
_THEN = '"on" >= :since AND "on" < :until'
_ABOUT = f"subject = 'idee' AND key IN (SELECT key FROM mixed_entry) AND {_THEN}"
# Most entries rewritten together, unless one day has more; most rows on PostgreSQL.
MOST, _ROWS_TOGETHER = 200, 200
# Pages of the search index merged per transaction; a step that did something reports more than one
# change.
_PAGES = 200
_SOMETHING = 2
# Table → its key, and its rows of these entries that may have been written on those days.
_ROWS = {
    "idea": ("id", f"id {_ENTRIES}"),
    "idea_event": (
        "id",
        f"idea_id {_ENTRIES} AND recorded_on >= :since AND recorded_on < :until",
    ),
    "receipt": ("code", f"idea_id {_ENTRIES}"),
    "photo": ("id", f"idea_id {_ENTRIES}"),
    "contribution": ("id", _ABOUT),
    "subject_support": ("subject, key, person_id", _ABOUT),
    "subject_follow": ("subject, key, person_id", _ABOUT),
    "link": ("id", _THEN),
}
_WORDS = {"idea_words": ("id", f"id {_ENTRIES}")}
_REVISIONS = {"revision": ("subject", ":since < :until")}
Rows = dict[str, tuple[str, str]]


def mix(on: Engine, day: date, most: int = MOST) -> int:
    """Brasser: every day before `day` not mixed yet, a month at a time, or each day separately
    where a month has more entries than `most`. Returns how many spans had rows to mix.

    A demonstration is frozen on one day. Each span is a transaction of its own, to keep locks
    short.
    """
    mixed = 0
    for since, until in _spans(on, day):
        for first, last, entries in _portions(on, since, until, most):
            if entries:
                _write_anew(on, _ROWS, first, last, entries)
                _write_anew(on, _REVISIONS, first, last)
                _merge_words(on)
                mixed += 1
            with writing(on) as session:
                # Last, so that an interrupted round starts again with these days.
                session.get(Installation, 1, with_for_update=True).mixed_before = last
                if entries:
                    leave_no_trace(session)
    return mixed


def _portions(
    on: Engine, since: date, until: date, most: int
) -> Iterator[tuple[date, date, list[int]]]:
    """The days [since, until[ together, or separately, with their entries; none without anonymous
    entries.
    """
    of_days = _to_mix(on, since, until)
    together = sorted(set().union(*of_days.values()))
    if len(together) <= most:
        yield since, until, together
        return
    days = sorted(of_days)
    for day, following in zip(days, [*days[1:], until], strict=True):
        yield day, following, sorted(of_days[day])


def _to_mix(on: Engine, since: date, until: date) -> dict[date, set[int]]:
    """Day → its entries, where any entry of these days is anonymous. Selected without a lock, since
    no index covers the day; those days are over, so none is added.
    """
    entries: dict[date, set[int]] = defaultdict(set)
    with reading(on) as session:
        filed = select(Idea.id).where(
            Idea.anonymous.is_(True), Idea.filed_on >= since, Idea.filed_on < until
        )
        done = (
            select(IdeaEvent.id)
            .filter_by(by=None)
            .where(IdeaEvent.recorded_on >= since, IdeaEvent.recorded_on < until)
        )
        written = (
            select(Contribution.id)
            .filter_by(person_id=None)
            .where(Contribution.on >= since, Contribution.on < until)
        )
        if not any(session.exec(item.limit(1)).first() for item in (filed, done, written)):
            return {}
        statement = _bound(_OF_THOSE_DAYS, {"since": since, "until": until}).columns(day=Date())
        for entry, day in session.execute(statement):
            entries[day].add(entry)
    return entries


def _spans(on: Engine, day: date) -> Iterator[tuple[date, date]]:
    """The days to mix, [since, until[, month by month."""
    with reading(on) as session:
        installation = session.get(Installation, 1)
        if installation is None:
            return
        since = installation.mixed_before
        if since is None:
            firsts = session.exec(
                select(func.min(IdeaEvent.recorded_on), func.min(Idea.filed_on))
                .select_from(Idea)
                .join(IdeaEvent, IdeaEvent.idea_id == Idea.id)
            ).one()
            since = min(filter(None, firsts), default=day)
    while since < day:
        until = min(add_months(month_start(since), 1), day)
        yield since, until
        since = until


def _write_anew(
    on: Engine, rows: Rows, since: date, until: date, entries: Sequence[int] = ()
) -> None:
    if on.dialect.name == "sqlite":
        with writing(on) as session:
            _hold_entries(session, entries)
            # Deleted, and inserted again in the order of their keys: foreign keys are unsatisfied
            # between deletion and insertion.
            session.execute(text("PRAGMA defer_foreign_keys=ON"))
            for table, (_, which) in rows.items():
                _run(
                    session,
                    f"CREATE TEMP TABLE mixed_{table} AS SELECT * FROM {table} WHERE {which}",
                    {"since": since, "until": until},
                )
            for table, (key, _) in rows.items():
                session.execute(
                    text(f"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM mixed_{table})")
                )
            for table, (key, _) in rows.items():
                session.execute(
                    text(f"INSERT INTO {table} SELECT * FROM mixed_{table} ORDER BY {key}")
                )
                session.execute(text(f"DROP TABLE mixed_{table}"))
            session.execute(text("DROP TABLE mixed_entry"))
    else:
        _write_anew_in_rows(on, rows, {"since": since, "until": until}, entries)


def _hold_entries(session: Session, entries: Sequence[int]) -> None:
    session.execute(text("CREATE TEMP TABLE mixed_entry (id BIGINT PRIMARY KEY, key VARCHAR)"))
    if entries:
        session.execute(
            text("INSERT INTO mixed_entry VALUES (:id, :key)"),
            [{"id": entry, "key": str(entry)} for entry in entries],
        )


def _write_anew_in_rows(
    on: Engine, rows: Rows, days: dict[str, date], entries: Sequence[int]
) -> None:
    """PostgreSQL: rewrites each row in the order of its key, so that transaction ids follow the
    keys.
    """
    for table, (key, which) in (rows | _WORDS if entries else rows).items():
        names = key.split(", ")
        with writing(on) as session:
            _hold_entries(session, entries)
            # Sorted in Python like the ledger: a collation may differ.
            keys = sorted(
                map(tuple, _run(session, f"SELECT {key} FROM {table} WHERE {which}", days))
            )
            session.execute(text("DROP TABLE mixed_entry"))
        this = " AND ".join(f"{name} = :{name}" for name in names)
        over = text(f"UPDATE {table} SET {names[0]} = {names[0]} WHERE {this}")
        for start in range(0, len(keys), _ROWS_TOGETHER):
            chunk = keys[start : start + _ROWS_TOGETHER]
            with writing(on) as session:
                session.execute(over, [dict(zip(names, row, strict=True)) for row in chunk])


def _merge_words(on: Engine) -> None:
    """SQLite: merges the segments of the search index, some pages per transaction, to keep locks
    short.
    """
    if on.dialect.name != "sqlite":
        return
    # A negative first number includes segments of every size.
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
    return session.execute(_bound(statement, days))


def _bound(statement: str, days: dict[str, date]) -> TextClause:
    used = {name: value for name, value in days.items() if f":{name}" in statement}
    return text(statement).bindparams(*(bindparam(name, value) for name, value in used.items()))


ShortAct = Callable[[Session], int]
T = TypeVar("T")
AT_ONCE = 100  # rows that one short act writes


def in_batches(
    items: Sequence[T], act: Callable[[Session, Sequence[T]], int], at_once: int = AT_ONCE
) -> Iterator[ShortAct]:
    """One short act per batch of items; each act checks again what it writes."""
    for first in range(0, len(items), at_once):
        batch = items[first : first + at_once]
        yield lambda session, batch=batch: act(session, batch)


_WANTED = Event()


def request_soon() -> None:
    """Makes this process run its next round within seconds rather than minutes."""
    _WANTED.set()


def take_request() -> bool:
    """Whether a round was requested since the last call."""
    wanted = _WANTED.is_set()
    _WANTED.clear()
    return wanted
