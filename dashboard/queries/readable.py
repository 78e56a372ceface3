"""Readable records (lisibles): a list leaves out a record it cannot read, and counts it.

A manual change in the database, or a program that was interrupted, may leave a code that no
vocabulary knows. Lists then show the other records, the log names the unreadable one once, and
`check` reports it.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TypeVar

from sqlalchemy import ColumnElement, Row
from sqlmodel import Session, SQLModel, select

from models.broken_dates import NO_DATE
from models.facts import Fact, History

R = TypeVar("R")
T = TypeVar("T")
M = TypeVar("M", bound=SQLModel)


class Readable(list[R]):
    """The records that could be read, and how many could not."""

    def __init__(self, found: Iterable[R] = (), unread: int = 0):
        super().__init__(found)
        self.unread = unread

    def leave_out(self, name: str) -> None:
        """Counts a record as unreadable, and logs its name once."""
        self.unread += 1
        _log_unreadable(name)


def readable(rows: Iterable[T], read: Callable[[T], R], name: Callable[[T], str]) -> Readable[R]:
    """`read` applied to each row; a row with an unknown code (ValueError) or an impossible date is
    left out.
    """
    found = Readable[R]()
    for row in rows:
        try:
            if has_no_date(row):
                found.leave_out(name(row))
            else:
                found.append(read(row))
        except ValueError:
            found.leave_out(name(row))
    return found


def unbound(session: Session, table: type[M], *order: object) -> list[M]:
    """The records of a table, detached from the session: they may be kept in memory."""
    rows = session.execute(select(*table.__table__.columns).order_by(*order)).mappings()
    return [table(**row) for row in rows]


def has_no_date(row: object) -> bool:
    """Whether a date of this row (a record, or a tuple of values) is NO_DATE."""
    values = row if isinstance(row, Sequence) else vars(row).values()
    # By its value: restored from a backup it is a date like any other.
    return NO_DATE in values or any(
        has_no_date(value) for value in values if isinstance(value, SQLModel)
    )


# Each unreadable record is logged once per process, not at each run of a page.
@lru_cache(1000)
def _log_unreadable(name: str) -> None:
    logging.getLogger("c-possible").warning("a record cannot be read: %s; see check", name)


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
