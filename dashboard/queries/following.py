"""Reading who follows (suit) a milestone, a proposition, a decision or a training,
and may still open it. Followers of an idea are in `notices.recipients`.
"""

from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.queries.discussions.subjects import SubjectAt, subject_at
from dashboard.queries.notices.records import reader_of_person
from models.discussions import Subject, SubjectFollow
from models.people import Person


def followers_of(session: Session, subject: Subject, key: str, on: date) -> list[int]:
    """Those who follow a subject and may still open it."""
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
    return [person.id for person in persons if _opens(session, person, subject, key, on)]


def _opens(session: Session, person: Person, subject: Subject, key: str, on: date) -> bool:
    reader = reader_of_person(session, person, on)
    return reader is not None and subject_at(session, reader, subject, key, on) is not None


def followed_by(session: Session, reader: Reader, on: date) -> list[SubjectAt]:
    """What the reader follows and may still open, the last first."""
    if not reader.is_known:
        return []
    rows = session.exec(
        select(SubjectFollow)
        .where(SubjectFollow.person_id == reader.person_id)
        .order_by(SubjectFollow.on.desc(), SubjectFollow.subject, SubjectFollow.key)
    ).all()
    found = (subject_at(session, reader, Subject(row.subject), row.key, on) for row in rows)
    return [at for at in found if at is not None]
