"""Rows that are added where none of their key is there yet (ajouts): how many were, by one
statement for all of them, which is made once.
"""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from models.bulk import write_rows

Insert = sqlite.Insert | postgresql.Insert


def added_of(session: Session, table: type[SQLModel], rows: Sequence[dict], *unique: str) -> int:
    """How many of these rows were added; those were not whose key, or whose `unique` columns,
    another row has. In the order of their keys, which are random or hashes: rows that one
    transaction adds do not lie as they came. Keys that the database gives leave them as they are.
    """
    keys = [column.name for column in table.__table__.primary_key]
    ordered = sorted(rows, key=lambda row: [row[key] for key in keys if key in row])
    adding = _adding(session.get_bind().dialect.name, table.__table__, unique)
    return write_rows(session, adding, ordered)


@cache
def _adding(dialect: str, table: Table, unique: tuple[str, ...]) -> Insert:
    insert = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    return insert.on_conflict_do_nothing(index_elements=unique or None)
