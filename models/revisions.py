"""Which revisions a write raises (révisions): derived from the written rows, so that no act can
forget one. SQL given as text is not tracked: it is only used to rewrite rows unchanged.

An added row changes no day before its own (`on`). A changed or deleted row may change any day,
except in a table without history.
"""

from collections.abc import Iterable
from datetime import date
from functools import cache

from sqlalchemy import Result, Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import ORMExecuteState, SessionTransaction
from sqlmodel import Session, SQLModel

from models.clock import today
from models.database import is_sqlite
from models.installation import Revision

# Module of models → the subjects of its tables; other modules have none.
_OF_MODULE = {
    "academy": "academy",
    "clusters": "campaigns",
    "communities": "communities",
    "decisions": "decisions",
    "directions": "directions people",
    "discussions": "discussions",
    "groups": "groups",
    "idea_events": "ideas",
    "ideas": "ideas",
    "meetings": "meetings",
    "notices": "notices",
    "people": "people",
    "programmes": "roadmap directions",
    "roadmap": "roadmap",
    "seats": "academy meetings",
    "surveys": "surveys",
    "synonyms": "ideas",
}
# Table → its subjects, if they differ from those of its module.
OF_TABLE = {
    "activity": "communities roadmap",
    "ambition": "directions ideas roadmap",
    "assignment": "academy communities directions people",
    "calendar_key": "people",
    "closing_day": "directions ideas meetings roadmap",
    "contribution": "communities discussions ideas",
    "contribution_event": "discussions ideas",
    "correspondence": "",
    "draft": "",
    "erased_key": "",
    "interest": "academy communities interests",
    "interest_event": "interests",
    "link": "decisions groups ideas roadmap",
    "person": "academy communities directions people",
    "plan": "directions ideas roadmap",
    "post": "news",
    "preference": "",
    "pst_statement": "roadmap",
    "pst_tie": "roadmap",
    "publication": "news",
    "recovery_code": "",
    "source_key": "",
    "subject_follow": "discussions ideas",
    "subject_support": "discussions ideas",
    "survey_invitation": "",
    "waiting_sheets": "",
    "workstream": "directions ideas roadmap",
}
SUBJECTS = frozenset(" ".join([*_OF_MODULE.values(), *OF_TABLE.values()]).split())
# Their history is in other tables of facts, or is not stored.
OF_TODAY = frozenset(
    (
        "campaign cluster coding contribution contribution_event decision deliverable"
        " group_member idea interest link membership merge outbox photo progress_group receipt"
        " seat subject_follow subject_support synonym theme wall_line"
    ).split()
)
PAST = ":past"  # the revision of caches about days before today
_WRITTEN = "first day that is written, by subject"
_HELD = 2021  # any constant: a namespace of PostgreSQL's advisory locks


def subjects_of(record: type[SQLModel]) -> tuple[str, ...]:
    """The subjects of the rows of this table."""
    module = record.__module__.removeprefix("models.")
    return tuple(OF_TABLE.get(record.__tablename__, _OF_MODULE.get(module, "")).split())


@event.listens_for(Session, "after_flush")
def _note_records(session: Session, _context: object) -> None:
    for record in session.new:
        _note(session, type(record), [getattr(record, "on", None)])
    changed = (record for record in session.dirty if session.is_modified(record))
    for record in (*changed, *session.deleted):
        _note(session, type(record), [None])


@event.listens_for(Session, "do_orm_execute")
def _note_statement(state: ORMExecuteState) -> Result | None:
    """Writes that bypass the records: `insert`, `update` and `delete` of a session."""
    if not (state.is_insert or state.is_update or state.is_delete):
        return None
    record = _by_table().get(state.statement.table)
    if record is None:
        return None
    done = state.invoke_statement()
    # A statement with RETURNING has no row count.
    if getattr(done, "rowcount", None) != 0:
        rows = state.parameters if isinstance(state.parameters, list) else [state.parameters or {}]
        _note(state.session, record, [row.get("on") if state.is_insert else None for row in rows])
    return done


@cache
def _by_table() -> dict[Table, type[SQLModel]]:
    return {mapper.local_table: mapper.class_ for mapper in SQLModel._sa_registry.mappers}


def _note(session: Session, record: type[SQLModel], days: Iterable[date | None]) -> None:
    of_today = record.__tablename__ in OF_TODAY
    first = date.max if of_today else min(day or date.min for day in days)
    raise_revisions(session, *subjects_of(record), since=first)


def raise_revisions(session: Session, *subjects: str, since: date = date.min) -> None:
    """Raises the revisions of subjects at the end of the act: the next reader, in any process, sees
    the change. `since`: the first day that may have changed; caches about earlier days stay valid.
    """
    written = session.info.setdefault(_WRITTEN, {})
    for subject in subjects:
        written[subject] = min(since, written.get(subject, date.max))


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    """Raises the revisions at the end of the act, in the same order for all writers, so that two
    acts cannot deadlock on these rows.
    """
    if session.in_nested_transaction():
        return
    session.flush()
    written = session.info.pop(_WRITTEN, {})
    if not written:
        return
    day = today(session)
    past = (f"{subject}{PAST}" for subject, first in written.items() if first < day)
    rows = [{"subject": subject, "n": 1} for subject in sorted([*written, *past])]
    session.execute(_raising(session.get_bind().dialect.name), rows)


@cache
def _raising(dialect: str) -> sqlite.Insert | postgresql.Insert:
    """Inserts or increments a revision. Cached: building the statement takes longer than executing
    it.
    """
    statement = (sqlite if dialect == "sqlite" else postgresql).insert(Revision)
    n = Revision.n + statement.excluded.n
    return statement.on_conflict_do_update(index_elements=["subject"], set_={"n": n})


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, undone: SessionTransaction) -> None:
    if undone.parent is None:
        session.info.pop(_WRITTEN, None)


def hold(session: Session, subject: str) -> None:
    """Locks the subject until the end of this act, for data that has no row to lock; call it before
    reading. SQLite has one writer at a time anyway.
    """
    if not is_sqlite(session):
        session.execute(
            text("SELECT pg_advisory_xact_lock(:space, hashtext(:subject))"),
            {"space": _HELD, "subject": subject},
        )
