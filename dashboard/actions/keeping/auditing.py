"""The audit (journal des modifications): who changed what, before and after; one row of
`change`.
"""

from datetime import date

from sqlalchemy import delete
from sqlmodel import Session

from dashboard.access import Reader
from dashboard.queries.keeping.journal import OF_PERSONS
from models.clock import add_months, today
from models.keeping import Change
from models.settings import settings


def note(
    session: Session,
    reader: Reader,
    day: date,
    subject: str,
    record: str,
    field: str,
    before: object,
    after: object,
) -> None:
    """One line of the journal; None before or after means that there was, or is, nothing."""
    session.add(
        Change(
            on=day,
            by=reader.person_id,
            subject=subject,
            record=record,
            field=field,
            before=_text(before),
            after=_text(after),
        )
    )


def note_reading(session: Session, reader: Reader, what: str) -> None:
    """Who read which list of names."""
    note(session, reader, today(session), "lecture", "liste nominative", "lue", None, what)


def note_export(session: Session, reader: Reader, what: str, details: str) -> None:
    """Who took which names away, and how many."""
    note(session, reader, today(session), "export", what, "emporté", None, details)


def forget_old(session: Session, day: date) -> int:
    """What the journal knows of persons goes after the months of the setting; texts and references
    keep their history. How many lines went.
    """
    if not settings().cp_journal_months:
        return 0
    before = add_months(day, -settings().cp_journal_months)
    gone = session.execute(delete(Change).where(Change.on < before, Change.subject.in_(OF_PERSONS)))
    return gone.rowcount


def _text(value: object) -> str | None:
    return None if value is None else str(value)
