"""Bulk inserts (ajouts) into one table."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

Insert = sqlite.Insert | postgresql.Insert


def insert_rows(session: Session, table: type[SQLModel], rows: Sequence[dict]) -> None:
    """Adds rows to a table, all with the same columns."""
    if rows:
        session.execute(insert(table.__table__), rows)


def insert_new(session: Session, table: type[SQLModel], rows: Sequence[dict], *unique: str) -> int:
    """Adds rows, except those whose key or `unique` columns exist already; returns how many were
    added. Rows are sorted by key, which is random or a hash, so that the order in one transaction
    is not preserved; keys given by the database do not allow that.
    """
    keys = [column.name for column in table.__table__.primary_key]
    ordered = sorted(rows, key=lambda row: [row[key] for key in keys if key in row])
    adding = _adding(session.get_bind().dialect.name, table.__table__, unique)
    counted = {"preserve_rowcount": True}
    return session.execute(adding, ordered, execution_options=counted).rowcount


@cache
def _adding(dialect: str, table: Table, unique: tuple[str, ...]) -> Insert:
    adding = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    return adding.on_conflict_do_nothing(index_elements=unique or None)
