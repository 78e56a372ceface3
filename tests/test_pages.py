"""Every page for every role through AppTest, and hostile texts on the pages that show what people;
forms; A fold with a form is drawn once somebody opens it, and keeps what is typed in it while she
stays on the screen; « Accueil » of each role; A screen that is one element is kept, and is drawn
anew as soon as something that it shows is written; what screens remember for one reader is read
anew as soon as somebody's act changes it; two agents of one name.
"""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from sqlalchemy import event
from sqlmodel import Session, select
from streamlit.testing.v1 import AppTest
from support import pages
from support.databases import telling_statements
from support.entries import an_idea, unit
from support.pages import (
    BARE,
    COLOUR,
    FORMULA,
    ICON,
    LINK,
    PICTURE,
    Markup,
    arrive,
    check_markup,
    enter,
    filters_of,
    fold_again,
    headers,
    html_of,
    parts_of,
    unfold,
    visit,
)
from support.transactions import read_with, refuses, select_all, select_one, write_with
from support.troupe import FROZEN, Cast, scope_at

from dashboard import cached
from dashboard.access import may
from dashboard.actions import discussions
from dashboard.actions.communities import JoinInput, join_community
from dashboard.actions.ideas.entries import hand_over_answer
from dashboard.actions.ideas.filing import FilingOutcome, checked_input, file_idea
from dashboard.actions.roadmap.reports import report_plan
from dashboard.actions.seats.taking import register
from dashboard.cached import ideas as cached_ideas
from dashboard.cached.memory import Cache
from dashboard.frame import around
from dashboard.queries.directions import organisation
from dashboard.queries.ideas import waiting
from dashboard.queries.ideas.records import Filters, View
from dashboard.queries.ideas.waiting import count_late
from dashboard.queries.meetings import records
from dashboard.queries.people.accounts import persons_without_account
from dashboard.queries.people.readers import account_by_login, colleagues, person_labels, reader_of
from dashboard.queries.seats.records import Where
from dashboard.scope import Scope
from dashboard.visit.navigation import menu
from dashboard.visit.screens import SCREENS, Screen
from dashboard.web import files as web_files
from models import clock, database as house
from models.academy import TrainingSession
from models.communities import Community
from models.database import engine, reading, writing
from models.directions import Direction
from models.discussions import ContributionKind, Subject
from models.idea_states import Audience
from models.ideas import Idea
from models.people import Account, Assignment, Person
from models.revisions import raise_revisions
from models.roadmap import MilestoneState, Plan, PlanReport
from models.settings import ROOT
from seed.demonstration import DEMO_ACCOUNTS

# ──────────────────────────────────────────────────────────────────────────────────────────────────
# Every page for every role through AppTest, and hostile texts on the pages that show what people
# Wrote.
#
# The identity is seeded as signin.py says: a Login row, and the hash of its token in the tab's
# state.

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


# First: later stories write about the ideas of Alice.
def test_an_agent_reads_what_she_must_follow_and_what_became_of_her_idea(open_page):
    page = whole(open_page("alice", ""))
    to_do, _, news = page.partition("<h2>Nouvelles</h2>")
    assert "S'inscrire : Porter, pousser" in to_do and "(terrain, sans ordinateur) : j" in to_do
    assert re.search(r"Votre idée : à l'étude, première réponse le <time[^>]*>28/10/2022", news)


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


# ── Forms ─────────────────────────────────────────────────────────────────────────────────────────
# What is to be corrected stands on the screen where it was asked, until one leaves it.


@pytest.fixture
def tab(demonstration) -> AppTest:
    """Didier's tab; his roles let him plan a meeting."""
    return enter(demonstration, "didier")


def errors(tab: AppTest) -> list[str]:
    assert not tab.exception
    return [body for body in html_of(tab) if "cp-error" in body]


def refused(tab: AppTest, url: str, query: str = "") -> AppTest:
    """The form « Prévoir » of « Agenda », sent without a day."""
    unfold(visit(tab, url, query), "Prévoir")
    tab.date_input(key="w_meeting_0_day").set_value(None)
    return tab.button(key="w_meeting_0_send").click().run()


def test_an_error_stays_while_one_works_on_its_screen(tab):
    refused(tab, "agenda")
    assert len(errors(tab)) == 1
    tab.text_input(key="w_meeting_0_title").set_value("Séance d'été").run()
    assert len(errors(tab)) == 1
    assert tab.text_input(key="w_meeting_0_title").value == "Séance d'été"
    tab.query_params["direction"] = "VC"
    tab.run()
    assert len(errors(tab)) == 1, "another direction is looked at, on the same screen"


@pytest.mark.parametrize("elsewhere", [("decisions",), ("agenda", "reunion=1")])
def test_an_error_follows_neither_to_another_screen_nor_to_another_record(tab, elsewhere):
    assert errors(refused(tab, "agenda"))
    assert not errors(visit(tab, *elsewhere))
    assert not errors(visit(tab, "agenda")), "it is gone, not hidden"


def test_a_refused_idea_does_not_come_back_with_its_error(tab):
    visit(tab, "deposer")
    tab.button(key="w_deposer_send").click().run()
    assert errors(tab)
    visit(tab, "decisions")
    assert not errors(visit(tab, "deposer"))


def test_who_an_idea_is_for_is_asked_kept_and_shown(demonstration):
    alice = visit(enter(demonstration, "alice"), "deposer")
    alice.radio(key="w_deposer_who").set_value("nom")
    alice.text_area(key="w_deposer_body").set_value("Un guichet ouvert le samedi").run()
    alice.button_group(key="w_deposer_audience").set_value("citoyens").run()
    again = visit(enter(demonstration, "alice"), "deposer")
    assert again.button_group(key="w_deposer_audience").value == "citoyens", "the draft keeps it"
    again.button(key="w_deposer_send").click().run()
    filed = select_one(
        demonstration, select(Idea).where(Idea.title == "Un guichet ouvert le samedi")
    )
    assert filed.audience == Audience.citizens
    assert facts_of(visit(again, "idees", f"idee={filed.number}"))["Pour qui"] == "Les citoyens"


def test_an_idea_that_is_for_nobody_in_particular_says_nothing_of_it(demonstration):
    alice = visit(enter(demonstration, "alice"), "deposer")
    typed_and_sent(alice, "Un banc devant la gare", "Un banc devant la gare")
    filed = select_one(demonstration, select(Idea).where(Idea.title == "Un banc devant la gare"))
    assert filed.audience is None
    assert "Pour qui" not in facts_of(visit(alice, "idees", f"idee={filed.number}"))


def typed_and_sent(tab: AppTest, body: str, title: str) -> AppTest:
    """All of it in one message, as by who does not leave a field before she presses « Envoyer »."""
    tab.radio(key="w_deposer_who").set_value("nom")
    tab.text_area(key="w_deposer_body").set_value(body)
    tab.text_input(key="w_deposer_title").set_value(title)
    return tab.button(key="w_deposer_send").click().run()


def test_what_is_sent_at_once_is_not_kept_as_a_draft_on_the_way(demonstration):
    alice = visit(enter(demonstration, "alice"), "deposer")
    said: list[str] = []
    event.listen(house.engine(), "before_cursor_execute", lambda *told: said.append(told[2]))
    typed_and_sent(alice, "Un banc au soleil", "Un banc au soleil")
    assert [one for one in said if one.startswith("INSERT INTO idea ")]
    assert [one for one in said if "INTO draft" in one] == []


def test_what_was_sent_and_refused_waits_in_another_tab(demonstration):
    alice = visit(enter(demonstration, "alice"), "deposer")
    assert errors(typed_and_sent(alice, "Un banc à l'ombre", "Un banc " * 40))
    again = visit(enter(demonstration, "alice"), "deposer")
    assert again.text_area(key="w_deposer_body").value == "Un banc à l'ombre"


def facts_of(tab: AppTest) -> dict[str, str]:
    """The terms of an entry in full, with what stands beside each."""
    assert not tab.exception
    said = "".join(html_of(tab)).replace("\xa0", " ").replace("\u202f", " ")
    return dict(re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", said, re.S))


# ──────────────────────────────────────────────────────────────────────────────────────────────────
# A fold with a form is drawn once somebody opens it, and keeps what is typed in it while she stays
# on the screen

_FOLD = "Créer un jalon"


@pytest.fixture
def programme(open_page) -> AppTest:
    return open_page("didier", "programme")


def titles(tab: AppTest) -> list[str]:
    assert not tab.exception, tab.exception
    return [field.value for field in tab.text_input if field.label == "Titre"]


def test_a_closed_fold_has_no_fields(programme):
    assert [fold.label for fold in programme.get("expander") if fold.label == _FOLD]
    assert not programme.text_input and not programme.selectbox
    assert titles(unfold(programme, _FOLD)) == [""]


def test_what_was_typed_stays_where_the_fold_is_closed_and_opened_again(programme):
    tab = unfold(programme, _FOLD)
    next(field for field in tab.text_input if field.label == "Titre").input("Vingt relais").run()
    tab = fold_again(tab, _FOLD)
    assert titles(tab) == ["Vingt relais"]
    assert titles(unfold(tab, _FOLD)) == ["Vingt relais"]


def test_whoever_leaves_the_screen_finds_the_fold_closed(programme):
    tab = unfold(programme, _FOLD)
    assert titles(tab) == [""]
    tab = visit(visit(tab, "tout"), "programme")
    assert titles(tab) == []


def test_what_is_refused_is_said_in_the_fold_which_stays_open(programme, demonstration):
    tab = unfold(programme, _FOLD)
    next(button for button in tab.button if button.label == "Créer le jalon").click().run()
    assert titles(tab) == [""]
    assert any("cp-error" in body for body in html_of(tab))
    assert not select_all(demonstration, select(Plan).where(Plan.title == ""))


# ── « Accueil » of each role ──────────────────────────────────────────────────────────────────────
# Her own work first, and one accent button, its first act.


def whole(tab) -> str:
    text = unescape(" ".join(html_of(tab))).replace("’", "'")
    return text.replace("\xa0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("who", "heading", "act", "there"),
    [
        ("alice", "À faire", "Répondre à la question", "/campagnes"),
        ("bruno", r"\d+ réponses à transmettre", "Voir ce qu'il y a à dire", "/mes-services"),
        ("carine", "Votre direction : .*", r"Répondre à 2\sidées en retard", "/reception"),
        ("didier", "À traiter, toute l'administration", r"Lire \d+\sdépôts", "/reception"),
        ("elise", "La prochaine séance", "Préparer la séance", "/preparer"),
        ("farid", "L'installation", "Faire une sauvegarde", "/etat-du-systeme"),
        ("gaelle", "La prochaine séance", "Préparer la séance", "/preparer"),
    ],
)
def test_each_role_finds_her_own_work_and_one_accent_button(open_page, who, heading, act, there):
    page = whole(open_page(who, ""))
    [(href, label)] = re.findall(r'cp-call-first" href="([^"?]*)[^>]*>(.*?)</a>', page, re.S)
    assert href == there and re.fullmatch(act, label.split("</span>")[-1].strip())
    first = re.search(r"<h2>(.*?)</h2>", page)[1]
    assert re.fullmatch(heading, first)


def test_a_manager_counts_the_late_answers_of_her_direction_not_those_of_the_house(
    open_page, sqlite_demo, cast, scope_for
):
    scope: Scope = read_with(sqlite_demo, scope_for, cast.carine)
    direction = next(unit for unit, _ in scope.tree.walk() if unit.id in cast.carine.mandates)
    own = read_with(sqlite_demo, count_late, scope.within(direction))
    house = read_with(sqlite_demo, count_late, scope)
    page = whole(open_page("carine", ""))
    assert 0 < own < house
    assert f"Répondre à {own} idée" in page and f"Répondre à {house} idées" not in page


def test_the_directeur_general_reads_how_old_what_is_public_is(open_page):
    assert "Publié le 30 juin 2023, aujourd'hui" in whole(open_page("gaelle", ""))
    assert "Publié le" not in whole(open_page("elise", ""))


# ──────────────────────────────────────────────────────────────────────────────────────────────────
# A screen that is one element is kept, and is drawn anew as soon as something that it shows is
# written

VIEW = re.compile(r"^def (\w+_view)\(.*?(?=^\S|\Z)", re.M | re.S)
# Address → (who opens it, what else stands in the address): every screen with a kept body.
KEPT = {
    "": ("elise", ""),
    "projet": ("alice", ""),
    "publication": ("gaelle", "direction=ADM"),
    "tableau-de-bord": ("elise", "direction=ADM"),
    "voix": ("elise", "direction=ADM&voix=soutiens"),
    "preparer": ("elise", "direction=ADM"),
    "ce-que-vous-dites": ("alice", "direction=ADM"),
    "ambitions": ("alice", "direction=ADM&ambition=bien-etre"),
    "feuille-de-route": ("alice", "direction=ADM&depuis=2023-03-31"),
    "atelier": ("didier", "direction=ADM"),
    "communautes": ("didier", "direction=ADM"),
    "tout": ("farid", ""),
    "pourquoi": ("elise", "chiffre=reponse.tenue"),
}


KEPT_BY = re.compile(r"without_filters\(|one_block\(")


def test_every_screen_with_a_kept_body_is_looked_at_here():
    views = [view for path in VIEWS.glob("*.py") for view in VIEW.finditer(path.read_text("utf-8"))]
    kept = {view[1] for view in views if KEPT_BY.search(view[0])}
    found = {screen.url for screen in SCREENS if screen.function in kept}
    assert found == set(KEPT)


# Further bodies of these screens.
MORE = [
    ("feuille-de-route", "elise", "jalon=1.7"),
    ("tableau-de-bord", "carine", "direction=VC-JSP"),
    ("pourquoi", "elise", "chiffre=avancement&au=2023-03-31&connu=oui"),
]


@pytest.mark.parametrize("url,login,query", [*((url, *of) for url, of in KEPT.items()), *MORE])
def test_a_kept_body_reads_through_what_is_remembered_alone(
    demonstration, monkeypatch, url, login, query
):
    """Otherwise a write would not be seen: of a statement sent by the body itself nobody knows which
    subject it reads. Made a second time, with all else remembered, it sends none.
    """
    monkeypatch.setattr(around, "_BODIES", Cache(4))
    first = drawn(arrive(demonstration, login, url, query))
    with telling_statements(engine()) as of_frame:
        kept = drawn(arrive(demonstration, login, url, query))
    monkeypatch.setattr(around, "_BODIES", Cache(4))
    with telling_statements(engine()) as of_both:
        anew = drawn(arrive(demonstration, login, url, query))
    assert first == kept == anew and first
    assert sorted(of_both) == sorted(of_frame)


def drawn(tab) -> list[str]:
    """What is ours on a page, without what each sign-in has of its own: the address of a file that
    it offers, the mark of what the browser may keep.
    """
    own = rf'{web_files.ADDRESS}[^"]+| data-whose="[^"]*"'
    return [re.sub(own, "", part) for part in html_of(tab)]


def test_what_is_filed_meanwhile_stands_on_a_kept_screen(demonstration, cast):
    """Elise's cockpit counts the entry that Alice files."""
    before = parts_of(arrive(demonstration, "elise", "tableau-de-bord", "direction=ADM"))
    again = parts_of(arrive(demonstration, "elise", "tableau-de-bord", "direction=ADM"))
    write_with(
        demonstration, file_idea, cast.alice, checked_input(title="Un banc"), "jeton-du-banc"
    )
    after = parts_of(arrive(demonstration, "elise", "tableau-de-bord", "direction=ADM"))
    assert before == again != after


def test_a_direction_that_is_renamed_has_its_new_name_on_a_kept_screen(demonstration):
    """Names stand in the chart that the scope holds: no figure is asked for them."""
    address = ("carine", "tableau-de-bord", "direction=VC")
    before = " ".join(parts_of(arrive(demonstration, *address)))
    assert "Jeunesse et sports" in before
    with writing(demonstration) as session:
        place = session.exec(select(Direction).where(Direction.code == "VC-JSP")).one()
        place.name = "Sports et jeunesse"
        raise_revisions(session, "directions")
    after = " ".join(parts_of(arrive(demonstration, *address)))
    assert "Sports et jeunesse" in after and "Jeunesse et sports" not in after


def test_two_readers_of_one_scope_have_a_body_each(demonstration):
    """Carine has no entries to publish, Elise has: each reads her own list of what waits."""
    elise = html_of(arrive(demonstration, "elise", "tableau-de-bord", "direction=ADM"))
    didier = html_of(arrive(demonstration, "didier", "tableau-de-bord", "direction=ADM"))
    assert any("dépôts à lire" in part for part in didier)
    assert not any("dépôts à lire" in part for part in elise)


# ── What screens remember for one reader is read anew as soon as somebody's act changes it ────────

WAITING = 28  # a point of the demonstration that waits for a decision


@pytest.fixture
def scopes(demonstration, cast):
    """Login → her scope of today."""
    with reading(demonstration) as session:
        return {
            login: scope_at(session, getattr(cast, login)) for login in ("alice", "bruno", "didier")
        }


def test_an_answer_that_was_told_is_no_longer_to_be_told(demonstration, scopes):
    bruno = scopes["bruno"]
    answers, waiting = cached.answers_to_hand_over(bruno, 10)
    write_with(demonstration, hand_over_answer, bruno, answers[0][0].number)
    left, fewer = cached.answers_to_hand_over(bruno, 10)
    assert fewer == waiting - 1
    assert answers[0][0].number not in {idea.number for idea, _ in left}


def test_an_objection_is_counted_at_once_beside_the_point_that_waits(demonstration, scopes):
    didier, asked = scopes["didier"], (WAITING,)
    before = cached.open_objections(didier, asked).get(WAITING, ())
    remarks = cached.discussion(didier, Subject.decision, str(WAITING)).remarks
    write_with(
        demonstration,
        discussions.contribute,
        scopes["didier"],
        Subject.decision,
        str(WAITING),
        "Trop tôt.",
        ContributionKind.objection,
    )
    assert len(cached.open_objections(didier, asked)[WAITING]) == len(before) + 1
    found = cached.discussion(didier, Subject.decision, str(WAITING)).remarks
    assert len(found) == len(remarks) + 1


def test_a_registration_is_known_at_once(demonstration, cast, scopes):
    person = cast.alice.person_id
    known = {where.session_id for where in cached.own_seats(person)}
    with writing(demonstration) as session:
        ahead = session.exec(
            select(TrainingSession).where(
                TrainingSession.on > FROZEN, TrainingSession.cancelled_on.is_(None)
            )
        ).all()
        free = next(one for one in ahead if one.id not in known and one.capacity)
        register(session, cast.alice, Where(session_id=free.id))
    assert Where(session_id=free.id) in cached.own_seats(person)
    assert len(cached.registrations_of(person)) >= 1


def test_the_lists_of_who_answers_count_what_comes_in(demonstration, cast, scopes):
    didier = scopes["didier"]
    unowned = Filters(view=View.unowned)
    counted, reported = cached_ideas.ideas_counted(didier, unowned), cached_ideas.reported(didier)
    page = cached_ideas.ideas_page(didier, unowned, 1, None)
    with writing(demonstration) as session:
        file_idea(session, cast.alice, checked_input(title="Un banc"), "jeton-des-listes")
        shown = session.exec(
            select(Idea).where(Idea.published, Idea.author_id != cast.alice.person_id)
        ).first()
        at = (Subject.idea, str(shown.id))
        discussions.report_content(session, scopes["alice"], *at, None, "Déplacé.")
    assert cached_ideas.ideas_counted(didier, unowned) == counted + 1
    assert cached_ideas.ideas_page(didier, unowned, 1, None).total == page.total + 1
    assert cached_ideas.reported(didier) == reported + 1


# ── Two agents of one name ────────────────────────────────────────────────────────────────────────
# Every list of persons tells them apart, and finds them by either order of their names.

BOTH = {"900001": "VC-JSP-1", "900002": "VC-JSP-2"}


def two_of_one_name(session: Session) -> list[int]:
    found = []
    for key, service in BOTH.items():
        person = Person(key=key, given_name="Claude", family_name="Lambert-Aubry")
        session.add(person)
        session.flush()
        place = {"on": FROZEN, "recorded_on": FROZEN, "service_id": unit(session, service)}
        session.add(Assignment(person_id=person.id, **place))
        found.append(person.id)
    session.flush()
    return found


def for_a_training(session: Session, cast: Cast) -> dict[int, str]:
    return colleagues(session, scope_at(session, cast.didier))


def for_a_list_of_presences(session: Session, cast: Cast) -> dict[int, str]:
    return records.addable(session, scope_at(session, cast.didier), ())


def for_an_answer(session: Session, cast: Cast) -> dict[int, str]:
    idea = an_idea(session, concerns_id=unit(session, "VC-JSP"))
    return waiting.colleagues(session, scope_at(session, cast.carine), idea)


def for_an_account(session: Session, cast: Cast) -> dict[int, str]:
    return persons_without_account(session, cast.farid, "Lambert-Aubry Claude")


def by_their_ids(session: Session, cast: Cast) -> dict[int, str]:
    scope = scope_at(session, cast.didier)
    everybody = colleagues(session, scope)
    return person_labels(session, scope, list(everybody))


@pytest.mark.parametrize("listed", [
    for_a_training, for_a_list_of_presences, for_an_answer, for_an_account, by_their_ids,
])  # fmt: skip
def test_homonyms_are_told_apart_and_found_by_either_order(
    sqlite_copy, cast, listed: Callable[[Session, Cast], dict[int, str]]
):
    with writing(sqlite_copy) as session:
        ids = two_of_one_name(session)
        tree = scope_at(session, cast.didier).tree
        offered = listed(session, cast)
        for person, (key, service) in zip(ids, BOTH.items(), strict=True):
            label = offered[person]
            for part in (key, tree.by_code[service].name):
                assert part in label
            for order in ("Claude Lambert-Aubry", "Lambert-Aubry Claude"):
                assert order in label, "a list narrows to what holds the letters in their order"


def test_who_hands_over_is_chosen_among_labels(open_page, demonstration, cast):
    with writing(demonstration) as session:
        ids = two_of_one_name(session)
        for person in ids:
            join_community(session, cast.didier, JoinInput(Community.ambassadors), person)
    tab = open_page("didier", "communautes", "communaute=ambassadeurs")
    (picker,) = [box for box in tab.selectbox if box.label == "Qui passe le relais ?"]
    named = [label for label in picker.options if "Lambert-Aubry" in label]
    assert len(set(named)) == 2 and all("90000" in label for label in named)
