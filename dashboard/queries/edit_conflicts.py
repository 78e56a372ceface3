"""Edit conflicts (marques de lecture): a digest of the record that a form was opened with, and who
last wrote that record.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import ColumnElement
from sqlmodel import Session, select

from models.facts import Fact
from models.ledger import Change
from models.people import Person


@dataclass(frozen=True, slots=True)
class LastWrite:
    """The last author (None: a file or the command line), and the day."""

    by: int | None = None
    on: date | None = None


def mark_of(values: Mapping[str, object]) -> str:
    """The digest of a record's values, which changes as soon as one of them does."""
    # None and an empty text are equal, as in a form field; a vocabulary word is its code.
    texts = [(name, "" if v is None else str(v)) for name, v in sorted(values.items())]
    return sha256(repr(texts).encode()).hexdigest()[:16]


def last_change(session: Session, subject: str, *records: object) -> LastWrite:
    """The last journal line about a record, under any of its names."""
    found = session.exec(
        select(Change)
        .where(Change.subject == subject, Change.record.in_([str(record) for record in records]))
        .order_by(Change.id.desc())
    ).first()
    return LastWrite(found.by, found.on) if found else LastWrite()


def last_recorded(session: Session, table: type[Fact], *of: ColumnElement[bool]) -> LastWrite:
    """The author of the last of these facts, including a fact that voids another."""
    last = session.exec(select(table).where(*of).order_by(table.id.desc())).first()
    return LastWrite(last.by, last.recorded_on) if last else LastWrite()


def named(session: Session, person_id: int | None) -> str:
    """« Carine Delvaux (Directrice) »; empty for an unknown person."""
    person = session.get(Person, person_id) if person_id else None
    if person is None:
        return ""
    return f"{person.name} ({person.function})" if person.function else person.name
