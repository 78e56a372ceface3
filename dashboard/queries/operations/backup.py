"""Reading for a backup (sauvegarde): every table but those that hold live secrets,
as they stood at one moment.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

from sqlalchemy import Column, Connection, Engine, MetaData, Row, Table, TypeDecorator, func, select
from sqlmodel import SQLModel

from models.installation import Installation
from models.schema import SEARCH, reflecting
from models.short_lived import ShortLived
from models.steps import known_steps, revision

# Form tokens, results that wait: of no use to another day, and secret today. Sign-ins, tickets and
# tries are in the short-lived store. How tasks ended is true of one machine.
LEFT_OUT = ("form_token", "job", "heartbeat", "last_backup", "rehearsal")
_WHY = (
    "connexions, tickets, tentatives, jetons de formulaire et travaux en attente : secrets vivants,"
    " inutiles ensuite ; signes de vie des tâches : ceux de cette machine"
)
_CHUNK = 2000


@contextmanager
def snapshot(on: Engine) -> Iterator[Connection]:
    """A connection that sees one moment of the database, however much is written meanwhile."""
    with on.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        # SQLite in WAL mode: the first read fixes the moment.
        with connection.begin():
            yield connection


def about(connection: Connection, now: datetime) -> dict:
    """What the manifest says of the database: step, engine, whether it is a
    demonstration, what is left out.
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
    """The tables of a backup, those that others point at first."""
    return [table for table in SQLModel.metadata.sorted_tables if table.name not in LEFT_OUT]


def tables_as_they_stand(connection: Connection) -> list[Table]:
    """The same of a database that has not taken every step yet, as it is before an
    upgrade: its tables are read from it, since the models know the newest step
    alone.
    """
    if revision(connection) == known_steps()[0]:
        return stored_tables()
    found = MetaData()
    with reflecting():
        found.reflect(connection)
    # What stands in the short-lived store today stood among them once.
    secret = {table.name for table in ShortLived.metadata.sorted_tables}
    without = {*LEFT_OUT, *secret, "alembic_version"}
    return [
        table
        for table in found.sorted_tables
        if table.name not in without and not table.name.startswith(SEARCH)
    ]


def count_rows(connection: Connection) -> int:
    """How many rows the kept tables hold, all together."""
    return sum(
        connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in tables_as_they_stand(connection)
    )


def all_rows(connection: Connection) -> Iterator[tuple[str, dict[str, str], Iterable[Row]]]:
    """Each kept table: name, columns with their kinds, rows read as they are asked
    for.

    In the order of their keys: the order in which PostgreSQL keeps rows is that of
    their filing, and would date an anonymous entry.
    """
    for table in tables_as_they_stand(connection):
        statement = select(*table.columns).order_by(*table.primary_key)
        rows = connection.execute(
            statement, execution_options={"stream_results": True, "yield_per": _CHUNK}
        )
        yield table.name, {column.name: _kind(column) for column in table.columns}, rows


def _kind(column: Column) -> str:
    """The kind of a column in the file, whatever the engine."""
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
