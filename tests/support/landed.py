"""Databases as earlier steps left them: the rows of tests/landed in the tables of a state, or in
those of today.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, Engine, MetaData, Table, insert, text
from sqlmodel import Session

from models.database import changing_tables, engine_for, migrate, upgrade
from models.ledger import write_words
from models.schema import reflecting
from models.search import index_words
from tests.support.transactions import write_with

ROWS = Path(__file__).parents[1] / "landed"
# Table of ideas that a step has taken into another one.
TAKEN_IN = {
    "comment": "contribution",
    "support": "subject_support",
    "follow": "subject_follow",
}
RENAMED = {"idea_id": "key", "voice": "kind"}


def take(connection: Connection, state: str) -> None:
    """Brings an empty database to a state: a step, or a step as it stood after a commit."""
    step, _, commit = state.partition("_")
    if not commit:
        return upgrade(connection, step)
    upgrade(connection, "0005")
    names: dict[str, object] = {}
    exec(compile((ROWS / f"{state}.txt").read_text(encoding="utf-8"), state, "exec"), names)
    with Operations.context(MigrationContext.configure(connection)):
        names["upgrade"]()
    connection.execute(text("UPDATE alembic_version SET version_num = :step"), {"step": step})


def tables_of_rows() -> Iterator[tuple[str, list[str], list[list]]]:
    """Name, columns and rows of each table of the file, those that others point at first."""
    found: list[tuple[str, list[str], list[list]]] = []
    for line in (ROWS / "rows.jsonl").read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        if isinstance(told, dict):
            found.append((told["table"], told["columns"], []))
        else:
            found[-1][2].append(told)
    yield from found


# A table of the rows → the one that holds them today, what it calls otherwise, what it adds.
_ELEMENT = {"level": "action", "objective": "", "position": 0, "ladder": False, "by_count": False}
MOVED = {
    "milestone": (
        "plan",
        {},
        {"level": "jalon", "objective": "", "example": "", "by_count": False},
    ),
    "project": ("plan", {"code": "number", "name": "title"}, _ELEMENT),
    "rebaseline": ("plan_schedule", {"milestone_id": "plan_id"}, {}),
    "milestone_report": ("plan_report", {"milestone_id": "plan_id"}, {}),
    "registration": ("seat", {}, {}),
    "registration_event": ("seat_event", {"registration_id": "seat_id"}, {}),
}
_BEHIND_THE_MILESTONES = 1000


def fill(connection: Connection, known: dict[str, set[str]]) -> None:
    """The rows of the file, as far as the state knew their tables and columns."""
    tables = MetaData()
    tables.reflect(connection)
    for name, columns, rows in tables_of_rows():
        if name not in known:
            continue
        if name in TAKEN_IN and name not in tables.tables:
            fill_taken_in(connection, tables.tables[TAKEN_IN[name]], columns, rows)
            continue
        as_it_is = (name, {}, {})
        moved, names, added = as_it_is if name in tables.tables else MOVED.get(name, as_it_is)
        if moved not in tables.tables:
            continue  # what was summed, and skills and practices, are in no figure
        table = tables.tables[moved]
        if name == "idea_cohort" and "status" in table.c:
            continue  # it knew outcomes, not states
        kept = {column: names.get(column, column) for column in columns if column in known[name]}
        read = {
            column: (today, reader_of(table.c[today].type.python_type))
            for column, today in kept.items()
            if today in table.c
        }
        dicts = [dict(zip(columns, row, strict=True)) for row in rows]
        if (name, moved) == ("project", "plan"):
            dicts = [row | {"id": row["id"] + _BEHIND_THE_MILESTONES} for row in dicts]
        connection.execute(
            insert(table),
            [
                added | {today: reads(row[column]) for column, (today, reads) in read.items()}
                for row in dicts
            ],
        )


def fill_taken_in(connection: Connection, table: Table, columns: list[str], rows: list) -> None:
    """What was said of ideas, where it stands today."""
    names = [RENAMED.get(column, column) for column in columns]
    found = [dict(zip(names, row, strict=True)) | {"subject": "idee"} for row in rows]
    for row in found:
        row |= {"key": str(row["key"]), "on": date.fromisoformat(row["on"])}
        if row.get("kind") == "public":
            row["kind"] = "commentaire"
        if "hidden" in row:
            row["hidden"] = bool(row["hidden"])
    connection.execute(insert(table), found)


def reader_of(kind: type):
    if kind in (date, datetime):
        return lambda told: told and kind.fromisoformat(told)
    return (
        (lambda told: told if told is None else bool(told)) if kind is bool else (lambda told: told)
    )


def known_to(connection: Connection) -> dict[str, set[str]]:
    """Table → its columns, as they are in the database."""
    tables = MetaData()
    with reflecting():
        tables.reflect(connection)
    return {name: set(table.columns.keys()) for name, table in tables.tables.items()}


def write_search_words(session: Session) -> None:
    rows = session.execute(text("SELECT id, title, body FROM idea")).all()
    write_words(
        session,
        [{"id": id_, "words": index_words(title, body)} for id_, title, body in rows],
    )


def at_state(address: str, state: str) -> tuple[Engine, dict[str, set[str]]]:
    """A filled database of a state, and what that state knew."""
    target = engine_for(address)
    return target, bring_to(target, state)


def bring_to(target: Engine, state: str) -> dict[str, set[str]]:
    """The same in a database that holds nothing yet."""
    with changing_tables(target) as connection:
        take(connection, state)
        known = known_to(connection)
        fill(connection, known)
        if connection.dialect.name == "postgresql":
            number_on(connection)
    write_with(target, write_search_words)
    return known


def bring_to_today(target: Engine) -> None:
    """A small administration that has taken every step; `check` finds nothing in it."""
    bring_to(target, "0006")
    migrate(target)


def number_on(connection: Connection) -> None:
    """The next rows take numbers behind those that were given."""
    serials = (
        "SELECT table_name, pg_get_serial_sequence(table_name, 'id') FROM"
        " information_schema.columns WHERE table_schema = 'public' AND column_name = 'id'"
    )
    for table, sequence in connection.execute(text(serials)).all():
        last = sequence and connection.execute(text(f'SELECT max(id) FROM "{table}"')).scalar()
        if last is not None:
            connection.execute(
                text("SELECT setval(:name, :last)"), {"name": sequence, "last": last}
            )
