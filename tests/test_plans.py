"""How the engines find what pages show: no statement behind a page walks through a whole table that
grows with use.
"""

import re
from collections.abc import Iterator
from datetime import date
from itertools import islice

import pytest
from sqlalchemy import Engine, event, text
from sqlmodel import SQLModel
from support.databases import telling_statements
from support.pages import enter, visit
from support.places import QUERIES, richest

from dashboard.queries.notices.records import to_remind
from dashboard.visit.screens import SCREENS
from models import database as house
from models.database import is_sqlite, reading

# What grows with use; references and registers of meetings and decisions are bounded.
GROWING = frozenset(
    {
        "idea",
        "idea_event",
        "contribution",
        "contribution_event",
        "subject_support",
        "subject_follow",
        "receipt",
        "source_key",
        "photo",
        "link",
        "outbox",
        "change",
        "attendance",
        "seat",
        "seat_event",
        "survey_answer",
        "evaluation",
        "job",
    }
)
# What a statement that walks begins with → why it may.
MAY_WALK = {
    "SELECT attendance.meeting_id, attendance.id,": "the register of all meetings, whole: it is"
    " read once and looked at as of any day (Reads.register)",
    'SELECT max(evaluation."on")': "evaluations are written by hand, a few for each session",
    "SELECT outbox.error, count(*)": "the mails that failed, for whoever looks after the system; a"
    " mail that failed is of no state of its own",
}
MONTH_END, WITHIN = "2023-06-30", "2023-06-14"
PAGES = [(screen, QUERIES.get(screen.url, "")) for screen in SCREENS]
# A part of the whole chart, and of the programme: other statements than of all of it. Each page has
# one of them, in turn.
PARTS = ("", "&direction=VC-JSP", "&ambition=citoyens")


@pytest.fixture
def looked_at(demo_copy, commands_on) -> Engine:
    """A copy of the demonstration that this process reads, as a server does."""
    commands_on(demo_copy)
    return house.engine()


@pytest.mark.slow
def test_no_page_walks_through_what_grows(looked_at):
    sent: dict[str, object] = {}

    def note(_connection, _cursor, statement: str, values: object, *_more: object) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            sent.setdefault(statement, values)

    is_file = looked_at.dialect.name == "sqlite"
    tabs = {login: enter(looked_at, login) for login in {richest(screen) for screen, _ in PAGES}}
    event.listen(looked_at, "before_cursor_execute", note)
    for nth, (screen, query) in enumerate(PAGES):
        # At a month end PostgreSQL is asked the same as SQLite.
        for on in (MONTH_END, WITHIN) if is_file else (WITHIN,):
            parts = PARTS[nth % len(PARTS) :: len(PARTS)] if on == WITHIN else PARTS[:1]
            for part in parts:
                visit(tabs[richest(screen)], screen.url, f"{query}&au={on}{part}")
    event.remove(looked_at, "before_cursor_execute", note)
    assert len(sent) > 200
    walked = {
        " ".join(statement.split()): sorted(tables)
        for statement, values in sent.items()
        if (tables := walks(looked_at, statement, values) & GROWING)
    }
    unnamed = {
        statement: tables
        for statement, tables in walked.items()
        if not any(statement.startswith(named) for named in MAY_WALK)
    }
    assert not unnamed, "\n".join(f"{tables}: {said}" for said, tables in unnamed.items())


def test_a_round_walks_along_the_promises_and_stops(sqlite_copy):
    """Hundreds of thousands may be overdue in a large town: they are not sorted at each round."""
    with telling_statements(sqlite_copy) as told, reading(sqlite_copy) as session:
        list(islice(to_remind(session, 4, date.min, date(2023, 6, 18), date(2023, 6, 30)), 3))
        list(islice(to_remind(session, 1, date(2023, 6, 18), date.max, date(2023, 6, 30)), 3))
    with sqlite_copy.connect() as connection:
        for statement in told:
            values = ("1",) * statement.count("?")
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            steps = " / ".join(row[-1] for row in plan)
            assert "ix_idea_waiting" in steps and "TEMP B-TREE" not in steps, steps


# --- plans ----------------------------------------------------------------------------------------


def walks(engine: Engine, statement: str, values: object) -> set[str]:
    """The tables that a statement reads from one end to the other."""
    with reading(engine) as session:
        connection = session.connection()
        if is_sqlite(session):
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            steps = [row[3] for row in rows]
            # A walk in the order wanted ends with the limit; one that is sorted afterwards does not.
            is_cut = " LIMIT " in statement and not any("TEMP B-TREE" in step for step in steps)
            if is_cut:
                return set()
            # SQLAlchemy numbers the second name of a table.
            return {
                re.sub(r"_\d+$", "", step.split()[1])
                for step in steps
                if step.startswith("SCAN ") and not _holds_a_part(step)
            }
        # The demonstration is small: read whole, a table is cheap there. Whether it need be, is asked.
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar_one()
        return set(_walked_by_postgresql(plan[0]["Plan"]))


def _walked_by_postgresql(node: dict, is_cut: bool = False) -> Iterator[str]:
    is_whole = node["Node Type"] == "Seq Scan" or (
        node["Node Type"] in ("Index Scan", "Index Only Scan")
        # Where the demonstration has a page of rows or none, every way to them costs the same.
        and node["Relation Name"] in ("idea", "idea_event")
        and "Index Cond" not in node
        and not _holds_a_part(node["Index Name"])
    )
    if is_whole and not is_cut:
        yield node["Relation Name"]
    # What is sorted or gathered is read to its end before the limit cuts it.
    cut = is_cut or node["Node Type"] == "Limit"
    cut = cut and not re.search("^Sort|Aggregate|Unique|Hash", node["Node Type"])
    for below in node.get("Plans", []):
        yield from _walked_by_postgresql(below, cut)


PARTIAL = {
    index.name
    for table in SQLModel.metadata.tables.values()
    for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None
}


def _holds_a_part(told: str) -> bool:
    """An index of what is in one state: it holds those alone."""
    return any(name in told.split() for name in PARTIAL)
