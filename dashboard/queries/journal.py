"""Reads the journal: who read names, exported, changed a right, a text or a reference. And edit
conflicts: a digest of the record that a form was opened with, and who last wrote that record.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import ColumnElement, Select, func, or_
from sqlmodel import Session, select

from dashboard.access import Reader, require
from models.clock import add_months
from models.facts import Fact
from models.ledger import Change
from models.people import Person
from models.scales import Word

PAGE = 50
EXPORTED = 100_000
OPERATOR = "Ligne de commande"
REPORTED = "rapport"  # the subject of the lines about milestone reports


class Sort(Word):
    """Nature d'une ligne du journal."""

    reading = "lectures", "Listes de noms lues"
    export = "exports", "Données emportées"
    right = "droits", "Comptes, rôles et mandats"
    other = "modifications", "Textes et références modifiés"

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subjects of `Change` that belong to this sort; empty for all the others."""
        return {
            Sort.reading: ("lecture",),
            Sort.export: ("export", "person", "sauvegarde"),
            Sort.right: ("account", "mandate", "jeton de lecture"),
            Sort.other: (),
        }[self]


# Lines about persons rather than the programme: they are deleted when their retention ends.
OF_PERSONS = tuple(subject for sort in Sort for subject in sort.subjects)


# The filters: `month` (its first day), `sort`, `words` in a name or in what was changed.
Filters = Mapping[str, object]


def journal_page(
    session: Session, reader: Reader, filters: Filters, page: int = 1, size: int = PAGE
) -> list[tuple[Change, str]]:
    """Page `page` (from 1) of the journal, newest first: each line and its author. Raises Refused
    without the right.
    """
    require(reader, "journal.read")
    rows = session.execute(
        _matching(**filters)
        .order_by(Change.on.desc(), Change.id.desc())
        .offset((page - 1) * size)
        .limit(size)
    ).all()
    return [(change, person.name if person else OPERATOR) for change, person in rows]


def journal_lines(session: Session, reader: Reader, filters: Filters) -> int:
    """The number of lines, counted up to ten thousand."""
    require(reader, "journal.read")
    found = _matching(**filters).with_only_columns(Change.id).limit(10_001).subquery()
    return session.execute(select(func.count()).select_from(found)).scalar_one()


def journal_months(session: Session, reader: Reader) -> list[date]:
    """The first days of the months from the newest line back to the oldest."""
    require(reader, "journal.read")
    # Two statements: each reads one end of the index; a single one would read all of it.
    first, last = (
        session.execute(select(end(Change.on))).scalar_one() for end in (func.min, func.max)
    )
    months = []
    month = first.replace(day=1) if first else None
    while month and month <= last:
        months.append(month)
        month = add_months(month, 1)
    return months[::-1]


def _matching(month: date | None = None, sort: Sort | None = None, words: str = "") -> Select:
    statement = select(Change, Person).outerjoin(Person, Person.id == Change.by)
    if month:
        end = add_months(month, 1)
        statement = statement.where(Change.on >= month, Change.on < end)
    if sort is Sort.other:
        statement = statement.where(Change.subject.not_in(OF_PERSONS))
    elif sort:
        statement = statement.where(Change.subject.in_(sort.subjects))
    for word in words.lower().split():
        looked_in = (Person.given_name, Person.family_name, Change.record, Change.field)
        statement = statement.where(
            or_(*(func.lower(column).contains(word, autoescape=True) for column in looked_in))
        )
    return statement


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
