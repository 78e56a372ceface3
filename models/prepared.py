"""Statements that are made once (requêtes préparées) and asked past the mapper: it takes several
times as long as SQLite does to answer, and to put a statement together takes longer still.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import CursorResult, Executable
from sqlmodel import Session

Values = Mapping[str, object] | Sequence[Mapping[str, object]]


def ask(session: Session, statement: Executable, values: Values | None = None) -> CursorResult:
    """What a statement of columns answers in the open transaction, what waits in the session
    included. Its rows are columns: no record of the mapper is made.
    """
    session.flush()
    return session.connection().execute(statement, values)
