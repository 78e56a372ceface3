"""Reads the imported PST: files, each of its day, and ties as of any day."""

from collections.abc import Mapping
from datetime import date

from sqlmodel import Session, select

from models.facts import counting
from models.pst import PstStatement, PstTie


def statements(session: Session, on: date, known: date | None = None) -> list[PstStatement]:
    """The files in force on a day, oldest first; withdrawals are left out."""
    columns = (column for column in PstStatement.__table__.columns if column.name != "content")
    rows = session.execute(select(*columns)).all()
    return [row for row in counting(rows, on, known) if not row.voids]


def content_of(session: Session, statement: int) -> bytes:
    """The content of an imported file, unchanged."""
    return session.execute(
        select(PstStatement.content).where(PstStatement.id == statement)
    ).scalar_one()


def ties(session: Session, on: date, known: date | None = None) -> Mapping[str, PstTie]:
    """Key of an element → its tie in force on a day."""
    return {tie.element: tie for tie in counting(session.exec(select(PstTie)).all(), on, known)}
