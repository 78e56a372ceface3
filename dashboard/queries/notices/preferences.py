"""A person's notice settings (avis): frequency, address, and the address to confirm."""

from datetime import date

from sqlalchemy import ColumnElement, and_, func
from sqlmodel import Session

from dashboard.access import Reader
from models.clock import today
from models.notices import Rhythm
from models.people import Person
from models.preferences import Preference

# Stored as a preference: the last day and the address.
TO_CONFIRM = "adresse-a-confirmer"
RHYTHM = "courriels"  # the name of the preference


def rhythm_of_person() -> ColumnElement[bool]:
    return and_(Preference.person_id == Person.id, Preference.name == RHYTHM)


def wants_mail() -> ColumnElement[bool]:
    return func.coalesce(Preference.value, "") != Rhythm.never


def rhythm_of(session: Session, person_id: int) -> Rhythm:
    """How often this person gets mail; at once by default."""
    stored = session.get(Preference, (person_id, RHYTHM))
    return Rhythm(stored.value) if stored and stored.value in list(Rhythm) else Rhythm.at_once


def address_of(session: Session, reader: Reader) -> str:
    """The reader's own address; empty if none is known."""
    person = session.get(Person, reader.person_id)
    return person.email if person else ""


def address_to_confirm(session: Session, person_id: int) -> tuple[str, date | None]:
    """The address that a person still has to confirm by opening the mail sent there, and the last
    day for it; empty once that day is past.
    """
    stored = session.get(Preference, (person_id, TO_CONFIRM))
    if stored is None:
        return "", None
    until, address = stored.value.split(" ", 1)
    last = date.fromisoformat(until)
    return (address, last) if today(session) <= last else ("", None)
