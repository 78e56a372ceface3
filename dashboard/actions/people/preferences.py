"""Preferences (préférences): what a reader chose and finds again the next time."""

from sqlmodel import Session

from dashboard.access import Reader, require
from models.preferences import Preference

DIRECTION = "direction"
# there once a person has set, changed or taken away her address: a file leaves it alone from then
# on
OWN_ADDRESS = "adresse"


def remember(session: Session, reader: Reader, name: str, value: str) -> None:
    """Keeps the reader's own choice."""
    require(reader, "page.everyone")
    session.merge(Preference(person_id=reader.person_id, name=name, value=value))


def forget(session: Session, reader: Reader, name: str) -> None:
    """The reader's own choice no longer holds."""
    require(reader, "page.everyone")
    stored = session.get(Preference, (reader.person_id, name))
    if stored:
        session.delete(stored)
        session.flush()
