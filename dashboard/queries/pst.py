"""Reading what was brought in of the PST: files, each of its day, and ties as of any day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from models.facts import counting
from models.pst import PstStatement, PstTie


@dataclass(frozen=True, slots=True)
class Statement:
    """One file of the PST, without what it holds."""

    id: int
    on: date
    recorded_on: date
    voids: int | None
    by: int | None
    name: str
    digest: str


def statements(session: Session, on: date, known: date | None = None) -> list[Statement]:
    """The files that count on a day, oldest first; what only withdraws one is none."""
    names = list(Statement.__dataclass_fields__)
    rows = session.execute(select(*(getattr(PstStatement, name) for name in names))).all()
    return [one for one in counting((Statement(*row) for row in rows), on, known) if not one.voids]


def content_of(session: Session, statement: int) -> bytes:
    """The file as it came."""
    return session.execute(
        select(PstStatement.content).where(PstStatement.id == statement)
    ).scalar_one()


def ties(session: Session, on: date, known: date | None = None) -> Mapping[str, PstTie]:
    """Key of an element → its tie in force on a day."""
    return {tie.element: tie for tie in counting(session.exec(select(PstTie)).all(), on, known)}
