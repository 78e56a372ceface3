"""Preferences (préférences) of a reader, stored between visits."""

from sqlmodel import Session

from dashboard.access import Reader, require
from models.preferences import Preference

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
