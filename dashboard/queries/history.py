"""The facts of a table with all that became of them, to be looked at as of any day."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import ColumnElement, Row
from sqlmodel import Session, select

from dashboard.queries.readable import readable
from models.facts import Fact, History

F = TypeVar("F", bound=Fact)


def history(
    session: Session,
    table: type[F],
    *conditions: ColumnElement[bool],
    check: Callable[[Row], object] = lambda _row: None,
) -> History[F]:
    """The facts of a table as rows, which may be kept in memory. One that `check` cannot read (it
    raises ValueError) is left out and counted.
    """

    def read(row: Row) -> Row:
        check(row)
        return row

    rows = session.execute(select(*table.__table__.columns).where(*conditions)).all()
    found = readable(rows, read, lambda row: f"{table.__tablename__} {row.id}")
    return History(table, found, found.unread)
