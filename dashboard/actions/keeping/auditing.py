"""The audit (journal des modifications): who changed what, before and after; one row of
`change`.
"""

from datetime import date

from sqlmodel import Session

from dashboard.access import Reader
from models.clock import today
from models.keeping import Change


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


def _text(value: object) -> str | None:
    return None if value is None else str(value)
