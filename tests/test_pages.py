"""Every page for every role through AppTest, and hostile texts on the pages that show what people
wrote.

The identity is seeded as signin.py says: a Login row, and the hash of its token in the tab's state.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest
from support import pages
from support.pages import (
    BARE,
    COLOUR,
    FORMULA,
    ICON,
    LINK,
    PICTURE,
    Markup,
    check_markup,
    enter,
    filters_of,
    headers,
    html_of,
    visit,
)
from support.transactions import (
    refuses,
)

from dashboard.access import may
from dashboard.actions.ideas.filing import FilingOutcome, checked_input, file_idea
from dashboard.actions.roadmap.reports import report_plan
from dashboard.queries.directions import organisation
from dashboard.queries.people.readers import account_by_login, reader_of
from dashboard.visit.navigation import menu
from dashboard.visit.screens import SCREENS, Screen
from models import clock, database as house
from models.database import writing
from models.people import Account, Person
from models.roadmap import MilestoneState, Plan, PlanReport
from models.settings import ROOT
from seed.demonstration import DEMO_ACCOUNTS

LOGINS = [login for login, _, _ in DEMO_ACCOUNTS]
REFUSAL = "Cet écran n'est pas ouvert à votre rôle."
OF_ONE_ROLE = {
    "imports": "didier",
    "etat-du-systeme": "farid",
    "atelier": "didier",
    "mes-services": "bruno",
}
QUERIES = {
    "pourquoi": "chiffre=reponse.tenue",
    "ambitions": "ambition=bien-etre",
    "extrait": "chiffre=avancement",
}


# ── Every page, every role ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.slow
def test_each_role_opens_its_pages_and_is_told_about_the_others(open_page, demonstration, login):
    with house.reading(demonstration) as session:
        reader = reader_of(session, account_by_login(session, login), clock.today(session))
    tab = open_page(login)
    for screen in SCREENS:
        visit(tab, screen.url, QUERIES.get(screen.url, ""))
        assert not tab.exception, f"{screen.title}: {tab.exception[0].message}"
        refused = [warning.value for warning in tab.warning]
        if may(reader, screen.right):
            assert (headers(tab), refused) == (1, []), screen.title
        else:
            assert (headers(tab), len(refused)) == (1, 1), screen.title
            assert refused[0].startswith(REFUSAL), screen.title


SIGN_IN = ["Identifiant", "Mot de passe", "Compte concerné"]  # the last one for who has forgotten


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.title)
@pytest.mark.slow
def test_a_stranger_gets_the_sign_in_or_the_open_form(open_page, screen):
    tab = open_page(None, screen.url, QUERIES.get(screen.url, ""))
    assert not tab.exception
    fields = [field.label for field in tab.text_input]
    if not screen.url:
        assert headers(tab) == 1 and fields == SIGN_IN, "the front page holds both"
    elif screen.right == "page.open":
        assert headers(tab) == 1 and "Identifiant" not in fields
    else:
        assert headers(tab) == 0 and fields == SIGN_IN
        assert [heading.value for heading in tab.title] == [screen.title]


def test_the_menu_offers_what_the_rights_allow(cast):
    """Alice has no Pilotage; nobody has only what is open."""
    titles = {
        name: [title for places in menu(getattr(cast, name)).values() for title, _ in places]
        for name in ("alice", "elise", "nobody")
    }
    assert "Pilotage" not in titles["alice"]
    assert "Pilotage" in titles["elise"]
    assert titles["nobody"] == [
        "Accueil",
        "Déposer une idée",
        "Suivre mon idée",
        "Marques d'intérêt",
        "Vos données",
    ]


@pytest.fixture(scope="module")
def tabs(demonstration) -> dict[str, AppTest]:
    """The tabs of those who together may open every screen."""
    return {login: enter(demonstration, login) for login in ("gaelle", *OF_ONE_ROLE.values())}


# Two parameters stand together where no screen reads both.
STRANGE = [
    "direction=VC-JSP&ambition=modernisation&au=2022-06-30&depuis=2021-12-31",
    "au=2023-06-14&depuis=2023-03-03",
    "au=1999-01-01",
    "au=2099-01-01&depuis=2099-01-02",
    "direction=RI-INF-1",
    "au=2021-01-01",
    "page=0&jalon=99.9",
    "page=999999&chantier=9",
    "page=-1&communaute=lune",
    "page=²&chantier=²",
    "page=99999999999999999999999&chiffre=lune",
    "idee=99999999999999999999&volet=lune",
    "idee=²",
    "idee=abc",
    "etat=lune&genre=lune&vue=lune",
    "q=²",
    "q=%22%20OR%20*%20NEAR(",
    "q=%00",
    "direction=<script>&q=![](http://x.example/y.png)",
]
VIEWS = ROOT / "dashboard" / "views"
# A screen that names a parameter gets a third of its values, in turn; of the others, which meet it in
# the frame alone, one in nine.
ONE_IN, OF_READ_ONE_IN = 9, 3


def asked(query: str) -> list[Screen]:
    """The screens that get this address."""
    nth = STRANGE.index(query)
    return [
        screen
        for place, screen in enumerate(SCREENS)
        if (place + nth) % ONE_IN == 0
        or ((place + nth) % OF_READ_ONE_IN == 0 and reads(screen, parse_qs(query)))
    ]


def reads(screen: Screen, names: Iterable[str]) -> bool:
    """Whether its page, or a block of screens that its page imports, names one of these."""
    return any(f'"{name}"' in text for name in names for text in texts_of(file_of(screen)))


def file_of(screen: Screen) -> Path:
    drawn = f"def {screen.function}("
    return next(path for path in VIEWS.glob("*.py") if drawn in path.read_text("utf-8"))


@cache
def texts_of(page: Path) -> list[str]:
    source = page.read_text(encoding="utf-8")
    return [source, *(block.read_text(encoding="utf-8") for block in blocks(source))]


def blocks(source: str) -> Iterator[Path]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("dashboard.screens"):
            place = ROOT.joinpath(*node.module.split("."))
            files = [place, *(place / alias.name for alias in node.names)]
            yield from (path for file in files if (path := file.with_suffix(".py")).is_file())


def test_each_screen_gets_its_share_of_the_strange_addresses():
    met = Counter(screen.url for query in STRANGE for screen in asked(query))
    assert set(met) == {screen.url for screen in SCREENS}
    assert min(met.values()) >= len(STRANGE) // ONE_IN


@pytest.mark.parametrize("query", STRANGE)
@pytest.mark.slow
def test_any_address_is_answered(tabs, query):
    """Whatever stands in an address, each page answers with a page; Gaëlle may open all but
    those of one role.
    """
    for screen in asked(query):
        tab = tabs[OF_ONE_ROLE.get(screen.url, "gaelle")]
        visit(tab, screen.url, "&".join(filter(None, [QUERIES.get(screen.url, ""), query])))
        assert not tab.exception, f"{screen.title} ?{query}: {tab.exception[0].message}"
        assert headers(tab) == 1, screen.title
        check_markup(tab)


# ── Hostile texts ─────────────────────────────────────────────────────────────────────────────────

SCRIPT = '<script src="//x.example/s.js"></script>'
IMAGE = '"><img src=x onerror=alert(1)>'
TURNED = "\u202eàvne\u202c"
TITLE = " ".join([PICTURE, ICON, FORMULA, COLOUR, SCRIPT, IMAGE, TURNED, "fin"])
BODY = "\n".join(
    [
        f"# {LINK}",
        SCRIPT,
        IMAGE,
        "<b>gras</b>",
        "<!-- caché",
        BARE,
        TURNED,
        "`code` **gras** ~~barré~~",
        "fin",
    ]
)
NAME = f"{PICTURE}{ICON}<script>x</script>"


def text_of(tab: AppTest) -> str:
    return "\n".join(Markup(body).said for body in html_of(tab))


@pytest.fixture(scope="module")
def hostile(demonstration) -> Iterator[FilingOutcome]:
    """Bruno, ambassador, has a hostile name, filed a hostile idea, and milestone 1.7 a hostile
    report.
    """
    with writing(demonstration) as session:
        day = clock.today(session)
        bruno = session.exec(select(Person).join(Account).where(Account.login == "bruno")).one()
        was = bruno.given_name, bruno.function
        bruno.given_name = bruno.function = NAME
        session.flush()
        reader = reader_of(session, account_by_login(session, "bruno"), day)
        filed = file_idea(
            session, reader, checked_input(title=TITLE, body=BODY, ambition_id=1), "un-jeton"
        )
        didier = reader_of(session, account_by_login(session, "didier"), day)
        milestone = session.exec(select(Plan).where(Plan.number == "1.7")).one()
        said = PlanReport(
            state=MilestoneState.under_way,
            progress=50,
            forecast_end=day,
            actual_end=None,
            comment=BODY,
            need=TITLE,
        )
        report_plan(session, didier, milestone.id, said, organisation(session).at(day))
    yield filed
    with writing(demonstration) as session:
        bruno = session.get(Person, bruno.id)
        bruno.given_name, bruno.function = was


def test_a_hostile_idea_is_a_text_in_the_list(open_page, hostile):
    tab = open_page("alice", "idees")
    check_markup(tab)
    assert "<script src=" in text_of(tab) and "x.example/y.png" in text_of(tab)  # as letters


@pytest.mark.parametrize("words", ["-%C3%A9cole", "%F0%9F%A6%84", "%22%22"])
def test_words_that_ask_for_nothing_are_not_told_as_no_idea(open_page, words):
    """« -école » alone is no statement about the ideas: 450 of them do not speak of a school."""
    tab = open_page("alice", "idees", f"q={words}")
    assert "aucun mot à chercher" in text_of(tab) and "Aucune idée ne correspond" not in text_of(
        tab
    )


def test_a_hostile_idea_is_a_text_on_its_card_with_its_author(open_page, hostile):
    tab = open_page("didier", "idees", f"idee={hostile.number}")
    check_markup(tab)
    assert "<b>gras</b>" in text_of(tab)
    assert "x.example/y.png" in text_of(tab)
    assert "Ferrero" in text_of(tab)  # Didier sees whose it is, and the name is a text as well


@pytest.mark.parametrize(
    "strange", ["choix=1,2,<b>", "choix=,,", "idee=999999999999", "idee=<b>", "rang=999", "rang=-1"]
)
def test_a_strange_address_of_the_desk_opens_nothing_that_is_not_listed(open_page, strange):
    tab = open_page("didier", "reception", f"liste=retard&{strange}")
    assert not tab.exception
    check_markup(tab)
    assert not tab.multiselect, "nothing is answered that did not stand in the list"


def test_what_is_no_longer_listed_leaves_the_choice_as_it_is_opened(open_page):
    page = "".join(html_of(open_page("didier", "reception", "liste=retard")))
    listed = int(re.search(r"idee=(\d+)", page)[1])
    tab = open_page("didier", "reception", f"liste=retard&choix={listed},1")
    assert tab.multiselect[0].value == [listed]
    assert len(tab.multiselect[0].options) == 1


@pytest.mark.parametrize(
    "url,query,named,other",
    [
        ("decisions", "liste=toutes&q=conge telephone", "Demande de congé", "Local de pause"),
        ("agenda", "q=depot voirie", "Rencontre de terrain", "Préparer l"),
        ("reception", "liste=attente&q=friteuses", "Débrancher les friteuses", "Manuel illustré"),
    ],
)
def test_a_list_is_searched_by_words_without_their_accents(open_page, url, query, named, other):
    said = "".join(html_of(open_page("didier", url, query)))
    assert named in said and other not in said


def test_a_hostile_search_stays_a_search(open_page):
    tab = open_page("alice", "idees", f"q={PICTURE}<script>")
    assert not tab.exception
    check_markup(tab)


@pytest.mark.parametrize(
    "bad",
    [
        f"<p>{SCRIPT}</p>",
        f'<p title="{IMAGE}</p>',
        f'<a href="//{BARE}">x</a>',
        '<img src="http://x.example/y.png">',
        "<p onclick=x>",
    ],
)
def test_the_check_of_the_markup_can_find(bad, open_page, monkeypatch):
    """Unescaped, the same texts would fail the tests above."""
    tab = open_page("alice", "vos-donnees")
    check_markup(tab)
    monkeypatch.setattr(pages, "html_of", lambda _: [bad])
    refuses(check_markup, tab, error=AssertionError)


# --- the front page -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query", ["au=2022-12-31", "direction=VC-JSP&ambition=modernisation", "depuis=2022-06-30"]
)
def test_the_front_page_reads_no_filter_that_it_does_not_show(open_page, query):
    """What another screen remembers narrows nothing here, nor what is reached from here."""
    counted = ("cp-hero", "cp-card", "cp-stream")
    plain, asked = (
        [body for body in html_of(open_page("elise", "", q)) if any(c in body for c in counted)]
        for q in ("", query)
    )
    assert "80,6" in plain[0] and plain == asked


def test_the_filters_offer_what_the_reader_may_ask_for(open_page):
    whole = filters_of(open_page("elise", "tableau-de-bord", "direction=VC-JSP&services=sans"))
    names = [name for _, name, _ in whole["units"]]
    assert {"Vie citoyenne", "Jeunesse et sports", "Avaloirs et interventions"} <= set(names)
    assert (whole["chosen"], whole["services"]) == (["VC-JSP"], False)
    assert filters_of(open_page("elise", "agenda"))["has"] == ["direction"]
    hers = filters_of(open_page("alice", "idees"))["units"]
    assert len(hers) < len(names), "the figures of others are not hers to ask for"
