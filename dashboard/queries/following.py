"""Reads who follows (suit) a subject and may still open it."""

from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.queries.directions import organisation
from dashboard.queries.discussions.subjects import SubjectAt, subject_at, subjects_at
from dashboard.queries.notices.records import reader_of_person
from models.discussions import Subject, SubjectFollow
from models.people import Person


def followers_of(
    session: Session, subject: Subject, key: str, on: date, *, is_shown: bool = False
) -> list[int]:
    """The followers of a subject who may still open it; `is_shown`: an idea that everybody may
    read.
    """
    persons = session.exec(
        select(Person)
        .join(SubjectFollow, SubjectFollow.person_id == Person.id)
        .where(
            SubjectFollow.subject == subject,
            SubjectFollow.key == key,
            Person.erased_on.is_(None),
        )
        .order_by(Person.id)
    ).all()
    if is_shown:
        return [person.id for person in persons]
    tree = organisation(session).at(on)
    readers = {person.id: reader_of_person(session, person, on) for person in persons}
    return [
        person_id
        for person_id, reader in readers.items()
        if reader is not None and subject_at(session, reader, tree, subject, key, on) is not None
    ]


def followed_by(session: Session, reader: Reader, on: date) -> list[SubjectAt]:
    """The subjects other than ideas that the reader follows and may still open, the last first."""
    if not reader.is_known:
        return []
    rows = session.exec(
        select(SubjectFollow)
        .where(SubjectFollow.person_id == reader.person_id, SubjectFollow.subject != Subject.idea)
        .order_by(SubjectFollow.on.desc(), SubjectFollow.subject, SubjectFollow.key)
    ).all()
    tree = organisation(session).at(on)
    ends = [(row.subject, row.key) for row in rows]
    found = subjects_at(session, reader, tree, ends, on)
    return [found[end] for end in ends if end in found]
