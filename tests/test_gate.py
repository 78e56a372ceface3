"""What a page left behind: fragments, callbacks and files of a page that is open when its reader is
no longer the same.

Every screen is opened as who sees most of it. Then its sign-in ends in another tab, or its role goes,
or a connection that knows the session's id takes it; everything the page holds is sent at once,
over the real socket.
"""

import ast
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from html import unescape
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlmodel import Session, select
from support.places import STATES, Place, screens
from support.tab import PRESS, SCREEN, Event, Tab, elements, shown, wire
from support.transactions import (
    execute,
)

from dashboard.access import Reader, may
from dashboard.actions.meetings.records import plan_meeting
from dashboard.queries.meetings.agenda import next_of
from dashboard.queries.meetings.records import calendar
from dashboard.queries.people.readers import account_by_login, reader_of
from dashboard.visit.screens import SCREENS
from models.academy import Trainer, Training, TrainingMaterial
from models.clock import today
from models.database import writing
from models.ideas import Idea, Photo
from models.jobs import Job, JobState
from models.meetings import Meeting, MeetingKind
from models.people import Role
from models.settings import ROOT
from seed.demo_people import CAST

pytestmark = pytest.mark.slow

LINK = re.compile(r'href="(/fichier/[^"]+)"')
MORE = (
    Place("un atelier ouvert", "/atelier?reunion={workshop}", "didier"),
    Place("un mur ouvert", "/mur?reunion={workshop}", "didier"),
    Place("une séance ouverte", "/en-seance?reunion={meeting}", "elise"),
)
# Every screen, and what further addresses show; one name for each address and reader.
KNOWN = (*STATES, *screens(), *MORE)
PLACES = {
    place.name: place for place in {(p.address, p.login): p for p in KNOWN if p.login}.values()
}
SCREEN_PLACES = {place.name for place in screens()}
OPEN = {
    screen.href for screen in SCREENS if screen.right == "page.open"
}  # to a stranger too, who signs in beside them
PUBLIC_FILES = ("registre",)  # a stranger finds the same file there
UNTOUCHED = ("login", "attempt", "ticket", "preference")  # who signs in or looks, no act


@pytest.fixture(scope="module")
def served(serve_here):
    server = serve_here(CP_TICK_MINUTES="0")  # a round would write beside what is tried
    with writing(server.engine) as session:
        didier = reader_of(session, account_by_login(session, "didier"), today(session))
        planned = Meeting(
            kind=MeetingKind.field, title="L'atelier du dépôt", place="Dépôt de la Voirie"
        )
        server.workshop = plan_meeting(session, didier, planned, today(session)).id
        day = today(session)
        server.meeting = next_of(calendar(session).at(day), MeetingKind.codir, day).id
        keep_a_photo(session)
        keep_a_material(session)
        keep_a_backup(session, server.folder)
    return server


PHOTO, BACKUP, MATERIAL = "photo-de-la-porte", "f" * 32, "support-de-la-porte"


def keep_a_photo(session: Session) -> None:
    """Of an entry that Alice wrote about Carine's direction: nobody has read it yet."""
    alice, carine = (
        reader_of(session, account_by_login(session, login), today(session))
        for login in ("alice", "carine")
    )
    idea = session.exec(select(Idea).where(Idea.published.is_(True))).first()
    idea.author_id, idea.concerns_id = alice.person_id, min(carine.mandates)
    idea.relay_id = idea.owner_id = None
    session.add(Photo(id=PHOTO, idea_id=idea.id, width=1, height=1, content=b"\xff\xd8"))


def keep_a_material(session: Session) -> None:
    """Of a training that Alice gives."""
    alice = reader_of(session, account_by_login(session, "alice"), today(session))
    training = session.exec(select(Training).where(Training.code == "F30")).one()
    session.add(Trainer(training_id=training.id, person_id=alice.person_id))
    session.add(
        TrainingMaterial(
            id=MATERIAL,
            training_id=training.id,
            title="Fiche",
            name="fiche.pdf",
            mime="application/pdf",
            content=b"%PDF-",
            on=today(session),
        )
    )


def keep_a_backup(session: Session, data: Path) -> None:
    """Farid asked for it, and it is made."""
    session.add(
        Job(
            id=BACKUP,
            kind="sauvegarde",
            asked_by=account_by_login(session, "farid").person_id,
            asked_on=today(session),
            state=JobState.done,
            file_name="c-possible.zip",
        )
    )
    (data / "travaux").mkdir(mode=0o700, exist_ok=True)
    (data / "travaux" / f"{BACKUP}.zip").write_bytes(b"PK")


def opened(served, place: Place, cookie: str) -> tuple[Tab, list]:
    tab = Tab(served.url, cookie=cookie)
    path, _, query = (
        place.address.format(workshop=served.workshop, meeting=served.meeting)
        .removeprefix("/")
        .partition("?")
    )
    drawn = tab.open(path, query)
    # What stands in a fold belongs to the place: it is drawn once the fold is open.
    return tab, tab.unfold() or drawn


SENT = {
    "button": PRESS,
    "text_input": "Ceci ne doit pas arriver",
    "text_area": "Ceci non plus",
    "checkbox": True,
}


def everything(tab: Tab) -> dict[str, object]:
    """Each button pressed, each text and each box changed, another direction chosen."""
    sent = {
        key: SENT[kind] for key, kind in tab.kinds.items() if kind in SENT and key != "w_sign_out"
    }
    chosen = {SCREEN: Event("go", "?direction=VC")} if SCREEN in tab.widgets else {}
    return sent | chosen


def content_of(served) -> dict[str, int]:
    """Table → how many rows; an act of any kind adds one somewhere, or raises a revision."""
    names = [
        name
        for (name,) in served.rows(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%_words%'"
        )
    ]
    kept = {
        name: served.rows(f'SELECT count(*) FROM "{name}"')[0][0]
        for name in names
        if name not in UNTOUCHED
    }
    return kept | {
        f"revision of {subject}": n for subject, n in served.rows("SELECT subject, n FROM revision")
    }


# ── The three ways in which a reader stops being the reader ───────────────────────────────────────


@contextmanager
def signed_out_elsewhere(served, tab: Tab, _login: str) -> Iterator[Tab]:
    execute(served.engine, text("DELETE FROM login"))
    yield tab


@contextmanager
def disabled(served, tab: Tab, login: str) -> Iterator[Tab]:
    with changed(served, login, "disabled = 1", "disabled = 0"):
        yield tab


@contextmanager
def of_a_foreign_connection(served, tab: Tab, _login: str) -> Iterator[Tab]:
    tab.close()
    with Tab(served.url, attach_to=tab.session_id) as thief:
        thief.page, thief.query, thief.page_hash = tab.page, tab.query, tab.page_hash
        thief.widgets, thief.fragments, thief.kinds = tab.widgets, tab.fragments, tab.kinds
        yield thief


@contextmanager
def changed(served, login: str, become: str, again: str) -> Iterator[None]:
    write_account(served, login, become)
    try:
        yield
    finally:
        write_account(served, login, again)


def write_account(served, login: str, values: str) -> None:
    with writing(served.engine) as session:
        session.execute(text(f"UPDATE account SET {values} WHERE login = :login"), {"login": login})
        session.execute(text("UPDATE revision SET n = n + 1 WHERE subject = 'people'"))


ENDS = {
    "signed out elsewhere": signed_out_elsewhere,
    "disabled": disabled,
    "foreign connection": of_a_foreign_connection,
}


# Function drawn as a fragment → a place where it stands. A new one is added here, and is proven
# above from then on.
FRAGMENTS = {
    "idea_form": "formulaire avec erreurs",
    "_draw": "rapport",
    "opening_button": "comptes",
    "unfoldings": "un jalon, volets ouverts",
    "report_form": "un jalon, volets ouverts",
    "_gestures": "reception",
    "link_gestures": "reception",
    "sheet_buttons": "un atelier ouvert",
    "valves_button": "mes-services",
    "opening_form": "un atelier ouvert",
    "grid": "un atelier ouvert",
    "_lines": "un mur ouvert",
    "one_block": "tableau-de-bord",
    "timer": "une séance ouverte",
}


# ── Whoever is no longer the reader gets nothing ──────────────────────────────────────────────────


# A screen and a place that proves a fragment meet one end, in turn.
CROSSED = [
    (name, list(ENDS)[nth % len(ENDS)])
    for nth, name in enumerate(PLACES)
    if name in SCREEN_PLACES or name in FRAGMENTS.values()
]


def each_part(served, name: str, most: int = 99) -> Iterator[tuple]:
    """(tab, what was drawn, cookie, part) of the page (""), and of its fragments where the place
    proves some: each in a tab that was opened anew.
    """
    nth, parts = 0, [""]
    while nth < len(parts):
        cookie = served.cookie_of(PLACES[name].login)
        tab, drawn = opened(served, PLACES[name], cookie)
        assert not asks_to_sign_in(drawn)
        if name in FRAGMENTS.values():
            parts = ["", *sorted(set(tab.fragments.values()) - {""})[:most]]
        yield tab, drawn, cookie, parts[nth]
        tab.close()
        nth += 1


@pytest.mark.parametrize("name,end", CROSSED)
def test_what_a_page_holds_serves_its_reader_alone(served, name, end):
    place = PLACES[name]
    for tab, drawn, cookie, part in each_part(served, name):
        with ENDS[end](served, tab, place.login) as left:
            before = content_of(served)
            received = left.run(part, **everything(left))
            assert started_whole(received), "a fragment ran by itself"
            assert asks_to_sign_in(received) or place.address.split("?")[0] in OPEN, shown(
                received
            )[:800]
            assert f'"{place.login}"' not in wire(received)
            assert content_of(served) == before
            is_public = name in PUBLIC_FILES
            assert is_public or not LINK.findall(wire(received))
            for file in [] if is_public else LINK.findall(wire(drawn)):
                answer = httpx.get(
                    served.url + file, cookies={"cp": cookie} if end != "foreign connection" else {}
                )
                assert answer.status_code == 404 and "content-disposition" not in answer.headers


@contextmanager
def role_lost(served, login: str) -> Iterator[None]:
    """Her stored roles, her mandates and her memberships go; she stays an agent."""
    hers = f"person_id = (SELECT person_id FROM account WHERE login = '{login}')"
    lost = (
        ("account", "roles", "''", f"login = '{login}'"),
        ("mandate", "until", "since", hers),
        ("membership", "left_on", "joined_on", hers),
    )
    kept = [
        (table, column, served.rows(f"SELECT id, {column} FROM {table} WHERE {whose}"))
        for table, column, _, whose in lost
    ]
    with writing(served.engine) as session:
        for table, column, become, whose in lost:
            session.execute(text(f"UPDATE {table} SET {column} = {become} WHERE {whose}"))
        session.execute(text("UPDATE revision SET n = n + 1"))
    try:
        yield
    finally:
        give_back(served, kept)


def give_back(served, kept: list[tuple[str, str, list]]) -> None:
    with writing(served.engine) as session:
        for table, column, rows in kept:
            for key, value in rows:
                session.execute(
                    text(f"UPDATE {table} SET {column} = :value WHERE id = :key"),
                    {"value": value, "key": key},
                )
        session.execute(text("UPDATE revision SET n = n + 1"))


def of_a_role(place: Place) -> bool:
    """Whether only a role opens the screen of this place."""
    url = place.address.split("?")[0].strip("/")
    right = next((screen.right for screen in SCREENS if screen.url == url), "page.everyone")
    return not may(Reader(person_id=1, roles=frozenset({Role.agent})), right)


ROLE_PLACES = [
    name
    for name, place in PLACES.items()
    if place.login != "alice"
    and (of_a_role(place) or name in FRAGMENTS.values())
    and (name in SCREEN_PLACES or name in FRAGMENTS.values())
]


@pytest.mark.parametrize("name", ROLE_PLACES)
def test_what_a_page_holds_does_nothing_once_its_role_is_lost(served, name):
    """The whole page, and its first fragment where it proves some."""
    place = PLACES[name]
    for tab, drawn, cookie, part in each_part(served, name, most=1):
        with role_lost(served, place.login):
            before = content_of(served)
            received = tab.run(part, **everything(tab))
            assert started_whole(received), "a fragment ran by itself"
            assert content_of(served) == before
            if of_a_role(place):
                assert not LINK.findall(wire(received))
                for file in LINK.findall(wire(drawn)):
                    assert httpx.get(served.url + file, cookies={"cp": cookie}).status_code == 404
            else:
                told = "Vos droits ont changé" in shown(received)
                assert told or not everything(tab), "what was asked for is answered"


def asks_to_sign_in(messages) -> bool:
    return "Mot de passe" in [field.label for field in elements(messages, "text_input")]


def started_whole(messages) -> bool:
    """Whether the page was drawn, not a part of it: only a run of the script tells the pages
    there are.
    """
    return any(message.WhichOneof("type") == "navigation" for message in messages)


def test_her_own_next_click_is_told_why_nothing_was_done(served):
    tab, _ = opened(served, PLACES["decisions"], served.cookie_of("didier"))
    tab.run(w_new_point=True)
    part = tab.fragments["w_point_0_send"]
    with signed_out_elsewhere(served, tab, "didier"):
        received = tab.run(part, w_point_0_title="Un point de trop", w_point_0_send=PRESS)
    assert "Votre connexion a pris fin" in shown(received)
    assert served.rows("SELECT count(*) FROM decision WHERE title = 'Un point de trop'") == [(0,)]
    tab.close()


def test_a_role_that_was_lost_is_lost_at_the_next_click(served):
    """Didier reads an entry that nobody has published; his role goes meanwhile."""
    number = served.rows("SELECT number FROM idea WHERE NOT published AND anonymous LIMIT 1")[0][0]
    tab = Tab(served.url, cookie=served.cookie_of("didier"))
    assert "Idée introuvable" not in shown(tab.open("idees", f"idee={number}"))
    with changed(served, "didier", "roles = ''", "roles = 'animateur'"):
        received = tab.run(**everything(tab))
    assert "Idée introuvable" in shown(received) and "Vos droits ont changé" in shown(received)
    tab.close()


# ── Files ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_comes_to_the_login_that_was_offered_it_and_to_no_other(served):
    elise = served.cookie_of("elise")
    tab, drawn = opened(served, PLACES["decisions"], elise)
    href = LINK.findall(wire(drawn))[0]
    own = httpx.get(served.url + href, cookies={"cp": elise})
    assert (
        own.status_code == 200
        and own.headers["content-disposition"].startswith("attachment")
        and own.content
    )
    assert own.headers["cache-control"] == "no-store"
    for other in (
        {},
        {"cp": served.cookie_of("alice")},
        {"cp": served.cookie_of("elise")},
        {"cp": "x" * 43},
    ):
        answer = httpx.get(served.url + href, cookies=other)
        assert answer.status_code == 404 and "n'est plus offert" in unescape(answer.text)
    tab.close()


def test_a_file_goes_with_its_page_and_keeps_its_address_from_run_to_run(served):
    elise = served.cookie_of("elise")
    tab, drawn = opened(served, PLACES["decisions"], elise)
    links = LINK.findall(wire(drawn))
    assert LINK.findall(wire(tab.run())) == links
    tab.open("deposer")
    assert {httpx.get(served.url + link, cookies={"cp": elise}).status_code for link in links} == {
        404
    }
    tab.close()


def test_an_invented_address_of_a_file_is_no_file(served):
    answer = httpx.get(
        f"{served.url}/fichier/{'0' * 22}", cookies={"cp": served.cookie_of("elise")}
    )
    assert answer.status_code == 404 and "C-Possible" in answer.text


# ── Addresses that no page stands before ──────────────────────────────────────────────────────────

# Address → who has it: the author, her manager and the office; who asked for it.
ROUTES = {
    f"/photo/{PHOTO}": ("alice", "carine", "didier", "gaelle"),
    f"/document/{MATERIAL}": ("alice", "didier"),
    f"/sauvegarde/{BACKUP}": ("farid",),
    "/donnees/chiffres.csv?direction=VC-JSP": ("carine", "didier", "elise", "farid", "gaelle"),
}
WITHOUT_ACCOUNT = "nobody"
ROLE_LOST = "role lost"
ROUTE_ENDS = [
    (address, login, end)
    for address, logins in ROUTES.items()
    for login in logins
    for end in (*ENDS, ROLE_LOST)
    if (login, end) != ("alice", ROLE_LOST)  # what she wrote or gives needs no role
]


def answer_to(served, address: str, cookie: str = "") -> int:
    cookies = {"cp": cookie} if cookie else {}
    return httpx.get(served.url + address, cookies=cookies, timeout=60).status_code


@pytest.mark.parametrize("address", ROUTES)
@pytest.mark.parametrize("who", [*(part.login for part in CAST), WITHOUT_ACCOUNT])
def test_an_address_answers_whom_its_right_reaches(served, address, who):
    cookie = "" if who == WITHOUT_ACCOUNT else served.cookie_of(who)
    assert answer_to(served, address, cookie) == (200 if who in ROUTES[address] else 404)


@pytest.mark.parametrize("address,login,end", ROUTE_ENDS)
def test_an_address_answers_no_longer_once_its_reader_is_not_the_same(served, address, login, end):
    cookie = served.cookie_of(login)
    assert answer_to(served, address, cookie) == 200
    if end == "foreign connection":  # it has the address, and no cookie
        assert answer_to(served, address) == 404
        return
    with role_lost(served, login) if end == ROLE_LOST else ENDS[end](served, None, login):
        assert answer_to(served, address, cookie) == 404


def test_a_file_of_an_address_holds_what_its_reader_may_ask_for(served):
    """Alice may know the curve of the roadmap, and no figure of another direction."""
    everybody = {part.login for part in CAST}
    curve = "/donnees/courbe-en-s.csv?au=2023-06-30"
    assert answer_to(served, curve) == 404
    assert {answer_to(served, curve, served.cookie_of(who)) for who in everybody} == {200}
    asked = f"{served.url}/donnees/depots-par-mois.csv?direction=RI-INF"
    hers, everywhere = (
        httpx.get(address, cookies={"cp": served.cookie_of("alice")}).text
        for address in (asked, asked.split("?")[0])
    )
    elises = httpx.get(asked, cookies={"cp": served.cookie_of("elise")})
    assert hers == everywhere != elises.text
    assert elises.headers["cache-control"] == "no-store"


def test_the_file_of_a_figure_holds_what_its_reader_may_ask_for(served):
    """Elise compares the values of another direction with those of her own; Alice has the same file
    whichever she asks for."""
    asked = "/donnees/evolution.csv?chiffre=reponse.tenue&direction=RI-INF"
    assert answer_to(served, asked) == 404
    cookies = {who: {"cp": served.cookie_of(who)} for who in ("alice", "elise")}
    files = {
        (who, query): httpx.get(f"{served.url}{asked}{query}", cookies=cookie)
        for who, cookie in cookies.items()
        for query in ("", "&connu=oui", "&direction=")
    }
    assert {answer.status_code for answer in files.values()} == {200}
    hers, everywhere, elises = (
        files[key].text for key in (("alice", ""), ("alice", "&direction="), ("elise", ""))
    )
    assert hers == everywhere != elises != files["elise", "&connu=oui"].text
    trend = f"{served.url}/donnees/tendance.csv?jalon=1.7"
    assert "2023-09-30" in httpx.get(trend, cookies=cookies["alice"]).text
    # A figure that there is not, one without a target, none at all; a milestone that there is not.
    for none in (
        "evolution.csv?chiffre=reponse",
        "cible.png?chiffre=ecart.mois",
        "evolution.png",
        "tendance.csv?jalon=99.9",
    ):
        assert answer_to(served, f"/donnees/{none}", cookies["elise"]["cp"]) == 404


# ── Every place in the source ─────────────────────────────────────────────────────────────────────


@cache
def read_in_sources() -> tuple[set[str], list[str]]:
    """The fragments there are, and where a file is handed out past its route."""
    drawn, handed_out = set(), []
    for folder in ("dashboard", "pages"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            source = file.read_text(encoding="utf-8")
            if not re.search("fragment|download_button", source):
                continue
            tree = ast.parse(source)
            drawn |= set(fragments(tree))
            lines = [node.lineno for node in calls(tree, lambda attr: attr == "download_button")]
            handed_out += [f"{file.relative_to(ROOT)}:{line}" for line in lines]
    return drawn, handed_out


def fragments(tree: ast.AST) -> Iterator[str]:
    """Names of the functions that this module draws as fragments, by decorator or by call."""
    for node in ast.walk(tree):
        decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
        if any("st.fragment" in ast.unparse(decorator) for decorator in decorators):
            yield node.name
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.fragment" and node.args:
            yield ast.unparse(node.args[0])


def test_every_fragment_of_the_source_stands_on_a_page_that_is_proven(served):
    found, _ = read_in_sources()
    assert found == set(FRAGMENTS)
    for place in map(PLACES.get, set(FRAGMENTS.values())):
        tab, drawn = opened(served, place, served.cookie_of(place.login))
        drawn_as_part = {
            message.delta.fragment_id for message in drawn if message.WhichOneof("type") == "delta"
        } - {""}
        assert len(drawn_as_part) >= list(FRAGMENTS.values()).count(place.name), place.name
        tab.close()


def calls(tree: ast.AST, named: Callable[[str], bool]) -> list[ast.AST]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and named(node.attr)]


def test_no_page_hands_out_a_file_past_its_route():
    """Streamlit's own button makes the file with the rights of an earlier moment, at an address
    that asks nobody.
    """
    _, found = read_in_sources()
    assert found == []
