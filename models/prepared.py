"""Statements that are made once (requêtes préparées) and asked past the mapper: it takes several
times as long as SQLite does to answer, and to put a statement together takes longer still.
"""

import json
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ARRAY, ColumnElement, CursorResult, Executable, any_, func, literal, select
from sqlmodel import Session

Values = Mapping[str, object] | Sequence[Mapping[str, object]]


def ask(session: Session, statement: Executable, values: Values | None = None) -> CursorResult:
    """What a statement of columns answers in the open transaction, what waits in the session
    included. Its rows are columns: no record of the mapper is made.
    """
    return session.execute(statement, values)


def is_among(
    session: Session, column: ColumnElement, values: Collection[int] | Collection[str]
) -> ColumnElement[bool]:
    """Whether a column is one of thousands of values, which are sent as one: a list of them takes
    ten times as long to put together as the database takes to look them up.
    """
    given = list(values)
    if session.get_bind().dialect.name != "sqlite":
        return column == any_(literal(given, ARRAY(column.type)))
    each = func.json_each(json.dumps(given)).table_valued("value")
    return column.in_(select(each.c.value))
