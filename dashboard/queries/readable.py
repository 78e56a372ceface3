"""Records that can be read (lisibles): a list leaves out the one that cannot be, and
counts it.

A hand in the database, or a program that was cut, may leave a word that no
vocabulary knows. Whoever lists records then shows the others; the log tells of the
one, once; `check` names it.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TypeVar

from sqlmodel import Session, SQLModel, select

from models.broken_dates import NO_DATE

R = TypeVar("R")
T = TypeVar("T")
M = TypeVar("M", bound=SQLModel)


class Readable(list[R]):
    """What could be read, and how many records could not."""

    def __init__(self, found: Iterable[R] = (), unread: int = 0):
        super().__init__(found)
        self.unread = unread

    def leave_out(self, name: str) -> None:
        """This record cannot be read."""
        self.unread += 1
        _tell(name)


def readable(rows: Iterable[T], read: Callable[[T], R], name: Callable[[T], str]) -> Readable[R]:
    """What `read` makes of each row; one of which it makes nothing (ValueError: a
    word of no vocabulary), or with a date that is none, is left out.
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
    """The records of a table, bound to no session: they may be kept in memory."""
    rows = session.execute(select(*table.__table__.columns).order_by(*order)).mappings()
    return [table(**row) for row in rows]


def has_no_date(row: object) -> bool:
    """Whether a date of this row (a record, or several values beside each other) is none."""
    values = row if isinstance(row, Sequence) else vars(row).values()
    # By its value: out of a backup it comes back as a date like any other.
    if NO_DATE in values:
        return True
    return any(has_no_date(value) for value in values if isinstance(value, SQLModel))


# As many as a process will ever meet: the log is told once of each, not at each run of a page.
@lru_cache(1000)
def _tell(name: str) -> None:
    logging.getLogger("c-possible").warning("a record cannot be read: %s; see check", name)
