"""Preferences (préférences) of a reader, stored between visits."""

from datetime import date

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.queries.people.choices import last_visit, visits_today
from models.preferences import LAST_VISIT, Preference

DIRECTION = "direction"


def remember(session: Session, reader: Reader, name: str, value: str) -> None:
    """Stores the reader's choice."""
    require(reader, "page.everyone")
    session.merge(Preference(person_id=reader.person_id, name=name, value=value))


def forget(session: Session, reader: Reader, name: str) -> None:
    """Deletes the reader's choice."""
    require(reader, "page.everyone")
    stored = session.get(Preference, (reader.person_id, name))
    if stored:
        session.delete(stored)
        session.flush()


def note_visit(session: Session, reader: Reader, today: date) -> None:
    """Records today's visit, with the day of the previous one."""
    if visits_today(session, reader, today):
        return
    before = last_visit(session, reader, today)
    days = [day.isoformat() for day in (today, before) if day]
    remember(session, reader, LAST_VISIT, " ".join(days))
