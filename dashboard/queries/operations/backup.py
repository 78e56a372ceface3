"""Reads for a backup (sauvegarde): every table except those with live secrets, at one moment."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

from sqlalchemy import Column, Connection, Engine, MetaData, Row, Table, TypeDecorator, func, select
from sqlmodel import SQLModel

from models.installation import Installation
from models.schema import SEARCH, known_steps, reflecting, revision
from models.short_lived import ShortLived

# Form tokens and pending results are secrets, and useless later. Sign-ins, tickets and tries are in
# the short-lived store. The states of tasks belong to one machine, and were in three tables.
LEFT_OUT = ("form_token", "job", "heartbeat")
_WHY = (
    "connexions, tickets, tentatives, jetons de formulaire et travaux en attente : secrets vivants,"
    " inutiles ensuite ; signes de vie des tâches : ceux de cette machine"
)
_CHUNK = 2000


@contextmanager
def snapshot(on: Engine) -> Iterator[Connection]:
    """A connection with a consistent snapshot of the database during concurrent writes."""
    with on.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        # SQLite in WAL mode: the first read fixes the moment.
        with connection.begin():
            yield connection


def about(connection: Connection, now: datetime) -> dict:
    """The manifest's data about the database: step, engine, whether it is a demonstration, and what
    is left out.
    """
    table = Installation.__table__
    demonstration = connection.execute(select(table.c.demonstration)).scalar() or False
    return {
        "made_at": now.isoformat(),
        "revision": revision(connection),
        "engine": connection.dialect.name,
        "demonstration": demonstration,
        "left_out": {"tables": list(LEFT_OUT), "why": _WHY},
    }


def stored_tables() -> list[Table]:
    """The tables of a backup, in the order of their foreign keys."""
    return [table for table in SQLModel.metadata.sorted_tables if table.name not in LEFT_OUT]


def tables_as_they_stand(connection: Connection) -> list[Table]:
    """The tables of a backup of a database before its upgrade: they are read from the database,
    since the models only know the newest step.
    """
    if revision(connection) == known_steps()[0]:
        return stored_tables()
    found = MetaData()
    with reflecting():
        found.reflect(connection)
    # Tables of the short-lived store were in the main database before.
    secret = {table.name for table in ShortLived.metadata.sorted_tables}
    without = {*LEFT_OUT, *secret, "alembic_version"}
    return [
        table
        for table in found.sorted_tables
        if table.name not in without and not table.name.startswith(SEARCH)
    ]


def count_rows(connection: Connection) -> int:
    """The total number of rows of a backup."""
    return sum(
        connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in tables_as_they_stand(connection)
    )


def all_rows(connection: Connection) -> Iterator[tuple[str, dict[str, str], Iterable[Row]]]:
    """Each table of a backup: name, columns with their kinds, and a stream of rows.

    In the order of their keys: PostgreSQL's own order is that of filing, and would date an
    anonymous entry.
    """
    for table in tables_as_they_stand(connection):
        statement = select(*table.columns).order_by(*table.primary_key)
        rows = connection.execute(
            statement, execution_options={"stream_results": True, "yield_per": _CHUNK}
        )
        yield table.name, {column.name: _kind(column) for column in table.columns}, rows


def _kind(column: Column) -> str:
    """The kind of a column in the file, on either engine."""
    stored = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    return {
        bool: "bool",
        int: "int",
        float: "float",
        str: "str",
        bytes: "bytes",
        date: "date",
        datetime: "datetime",
    }[stored.python_type]
