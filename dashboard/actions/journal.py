"""The audit (journal des modifications): who changed what, before and after; one row of
`change`.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import delete
from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.operations.short_acts import ShortAct, in_batches
from dashboard.queries.journal import OF_PERSONS
from models.clock import add_months, today
from models.journal import Change
from models.settings import settings

# Lines deleted per round; the rest follows in the next one.
_MOST_A_ROUND = 10_000


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
    """Adds one line; None before or after means no value."""
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
    """Records who read which list of names."""
    note(session, reader, today(session), "lecture", "liste nominative", "lue", None, what)


def note_export(session: Session, reader: Reader, what: str, details: str) -> None:
    """Records who exported which names, and how many."""
    note(session, reader, today(session), "export", what, "emporté", None, details)


def forget_old(session: Session, day: date) -> Iterable[ShortAct]:
    """Deletes lines about persons after the retention setting; texts and references retain their
    history. A task of the round.
    """
    if not settings().cp_journal_months:
        return ()
    before = add_months(day, -settings().cp_journal_months)
    old = select(Change.id).where(Change.on < before, Change.subject.in_(OF_PERSONS))
    return in_batches(session.exec(old.limit(_MOST_A_ROUND)).all(), _forget)


def _forget(session: Session, batch: Sequence[int]) -> int:
    return session.execute(delete(Change).where(Change.id.in_(batch))).rowcount


def _text(value: object) -> str | None:
    return None if value is None else str(value)
