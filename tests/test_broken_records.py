"""A broken record hides itself, not the screen: front page, ideas, cockpit, agenda and news show the
rest, and say in one quiet sentence that a record cannot be read.
"""

import logging
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text
from streamlit.testing.v1 import AppTest
from support.pages import arrive, forget, headers, html_of, visit

from dashboard.queries import readable
from models import database as house

pytestmark = pytest.mark.slow

NOTE = "lu : le reste est montré."
NEWEST = "(SELECT id FROM idea WHERE published ORDER BY id DESC LIMIT 1)"
OF_ALICE = (
    "(SELECT id FROM idea WHERE author_id = (SELECT person_id FROM account WHERE login = 'alice')"
    " LIMIT 1)"
)
LAST_MEETING = "(SELECT meeting_id FROM meeting_event ORDER BY day DESC LIMIT 1)"
DECIDED = "(SELECT min(id) FROM decision_event WHERE outcome IS NOT NULL)"
# What is written; who then reads which screens; « … » of those that say so.
DAMAGES: dict[str, tuple[str, str | None, tuple[str, ...]]] = {
    "a publication": ("UPDATE publication SET content = '{\"fig'", None, ("",)),
    "a publication of another shape": ("UPDATE publication SET content = '[1]'", None, ("",)),
    "a kind": (f"UPDATE idea SET kind = 'zzz' WHERE id = {NEWEST}", "didier", ("idees",)),
    "a state": (f"UPDATE idea SET status = 'zzz' WHERE id = {NEWEST}", "didier", ("idees",)),
    "a state of one's own entry": (
        f"UPDATE idea SET status = 'zzz' WHERE id = {OF_ALICE}",
        "alice",
        (),
    ),
    "a meeting": (
        f"UPDATE meeting SET kind = 'zzz' WHERE id = {LAST_MEETING}",
        "didier",
        ("", "agenda", "tableau-de-bord"),
    ),
    "a fact of a meeting": (
        f"UPDATE meeting_event SET what = 'zzz' WHERE meeting_id = {LAST_MEETING}",
        "didier",
        ("", "agenda", "tableau-de-bord"),
    ),
    "a body": ("UPDATE decision SET instance = 'zzz' WHERE id = 1", "didier", ("tableau-de-bord",)),
    "a decision": (
        f"UPDATE decision_event SET outcome = 'zzz' WHERE id = {DECIDED}",
        "didier",
        ("tableau-de-bord",),
    ),
    "a report": (
        "UPDATE plan_report SET state = 'zzz' WHERE id = 1",
        "didier",
        ("", "tableau-de-bord"),
    ),
    "a status": (
        'INSERT INTO override(subject, status, until, "on", recorded_on) VALUES'
        " ('jalon:1.1', 'zzz', '2024-01-01', '2023-06-01', '2023-06-01')",
        "didier",
        ("", "tableau-de-bord"),
    ),
    "a day of an entry": (
        f"UPDATE idea SET filed_on = 'hier' WHERE id = {NEWEST}",
        "didier",
        ("idees",),
    ),
    "a promised day": (
        f"UPDATE idea SET due_on = '2023-13-45' WHERE id = {NEWEST}",
        "didier",
        ("idees",),
    ),
    "a day of a report": (
        "UPDATE plan_report SET \"on\" = '2023-02-30' WHERE id = 1",
        "didier",
        ("", "tableau-de-bord"),
    ),
    "a forecast": (
        "UPDATE plan_report SET forecast_end = 'bientôt' WHERE id = 1",
        "didier",
        ("", "tableau-de-bord"),
    ),
    "a due date": (
        "UPDATE plan_schedule SET \"end\" = 'fin 2023' WHERE id = 1",
        "didier",
        ("", "tableau-de-bord"),
    ),
    "a day of a meeting": (
        f"UPDATE meeting_event SET day = 'lundi' WHERE meeting_id = {LAST_MEETING}",
        "didier",
        ("", "agenda", "tableau-de-bord"),
    ),
    "a day of a decision": (
        f"UPDATE decision_event SET \"on\" = '' WHERE id = {DECIDED}",
        "didier",
        ("tableau-de-bord",),
    ),
    "a day of a target": ("UPDATE target SET for_date = 'fin 2023' WHERE id = 1", "didier", ()),
    "a day of a relevé": ("UPDATE measure SET \"on\" = 'été' WHERE id = 1", "didier", ()),
    "a day of a post": ("UPDATE post SET \"on\" = 'hier' WHERE id = 1", "didier", ()),
    "a day of a session": (
        "UPDATE training_session SET \"on\" = 'mardi' WHERE id = 1",
        "didier",
        (),
    ),
    "a day of a headcount": ("UPDATE headcount SET \"on\" = 'mardi' WHERE id = 1", "didier", ()),
    "a day of a place in the chart": (
        "UPDATE direction_place SET \"on\" = 'mardi' WHERE id = 1",
        "didier",
        (),
    ),
    "an entry without its author": (
        f"UPDATE idea SET author_id = 999999, relay_id = 999999 WHERE id = {NEWEST}",
        "didier",
        (),
    ),
    "an entry without its ambition": (
        f"UPDATE idea SET ambition_id = 99, concerns_id = 9999 WHERE id = {NEWEST}",
        "didier",
        (),
    ),
    "an entry without facts": (f"DELETE FROM idea_event WHERE idea_id = {NEWEST}", "didier", ()),
    "a merge into itself": (f"UPDATE idea SET merged_into = id WHERE id = {NEWEST}", "didier", ()),
    "a meeting that is gone": (f"DELETE FROM meeting WHERE id = {LAST_MEETING}", "didier", ()),
    "a milestone without a calendar": (
        "DELETE FROM plan_schedule WHERE plan_id = 1",
        "didier",
        (),
    ),
    "a unit under itself": (
        "UPDATE direction_place SET parent_id = direction_id WHERE direction_id = (SELECT id FROM"
        " direction WHERE code = 'DF-TAX')",
        "didier",
        (),
    ),
    "a post of nobody": ("UPDATE post SET by = 999999", None, ()),
}
SCREENS = ("", "idees", "tableau-de-bord", "agenda", "actualites")


@pytest.fixture
def broken(open_copy, monkeypatch) -> Iterator[Callable[[str], Engine]]:
    """(statement) → a demonstration on which it was run by a hand that knows no link."""
    engine, end = open_copy("sqlite", "demo")

    def run(statement: str) -> Engine:
        with engine.connect() as connection:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
            with connection.begin():
                connection.execute(text(statement.replace(":", "\\:")))
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")
        return engine

    monkeypatch.setenv("DATABASE_URL", str(engine.url))
    forget()
    readable._log_unreadable.cache_clear()
    yield run
    house.engine().dispose()
    monkeypatch.undo()
    forget()
    end()


def said(tab: AppTest) -> str:
    return " ".join(html_of(tab)).replace("\N{NO-BREAK SPACE}", " ").replace("\u202f", " ")


def asked(name: str) -> list[str]:
    """One of the screens that show what was damaged, or of all, in turn."""
    _, login, noted = DAMAGES[name]
    if not login:
        return [""]
    shown = noted or SCREENS
    return [shown[list(DAMAGES).index(name) % len(shown)]]


@pytest.mark.parametrize("name", DAMAGES)
def test_one_broken_record_takes_no_screen_down(broken, caplog, name):
    statement, login, noted = DAMAGES[name]
    engine, tab = broken(statement), None
    with caplog.at_level(logging.WARNING, "c-possible"):
        for url in asked(name):
            tab = visit(tab, url) if tab else arrive(engine, login, url)
            assert not tab.exception, f"{url}: {tab.exception[0].message}"
            assert headers(tab) == 1
            assert (NOTE in said(tab)) == (url in noted), url
    told = [record.message for record in caplog.records if "cannot be read" in record.message]
    assert len(told) == len(set(told)) and bool(told) == bool(noted)


@pytest.mark.parametrize("column", ["kind", "status", "channel"])
def test_the_page_of_an_entry_that_cannot_be_read_says_so(broken, column):
    engine = broken(f"UPDATE idea SET {column} = 'zzz' WHERE id = {NEWEST}")
    with engine.connect() as connection:
        number = connection.execute(text(f"SELECT number FROM idea WHERE id = {NEWEST}")).scalar()
    tab = arrive(engine, "didier", "idees", f"idee={number}")
    assert not tab.exception
    assert "Idée introuvable" in said(tab)


def test_a_question_that_cannot_be_read_leaves_the_others(broken):
    engine = broken("UPDATE question SET choices = 'oui, non' WHERE code = 'Q3'")
    with house.reading() as session:
        survey = session.execute(text("SELECT min(id) FROM survey")).scalar()
    tab = arrive(engine, "didier", "concertation", f"enquete={survey}")
    assert not tab.exception and NOTE in said(tab)


def test_a_draft_that_cannot_be_read_is_no_draft(broken):
    engine = broken(
        "INSERT INTO draft(person_id, form, content, \"on\") SELECT person_id, 'idee', '{',"
        " '2023-06-01' FROM account WHERE login = 'alice'"
    )
    for url in ("deposer", "mon-espace"):
        assert not arrive(engine, "alice", url).exception


def test_a_step_that_cannot_be_read_leaves_the_others(broken):
    engine = broken(f"UPDATE idea_event SET what = 'zzz' WHERE seq = 1 AND idea_id = {NEWEST}")
    with engine.connect() as connection:
        number = connection.execute(text(f"SELECT number FROM idea WHERE id = {NEWEST}")).scalar()
    tab = arrive(engine, "didier", "idees", f"idee={number}")
    assert not tab.exception and NOTE in said(tab)
