"""One act in a transaction of its own, one question in a session of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import Engine, Executable, Select, select
from sqlmodel import SQLModel

from dashboard.queries.operations.backup import stored_tables
from models.database import reading, writing
from models.texts import Invalid, Refused

T = TypeVar("T")


def write_with(engine: Engine, act: Callable[..., T], *given: object, **more: object) -> T:
    """What an act gives, committed."""
    with writing(engine) as session:
        return act(session, *given, **more)


def read_with(engine: Engine, query: Callable[..., T], *given: object, **more: object) -> T:
    """What a query gives, read in a session that is closed again."""
    with reading(engine) as session:
        return query(session, *given, **more)


def select_all(engine: Engine, statement: Select) -> list:
    """What a statement finds."""
    with reading(engine) as session:
        return list(session.exec(statement).all())


def select_one(engine: Engine, statement: Select) -> Any:
    """The one thing that a statement finds."""
    with reading(engine) as session:
        return session.exec(statement).one()


def execute(engine: Engine, statement: Executable, values: dict | None = None) -> None:
    """What a hand in the database would write."""
    with writing(engine) as session:
        session.execute(statement, values)


def add_rows(engine: Engine, *records: SQLModel) -> None:
    with writing(engine) as session:
        session.add_all(records)


def errors_of(act: Callable[..., object], *given: object, **more: object) -> dict[str, str]:
    """Field → what is wrong with it, as the act that refuses says it."""
    return refuses(act, *given, error=Invalid, **more).errors


def refuses(
    act: Callable[..., object],
    *given: object,
    match: str | None = None,
    error: type[Exception] = Refused,
    **more: object,
) -> Exception:
    """Why the act is refused."""
    with pytest.raises(error, match=match) as caught:
        act(*given, **more)
    return caught.value


def refusal(
    engine: Engine, act: Callable[..., object], *given: object, **more: object
) -> Exception:
    """Why the act is refused, in a transaction of its own, of which nothing is kept."""
    return refuses(write_with, engine, act, *given, **more)


def contents(engine: Engine, *without: str) -> dict[str, list[tuple]]:
    """Table → its rows in the order of their keys."""
    with engine.connect() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))
            ]
            for table in stored_tables()
            if table.name not in without
        }


def bytes_of(engine: Engine) -> bytes:
    """All that the files of a database on SQLite hold, its log and its short-lived store too."""
    path = Path(engine.url.database)
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.stem}*"))
