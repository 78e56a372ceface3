"""A town on its first day: what `init` writes, then its first unit too. Every screen, light page,
file, job and round works there, for every role.
"""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlmodel import Session
from streamlit.testing.v1 import AppTest
from support.pages import enter, forget, visit
from support.served import Served
from typer.testing import CliRunner

from dashboard.__main__ import app
from dashboard.access import OPERATOR, Reader
from dashboard.actions.communities import JoinInput, join_community
from dashboard.actions.operations import jobs
from dashboard.actions.people.accounts import add_account
from dashboard.asgi import FILES_OF_SCOPES
from dashboard.commands.jobs import MAKERS
from dashboard.figures import REGISTRY
from dashboard.light.public import GUIDE, PAGES
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
SURVEY = {"series": "essai", "on": "2026-11-01", "title": "Essai"}
FILE = "numéro;nom\n1;Un\n".encode()


def init(folder: Path) -> None:
    words = ["--data", str(folder / "var"), "--file", str(folder / "c-possible.env"), "--no-units"]
    words += ["--url", "http://localhost:8501", "--contact", "a@b.example", "--dpo", "c@d.example"]
    words += ["--programme", "2021-2023"]
    done = CliRunner().invoke(app, ["init", *words])
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
                if answer.status_code >= 500:
                    faults.append(f"{login}, {path}: {answer.status_code}")
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
