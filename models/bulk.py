"""Rows of one table written by the thousand: SQLAlchemy takes as long to make the parameters of one
as SQLite takes to write it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from operator import itemgetter

from sqlalchemy import Date, Table, insert
from sqlalchemy.dialects import sqlite
from sqlmodel import Session

from models.database import is_sqlite


def insert_rows(session: Session, table: Table, rows: Sequence[Mapping]) -> None:
    """Rows of a table, each with the same columns, in the order in which they are given."""
    if not rows:
        return
    if not is_sqlite(session):
        session.execute(insert(table), rows)
        return
    statement, values_of = _of_sqlite(table, tuple(rows[0]))
    session.connection().exec_driver_sql(statement, [values_of(row) for row in rows])


@cache
def _of_sqlite(table: Table, names: tuple[str, ...]) -> tuple[str, Callable[[Mapping], Sequence]]:
    """The statement of SQLite's own driver, and what makes its parameters from a row. The driver
    takes everything as it is but a day.
    """
    left = {
        column.name: column.default.arg
        for column in table.columns
        if column.name not in names and column.default is not None
    }
    quoted = sqlite.dialect().identifier_preparer
    columns = ", ".join(quoted.quote(name) for name in (*names, *left))
    marks = ", ".join("?" * (len(names) + len(left)))
    days = [place for place, name in enumerate(names) if isinstance(table.c[name].type, Date)]
    read, more = itemgetter(*names), tuple(left.values())

    def values_of(row: Mapping) -> Sequence:
        values = [*read(row), *more]
        for place in days:
            day: date | None = values[place]
            values[place] = day and day.isoformat()
        return tuple(values)

    return f"INSERT INTO {quoted.quote(table.name)} ({columns}) VALUES ({marks})", values_of
