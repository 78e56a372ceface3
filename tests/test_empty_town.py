"""A town on its first day; A broken record hides itself, not the screen."""

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session
from streamlit.testing.v1 import AppTest
from support.commands import run_command
from support.pages import arrive, enter, forget, headers, html_of, visit
from support.served import Served

from dashboard.access import OPERATOR, Reader
from dashboard.actions.communities import JoinInput, join_community
from dashboard.actions.operations import jobs
from dashboard.actions.people.accounts import add_account
from dashboard.asgi import FILES_OF_SCOPES
from dashboard.commands.jobs import MAKERS
from dashboard.figures import REGISTRY
from dashboard.light.public import GUIDE, PAGES
from dashboard.queries import readable
from dashboard.queries.people.readers import account_by_login, reader_of
from dashboard.ui.downloads import NOW
from dashboard.visit.screens import SCREENS, Screen
from models import clock, database as house
from models.communities import Community
from models.database import reading, writing
from models.directions import Direction, DirectionPlace, UnitKind
from models.jobs import JOBS, Job, JobState
from models.people import Assignment, Mandate
from models.settings import CONFIG

# ── A town on its first day ───────────────────────────────────────────────────────────────────────
# What `init` writes, then its first unit too. Every screen, light page, file, job and round works
# there, for every role.

pytestmark = pytest.mark.slow

STORED = {
    "alice": [],
    "didier": ["animateur"],
    "elise": ["codir"],
    "farid": ["admin"],
    "gaelle": ["codir", "secretaire", "animateur", "admin"],
}
IN_UNITS = ["bruno", "carine", "dominique"]  # ambassador, manager, head of the administration
QUERIES = {
    "pourquoi": ["chiffre=reponse.tenue"],
    "extrait": ["chiffre=avancement", "graphique=avancement"],
    "ambitions": ["", "ambition=bien-etre"],
    "projet": ["", "projet=SNB"],
    "programme": ["", "jalon=1.1"],
}
# The history of the demonstration, which no other town reads; an empty list counts nothing.
ELSEWHERE = re.compile(
    r"\b202[123]\b|cinq ambitions|quatre activités|24 directions|groupes d.agents|0 rencontre|d.Alice\b"
)
SURVEY = {"series": "essai", "on": "2026-11-01", "title": "Essai"}
FILE = "numéro;nom\n1;Un\n".encode()


def init(folder: Path) -> None:
    words = ["--data", str(folder / "var"), "--file", str(folder / "c-possible.env"), "--no-units"]
    words += ["--url", "http://localhost:8501", "--contact", "a@b.example", "--dpo", "c@d.example"]
    words += ["--programme", "2025-2030"]
    done = run_command("init", *words)
    assert done.exit_code == 0, done.output


def open_account(session: Session, login: str, roles: list[str]) -> int:
    name = {"given_name": login.title(), "family_name": "Premier"}
    account = add_account(session, OPERATOR, login=login, password=None, roles=roles, **name)
    return account.person_id


def add_first_unit(session: Session) -> None:
    """One service below its direction, its department and the administration."""
    day, units = clock.today(session), []
    for kind in UnitKind:
        unit = Direction(code=kind.value.upper(), name=kind.label, kind=kind)
        session.add(unit)
        session.flush()
        parent = units[-1] if units else None
        place = DirectionPlace(direction_id=unit.id, on=day, recorded_on=day, parent_id=parent)
        session.add(place)
        units.append(unit.id)
    bruno, carine, dominique = (open_account(session, login, []) for login in IN_UNITS)
    session.add(Assignment(person_id=bruno, service_id=units[-1], on=day, recorded_on=day))
    session.add(Mandate(person_id=carine, direction_id=units[-1], since=day))
    session.add(Mandate(person_id=dominique, direction_id=units[0], since=day))
    session.flush()
    join_community(session, who(session, "bruno"), JoinInput(Community.ambassadors))


def who(session: Session, login: str) -> Reader:
    return reader_of(session, account_by_login(session, login), clock.today(session))


@pytest.fixture(scope="module", params=["init", "a unit"])
def town(request, tmp_path_factory) -> Iterator[Served]:
    """Its server, on the folder that `init` made; this process has the same settings."""
    folder = tmp_path_factory.mktemp("town")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CONFIG, "")
        patch.delenv("CP_DATA_DIR")
        forget()
        init(folder)
        with writing() as session:
            for login, roles in STORED.items():
                open_account(session, login, roles)
            if request.param == "a unit":
                add_first_unit(session)
        server = Served(folder / "var", settings={"CP_TICK_MINUTES": "0"}, demo=False, forks=True)
        yield server.start()
        server.stop()
        house.engine().dispose()
    forget()


def logins_of(town: Served) -> list[str]:
    """Whose roles this town adds to those of the other."""
    logins = [login for (login,) in town.rows("SELECT login FROM account")]
    return [login for login in logins if login in IN_UNITS] or logins


def addresses(screen: Screen, login: str | None) -> list[str]:
    """Every figure once, for who may see all."""
    if screen.url == "pourquoi" and login == "gaelle":
        return [f"chiffre={value.code}" for one in REGISTRY.values() for value in one.values]
    return QUERIES.get(screen.url, [""])


def open_every_fold(tab: AppTest) -> None:
    """The same page with every fold drawn that is drawn on demand."""
    for one in tab.get("expander"):
        if one.proto.id:
            tab.session_state[one.proto.id.split("-", 2)[2]] = True
    tab.run()


def faults_of(tab: AppTest, at: str) -> list[str]:
    """What failed on this page, in its folds and in the files that it offers."""
    found = [f"{at}: {one.message}" for one in tab.exception]
    if told := ELSEWHERE.search(" ".join(html_of(tab))):
        found.append(f"{at}: « {told.group()} »")
    if not found:
        open_every_fold(tab)
        found = [f"{at}, its folds: {one.message}" for one in tab.exception]
    for offered in tab.session_state[NOW].values() if NOW in tab.session_state else ():
        if not offered.make():
            found.append(f"{at}: {offered.name} is empty")
    return found


def test_every_screen_opens_for_every_role(town):
    faults = []
    for login in [None, *logins_of(town)]:
        tab = enter(house.engine(), login)
        for screen in SCREENS:
            for query in addresses(screen, login):
                visit(tab, screen.url, query)
                faults += faults_of(tab, f"{login}, {screen.url}?{query}")
    assert faults == []


def test_every_light_page_and_file_is_answered(town):
    light = [
        *PAGES,
        *GUIDE,
        "agenda.ics",
        "agenda.json",
        "actualites.xml",
        "sante",
        "api/v1/openapi.json",
    ]
    files = [file.href.removeprefix("/") for file in FILES_OF_SCOPES]
    data = [file for file in files if not file.endswith(".png")]
    asked = {None: light} | dict.fromkeys(logins_of(town), data)
    asked[logins_of(town)[-1]] = files  # a picture takes a process of its own: once
    faults = []
    for login, paths in asked.items():
        cookies = {"cp": town.cookie_of(login)} if login else {}
        with httpx.Client(base_url=town.url, cookies=cookies, timeout=60) as client:
            for path in paths:
                answer = client.get(f"/{path}")
                told = "." not in path and ELSEWHERE.search(answer.text)
                if answer.status_code >= 500 or told:
                    faults.append(f"{login}, {path}: {answer.status_code}, {told}")
    assert faults == [] and "Traceback" not in town.log()


def test_every_job_says_how_it_ended(town):
    faults = []
    with reading() as session:
        gaelle = who(session, "gaelle")
    for kind in JOBS:
        with writing() as session:
            if JOBS[kind].is_import:
                job = jobs.ask_trial(session, gaelle, kind, FILE, "essai.csv", chosen=SURVEY).id
            else:
                job = jobs.ask(session, gaelle, kind, {}).id
        jobs.run_job(job, MAKERS)
        with reading() as session:
            done = session.get(Job, job)
        if done.state not in (JobState.done, JobState.failed) or done.said == jobs.SURPRISE:
            faults.append(f"{kind}: {done.said}")
    assert faults == []


def test_a_round_and_every_look_by_command_end_well(town):
    for words in (["tick"], ["check"], ["figures"]):
        assert town.command(*words), words


# ── A broken record hides itself, not the screen ──────────────────────────────────────────────────
# Front page, ideas, cockpit, agenda and news show the rest, and say in one quiet sentence that a
# record cannot be read.

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
DRAWN = ("", "idees", "tableau-de-bord", "agenda", "actualites")


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
    shown = noted or DRAWN
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


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (f"UPDATE idea SET kind = 'zzz' WHERE id = {NEWEST}", "Idée introuvable"),
        (f"UPDATE idea SET status = 'zzz' WHERE id = {NEWEST}", "Idée introuvable"),
        (f"UPDATE idea SET channel = 'zzz' WHERE id = {NEWEST}", "Idée introuvable"),
        (f"UPDATE idea_event SET what = 'zzz' WHERE seq = 1 AND idea_id = {NEWEST}", NOTE),
    ],
)
def test_the_page_of_an_entry_says_what_cannot_be_read(broken, written, told):
    engine = broken(written)
    with engine.connect() as connection:
        number = connection.execute(text(f"SELECT number FROM idea WHERE id = {NEWEST}")).scalar()
    tab = arrive(engine, "didier", "idees", f"idee={number}")
    assert not tab.exception and told in said(tab)


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
