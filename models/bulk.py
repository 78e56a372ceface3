"""Rows of one table written by the thousand, or by each act: SQLAlchemy takes as long to make the
parameters of one as SQLite takes to write it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from operator import itemgetter

from sqlalchemy import Date, Insert, Table, insert
from sqlalchemy.dialects import sqlite
from sqlmodel import Session

from models.database import is_sqlite


def insert_rows(session: Session, table: Table, rows: Sequence[Mapping]) -> None:
    """Rows of a table, each with the same columns, in the order in which they are given."""
    if rows:
        write_rows(session, _insertion(table), rows)


def write_rows(session: Session, statement: Insert, rows: Sequence[Mapping]) -> int:
    """How many rows a statement writes of these, each with the same columns and in the order in
    which they are given. The statement is one that is made once.
    """
    if not is_sqlite(session):
        return session.execute(statement, rows, execution_options=_COUNTED).rowcount
    session.flush()
    text, values_of = _of_sqlite(statement, tuple(rows[0]))
    values = [values_of(row) for row in rows]
    return session.connection().exec_driver_sql(text, values, execution_options=_COUNTED).rowcount


_COUNTED = {"preserve_rowcount": True}


@cache
def _insertion(table: Table) -> Insert:
    return insert(table)


@cache
def _of_sqlite(statement: Insert, names: tuple[str, ...]) -> tuple[str, Callable]:
    """The statement of SQLite's own driver, and what makes its parameters from a row. The driver
    takes everything as it is but a day.
    """
    table = statement.table
    left = {
        column.name: column.default.arg
        for column in table.columns
        if column.name not in names and column.default is not None
    }
    made = statement.compile(dialect=sqlite.dialect(), column_keys=[*names, *left])
    order = made.positiontup
    days = [place for place, name in enumerate(order) if isinstance(table.c[name].type, Date)]
    read = itemgetter(*(name for name in order if name not in left))
    more = [(place, left[name]) for place, name in enumerate(order) if name in left]

    def values_of(row: Mapping) -> tuple:
        values = list(read(row))
        for place, value in more:
            values.insert(place, value)
        for place in days:
            day: date | None = values[place]
            values[place] = day and day.isoformat()
        return tuple(values)

    return str(made), values_of
