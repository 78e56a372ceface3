"""The facts of a table with their corrections, to be read as of any day."""

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
    """The facts of a table as rows, which may be kept in memory. A row that `check` cannot read
    (ValueError) is left out and counted.
    """

    def read(row: Row) -> Row:
        check(row)
        return row

    rows = session.execute(select(*table.__table__.columns).where(*conditions)).all()
    readable_rows = readable(rows, read, lambda row: f"{table.__tablename__} {row.id}")
    return History(table, readable_rows, readable_rows.unread)
