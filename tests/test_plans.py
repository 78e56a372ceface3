"""How the engines find what pages show: no statement behind a page walks through a whole table that
grows with use.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event, text
from support.pages import enter, forget, visit
from support.places import QUERIES, richest

from dashboard.visit.navigation import SCREENS
from models import database as house
from models.database import is_sqlite, reading

# What grows with use; roll-ups, references and registers of meetings and decisions are bounded.
GROWING = frozenset(
    {
        "idea",
        "idea_event",
        "comment",
        "support",
        "follow",
        "receipt",
        "moderation",
        "source_key",
        "notice",
        "change",
    }
)
MONTH_END, WITHIN = "2023-06-30", "2023-06-14"
PAGES = {screen.url: (screen, QUERIES.get(screen.url, "")) for screen in SCREENS}


@pytest.fixture
def looked_at(demo_copy, monkeypatch) -> Iterator[Engine]:
    """A copy of the demonstration that this process reads, as a server does."""
    monkeypatch.setenv("DATABASE_URL", demo_copy.url.render_as_string(hide_password=False))
    forget()
    yield house.engine()
    house.engine().dispose()
    forget()


def test_no_page_walks_through_what_grows(looked_at):
    sent: dict[str, object] = {}

    def note(_connection, _cursor, statement: str, values: object, *_more: object) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            sent.setdefault(statement, values)

    tabs = {login: enter(looked_at, login) for login in {richest(s) for s, _ in PAGES.values()}}
    event.listen(looked_at, "before_cursor_execute", note)
    for screen, query in PAGES.values():
        for on in (MONTH_END, WITHIN):
            visit(tabs[richest(screen)], screen.url, f"{query}&au={on}")
    event.remove(looked_at, "before_cursor_execute", note)
    assert len(sent) > 200
    walked = {
        statement: tables
        for statement, values in sent.items()
        if (tables := sorted(walks(looked_at, statement, values) & GROWING))
    }
    assert not walked, "\n".join(f"{tables}: {' '.join(s.split())}" for s, tables in walked.items())


def walks(engine: Engine, statement: str, values: object) -> set[str]:
    """The tables that a statement reads from one end to the other."""
    with reading(engine) as session:
        connection = session.connection()
        if is_sqlite(session):
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            return _walked_by_sqlite(statement, [row[3] for row in rows])
        # The demonstration is small: read whole, a table is cheap there. Whether it need be, is asked.
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar_one()
        return set(_walked_by_postgresql(plan[0]["Plan"]))


def _walked_by_sqlite(statement: str, steps: list[str]) -> set[str]:
    # A walk in the order wanted ends with the limit; one that is sorted afterwards does not.
    is_cut = " LIMIT " in statement and not any("TEMP B-TREE" in step for step in steps)
    scanned = {step.split()[1] for step in steps if step.startswith("SCAN ")}
    return set() if is_cut else scanned


def _walked_by_postgresql(node: dict) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for below in node.get("Plans", []):
        yield from _walked_by_postgresql(below)
