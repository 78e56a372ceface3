"""« Pourquoi ce chiffre ? »; every number that is a link opens exactly what it counted; A figure has
an owner and a definition that is verified until it changes; one speaks of it, and who follows it
learns of a new status once, in her digest; why a curve moved.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine, delete, text
from sqlmodel import Session, select
from streamlit.testing.v1 import AppTest
from support.hands import plain as squeezed
from support.pages import enter, headers, html_of, unfold, visit
from support.rounds import done
from support.transactions import (
    add_rows,
    errors_of,
    read_with,
    refusal,
    select_all,
    select_one,
    write_with,
)
from support.troupe import FROZEN, STREAMS, in_turn, scope_at

from dashboard import french
from dashboard.access import NOBODY, OPERATOR, Reader
from dashboard.actions.discussions import follow_subject
from dashboard.actions.figures.targets import (
    impose,
    lift,
    name_owner,
    note_definitions,
    notify_statuses,
    owner_values,
    verify_definition,
)
from dashboard.actions.notices.sending import send
from dashboard.charts import figures as s_curves
from dashboard.charts.figures import with_events
from dashboard.commands.seeding import FOLLOWED
from dashboard.figures import REGISTRY, Value, reasons
from dashboard.figures.board import Entry, board, scope_for as scope_for_figure
from dashboard.figures.kinds import (
    Reads,
    Unit,
    all_values,
    every_value,
    figure_of,
    rows_behind,
    value_of,
)
from dashboard.figures.reasons import events, hidden_rows_in_words
from dashboard.queries.figures.events import Event, EventKind
from dashboard.queries.figures.figure_rows import COUNTED_UP_TO, UNSEEN_UP_TO, Rows
from dashboard.queries.figures.late_facts import late_facts
from dashboard.queries.figures.small_cells import SMALLEST, last_step
from dashboard.queries.journal import mark_of
from dashboard.queries.roadmap import whole_roadmap
from dashboard.visit.screens import SCREENS, Screen
from models.database import reading, writing
from models.decisions import Decision, DecisionEvent, DecisionStep
from models.directions import Direction, DirectionPlace, Headcount
from models.discussions import Link, Subject, SubjectFollow
from models.facts import random_id
from models.ledger import Change
from models.meetings import MeetingEvent, MeetingState
from models.notices import Notice, NoticeKind
from models.revisions import raise_revisions
from models.roadmap import (
    FigureEvent,
    FigureStep,
    Health,
    MilestoneState,
    Plan,
    PlanReport,
    PlanSchedule,
    Target,
    TargetKind,
)
from models.texts import EditConflict

# ── « Pourquoi ce chiffre ? » ─────────────────────────────────────────────────────────────────────
# Every value explains itself to every role; its numbers are those of the board and of its rows.

VALUES = {value.code: value for _, value in every_value(STREAMS)}


def plain(texts: list[str] | str) -> str:
    said = " ".join(texts) if isinstance(texts, list) else texts
    said = unescape(re.sub(r"<[^>]+>", " ", said)).replace("’", "'")
    return re.sub(r"\s+", " ", said)


# --- every value, every role --------------------------------------------------------------------


READINGS = [
    ("elise", ""),
    ("alice", ""),
    ("didier", "connu=oui"),
    ("carine", "direction=VC-JSP&depuis=2022-06-30"),
    ("elise", "au=2021-01-01"),
    ("farid", "direction=VC&ambition=modernisation&connu=oui&au=2022-11-15"),
]


@pytest.mark.parametrize("login,query", READINGS)
@pytest.mark.slow
def test_each_value_explains_itself(open_page, login, query):
    """Each value to one of these readers, in turn."""
    for code in list(VALUES)[READINGS.index((login, query)) :: len(READINGS)]:
        tab = open_page(login, "pourquoi", f"chiffre={code}&{query}")
        assert not tab.exception, f"{code}: {tab.exception[0].message}"
        said = plain(html_of(tab))
        for heading in ("Le calcul en détail", "Le statut", "L'évolution"):
            assert heading in said, code
        assert headers(tab) == 1 and VALUES[code].definition[1:30] in said
        assert "Tel que connu alors" in [toggle.label for toggle in tab.toggle]
        assert not re.search(r"\b(None|nan)\b", said), code


@pytest.mark.parametrize(
    "login,back", [("alice", "Accueil"), ("bruno", "Accueil"), ("elise", "Pilotage")]
)
def test_the_way_back_leads_where_the_reader_may_go(open_page, login, back):
    for query in ("chiffre=avancement", "chiffre=rien"):
        trail = next(
            body for body in html_of(open_page(login, "pourquoi", query)) if "cp-trail" in body
        )
        assert back in trail


@pytest.mark.slow
def test_the_page_shows_the_numbers_put_into_the_formula(open_page):
    said = plain(html_of(open_page("elise", "pourquoi", "chiffre=echeances")))
    assert "14 ÷ 36 = 38,9 %" in said and "terminés à temps : 14 ; échus : 36" in said
    said = plain(html_of(open_page("elise", "pourquoi", "chiffre=avancement")))
    assert (
        "91,5 % du chemin de 0 % à 88 %, pour le 30/06/2023." in said and "reçu : 44 sur 44" in said
    )
    assert "Rythme nécessaire +3,2 points par mois pour passer de 80,6 % à 100 %" in said
    said = plain(html_of(open_page("elise", "pourquoi", "chiffre=reponse.tenue")))
    assert "Ce chiffre compte ce qui a été encodé." in said and "Fraîcheur dernier fait du" in said
    said = plain(html_of(open_page("elise", "pourquoi", "chiffre=ecart.mois")))
    assert "28,3 − 30 = −1,7 mois, soit 0,94 mois du plan par mois" in said
    said = plain(html_of(open_page("elise", "pourquoi", "chiffre=ecart.points")))
    assert "80,56 % − 88,33 % = −7,78, soit −7,8 points" in said, "not 7,7, as rounded terms give"
    assert said.index("Au 30/06/2023, −7,8 points : avancement moins prévu") < said.index(
        "Le statut"
    )


def by_direction(tab: AppTest) -> str:
    """The table with a line for each direction."""
    found = '<div class="cp-table[^>]*aria-label="[^"]* par direction".*?</table>'
    return re.search(found, " ".join(html_of(tab)), re.DOTALL)[0]


def test_an_agent_follows_her_own_direction_and_no_other(open_page):
    said = by_direction(open_page("alice", "pourquoi", "chiffre=reponse.tenue"))
    assert len(re.findall('<tr role="row">', said)) == 2 and "direction=VC-JSP" in said
    said = by_direction(open_page("elise", "pourquoi", "chiffre=reponse.tenue"))
    codes = re.findall(r"direction=(\w\w)&", said)
    assert codes == ["DG", "DF", "AD", "RI", "VC"], "the order of the organisation chart"


def test_the_reader_of_names_is_kept_in_the_journal(open_page, demonstration):
    def readings() -> int:
        return len(select_all(demonstration, select(Change).where(Change.subject == "lecture")))

    before = readings()
    assert "Présente" not in plain(
        html_of(open_page("elise", "pourquoi", "chiffre=formation&direction=VC-JSP"))
    )
    assert readings() == before, "the CODIR reads counts, no names"
    assert "Présente" in plain(
        html_of(open_page("carine", "pourquoi", "chiffre=formation&direction=VC-JSP"))
    )
    assert readings() == before + 1
    for own in ("VC-JSP", "VC-CUL"):
        for url, query in (
            ("pourquoi", f"chiffre=formation&direction={own}"),
            ("", f"pourquoi=chiffre%3Dformation%26direction%3D{own}"),  # over another page
        ):
            said = plain(html_of(open_page("carine", url, query)))
            assert ("Présente" in said) == (own == "VC-JSP"), (url, own)
    assert readings() == before + 3, "each tab, the page and the panel"


# --- the rows behind ----------------------------------------------------------------------------


def all_rows(session: Session, scope, code: str) -> list[tuple]:
    found, page = [], 1
    while (rows := rows_behind(session, scope, code, page)) and rows.rows:
        found += rows.rows
        page += 1
    return found


ADDED_UP_IN = [
    {},
    {"direction": "VC"},
    {"au": "2023-03-14"},
    {"au": "2022-11-15", "ambition": "modernisation"},
]


@pytest.mark.slow
@pytest.mark.parametrize("demo,address", in_turn(ADDED_UP_IN), indirect=["demo"], ids=str)
def test_the_rows_add_up_to_the_figure(demo, scope_for, address):
    with reading(demo) as session:
        scope = scope_for(session, OPERATOR, **address)
        found = board(session, scope)
        progress = all_rows(session, scope, "avancement")
        assert sum(row[6] or 0 for row in progress) == pytest.approx(found["avancement"].value)
        due = all_rows(session, scope, "echeances")
        assert (sum(row[5] == "oui" for row in due), len(due)) == (
            found["echeances"].numerator,
            found["echeances"].denominator,
        )
        kept = all_rows(session, scope, "reponse.tenue")
        assert (sum(row[5] == "oui" for row in kept), len(kept)) == (
            found["reponse.tenue"].numerator,
            found["reponse.tenue"].denominator,
        )
        issue = found["idees-issue.retenues"]
        decided = all_rows(session, scope, "idees-issue.retenues")
        assert (sum(row[2] in ("Retenue", "Réalisée") for row in decided), len(decided)) == (
            issue.numerator,
            issue.denominator,
        )
        services = all_rows(session, scope, "couverture")
        assert (sum(row[2] == "oui" for row in services), len(services)) == (
            found["couverture"].numerator,
            found["couverture"].denominator,
        )
        seats = all_rows(session, scope, "remplissage")
        assert (sum(row[3] for row in seats), sum(row[4] for row in seats)) == (
            found["remplissage"].numerator,
            found["remplissage"].denominator,
        )


@pytest.mark.parametrize("who", ["alice", "bruno", "elise", "farid"])
def test_names_are_for_who_answers_for_them(sqlite_demo, scope_for, cast, who):
    with reading(sqlite_demo) as session:
        for code in ("formation", "presence.taux", "heures", "attente"):
            for address in ({}, {"direction": "VC-JSP"}):
                found = rows_behind(
                    session, scope_for(session, getattr(cast, who), **address), code
                )
                assert found == Rows(found.headings, note=found.note) and "nombre" in found.note


def test_a_direction_does_not_tell_where_an_author_works(sqlite_demo, scope_for, cast):
    with reading(sqlite_demo) as session:
        assert (
            rows_behind(
                session, scope_for(session, cast.elise, direction="VC"), "idees.pour-100"
            ).rows
            == ()
        )
        own = all_rows(
            session, scope_for(session, cast.carine, direction="VC-JSP"), "idees.pour-100"
        )
        numbers = {row[0].value for row in own}
        hidden = (
            session.connection()
            .exec_driver_sql("SELECT number FROM idea WHERE anonymous = 1")
            .scalars()
            .all()
        )
    assert own and not numbers & {str(number) for number in hidden}


def test_every_figure_has_its_rows_but_where_they_would_name_who_is_not_to_be_named():
    without = {
        figure.code
        for figure in REGISTRY.values()
        if not (figure.rows or all(value.rows for value in figure.values_of(STREAMS)))
    }
    assert without == {"satisfaction", "managers"}, "anonymous sheets, and who came to a meeting"


# --- the words ----------------------------------------------------------------------------------


def entry(value: float, status: str, expected: float = 80, **more) -> Entry:
    empty = dict.fromkeys(Entry.__dataclass_fields__)
    return Entry(
        **empty
        | {
            "code": "x",
            "label": "x",
            "unit": "%",
            "suppressed": False,
            "value": value,
            "status": status,
            "expected": expected,
        }
        | more
    )


@pytest.mark.parametrize(
    "kind,value,told",
    [
        (
            TargetKind.rise,
            71.0,
            (
                "À jour à partir de 80,0 % ; à surveiller à partir de 0,9 × l'attendu = 72,0 % ;"
                " sinon en difficulté."
            ),
        ),
        (
            TargetKind.fall,
            90.0,
            (
                "À jour jusqu'à 80,0 % ; à surveiller jusqu'à 1,1 × l'attendu = 88,0 % ; sinon en"
                " difficulté."
            ),
        ),
    ],
)
def test_the_rule_gives_its_bounds(sqlite_demo, scope_for, kind, value, told):
    figure = Value("x", "x", Unit.percent, kind, "x.", ("a", "b"))
    aim = Target(
        figure="x", kind=kind, for_date=FROZEN + timedelta(days=184), value=80, on=date(2023, 1, 1)
    )
    scope = read_with(sqlite_demo, scope_for, OPERATOR)
    said = {
        r[0]: plain(r[1])
        for r in reasons.status_reasons(figure, entry(value, "en-difficulte"), [aim], scope)
    }
    assert said["Règle"] == told
    assert said["Rythme nécessaire"].startswith(
        "+1,5 point par mois" if kind == TargetKind.rise else "−1,7 point par mois"
    )
    calm = {r[0] for r in reasons.status_reasons(figure, entry(value, "a-jour"), [aim], scope)}
    assert "Rythme nécessaire" not in calm


def test_an_imposed_status_is_told_with_its_author(open_page, demonstration, cast):
    write_with(
        demonstration,
        impose,
        cast.didier,
        "figure:fraicheur",
        "a-surveiller",
        "Relevé en cours <b>*gras*</b>",
        date(2023, 9, 30),
    )
    said = plain(html_of(open_page("elise", "pourquoi", "chiffre=fraicheur")))
    assert (
        "À surveiller, imposé par" in said
        and "jusqu'au 30/09/2023. Raison : Relevé en cours <b>" in said
    ), "a text, since tags are gone"
    assert "Statut imposé" not in plain(
        html_of(open_page("elise", "pourquoi", "chiffre=fraicheur&direction=VC"))
    )


# --- as it was known then -----------------------------------------------------------------------


def test_what_was_recorded_since_is_listed_with_the_difference(open_page, demonstration):
    then = date(2023, 3, 31)
    with writing(demonstration) as session:
        milestone = next(
            m for m in whole_roadmap(session).at(then) if m.state == MilestoneState.under_way
        )
        session.add(
            PlanReport(
                plan_id=milestone.plan.id,
                on=then,
                recorded_on=date(2023, 5, 15),
                state=MilestoneState.done,
                progress=100,
                actual_end=then,
            )
        )
        raise_revisions(session, "roadmap")
    said = plain(
        html_of(open_page("elise", "pourquoi", "chiffre=avancement&au=2023-03-31&connu=oui"))
    )
    assert re.search(r"corrigé depuis : \+\d,\d points?, 1 fait inscrit après le 31/03/2023", said)
    assert f"Jalon {milestone.plan.number} : Terminé, 100 %" in said
    assert "corrigé depuis" not in plain(
        html_of(open_page("elise", "pourquoi", "chiffre=avancement&au=2023-03-31"))
    )


def test_facts_about_persons_are_counted_and_never_listed(sqlite_demo, scope_for):
    with reading(sqlite_demo) as session:
        scope = scope_for(session, OPERATOR, au="2023-03-31")
        for code in ("formation", "presence", "couverture", "attente"):
            assert late_facts(session, scope, REGISTRY[code].facts).shown == []


@pytest.mark.parametrize(
    "code,before,after,hidden",
    [
        ("formation", 40, 42, True),
        ("formation", 40, 45, False),
        ("formation", 40, 40, False),
        ("heures", 100, 110, True),
        ("idees.auteurs", 7, 8, True),
        ("reponse.tenue", 7, 8, False),
    ],
)
def test_two_counts_of_persons_that_could_be_subtracted_are_not_compared(
    code, before, after, hidden
):
    one, other = (entry(1.0, "a-jour", numerator=n, denominator=3200) for n in (before, after))
    assert reasons.reveals_a_person(VALUES[code], other, one) is hidden
    assert reasons.reveals_a_person(VALUES[code], replace(other, suppressed=True), one) is (
        code != "reponse.tenue"
    )


def test_a_status_is_imposed_today_by_who_may(open_page):
    tab = open_page("elise", "pourquoi", "chiffre=avancement")
    tab = unfold(tab, "Imposer un statut")
    assert "Imposer ce statut" in [button.label for button in tab.button]
    assert not offers_a_status(open_page("carine", "pourquoi", "chiffre=avancement"))
    past = open_page("elise", "pourquoi", "chiffre=avancement&au=2023-03-31")
    assert not offers_a_status(past), "a status is imposed today"


def offers_a_status(tab: AppTest) -> bool:
    return any(fold.label.startswith("Imposer un statut") for fold in tab.get("expander"))


# ── Every number that is a link opens exactly what it counted ─────────────────────────────────────
# Each reader, each place, each link that a page draws.

LINK = re.compile(r'<a[^>]*href="(/[^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
TAG = re.compile(r"<[^>]*>")
# « 37 idées sans réponse », « Lire 6 dépôts », not « 3.2 Première séance » nor « 2021-2023 ».
NUMBER = re.compile(
    r"^(?:[a-z_]+ )?(?:Recontacter |Répondre à |Lire )?(\d[\d\s\u202f\xa0]*)\s[a-zà-ÿ]"
)
MONTH = re.compile(r"[?&]mois=")
READERS = ("alice", "bruno", "carine", "didier", "elise", "farid", "gaelle")
PLACES = ("", "direction=VC-JSP", "direction=AD&ambition=modernisation&au=2023-03-31")

# The counts of figures that « Pourquoi ce chiffre ? » lists one by one, with what counts them.
LISTED_FIGURES = {
    "idees.pour-100": lambda entry: entry.numerator,
    "idees.non-attribuables": lambda entry: entry.value,
    "reponse.ouvertes": lambda entry: entry.value,
    "reponse.tenue": lambda entry: entry.denominator,
    "reponse.mediane": lambda entry: entry.n,
    "idees-issue.retenues": lambda entry: entry.denominator,
    "decisions.attente": lambda entry: entry.value,
}


def words(text: str) -> str:
    return re.sub(r"\s+", " ", TAG.sub(" ", text).replace("&#39;", "'")).strip()


def number_links(bodies: list[str]) -> set[tuple[int, str, str]]:
    """(number, words, address) of the links of a page that begin with a count."""
    found = set()
    for body in bodies:
        for href, label in LINK.findall(body):
            said = words(label)
            counted = NUMBER.match(said)
            if counted and not MONTH.search(href):
                number = int(re.sub(r"\D", "", counted[1]))
                found.add((number, said, href.replace("&amp;", "&")))
    return found


def ideas_listed(tab: AppTest) -> int:
    """The total that the list of entries tells over its rows."""
    (counted,) = re.findall(r'cp-list-count"><span>([\d\s]+)\sdépôts?,', "".join(html_of(tab)))
    return int(re.sub(r"\D", "", counted))


def rows_counted(tab: AppTest) -> int:
    """The rows of a list that one works through, as the part that is open counts them."""
    (counted,) = {
        int(found[1])
        for body in html_of(tab)
        for found in re.finditer(r"aria-current=.true.[^>]*>[^<(]*\((\d+)\)", body)
    }
    return counted


def milestones_late(tab: AppTest) -> int:
    (section,) = [body for body in html_of(tab) if "Jalons de la feuille de route" in body]
    return section.count("jalon=")


def figures_listed(tab: AppTest) -> int:
    (section,) = [body for body in html_of(tab) if "dernière donnée" in body]
    return section.count("<li")


# How the rows behind an address are counted. A number that leads elsewhere fails the test: it says
# here first what it opens.
ROWS = {
    "idees": ideas_listed,
    "reception": rows_counted,
    "decisions": rows_counted,
    "feuille-de-route": milestones_late,
    "marques-interet": rows_counted,
    "cibles": figures_listed,
}


def screens_for(who: str) -> list[Screen]:
    """Each screen is met by one reader."""
    turn = READERS.index(who)
    return [screen for nth, screen in enumerate(SCREENS) if (nth + turn) % len(READERS) == 0]


# Each reader in one place, in turn, of who may read most the whole too.
MET = [(who, PLACES[nth % len(PLACES)]) for nth, who in enumerate(READERS)]
MET_OR_WHOLE = sorted({*MET, ("gaelle", "")})


@pytest.mark.slow
@pytest.mark.parametrize("who,place", MET)
def test_a_number_opens_as_many_rows(demonstration, who, place):
    tab = enter(demonstration, who)
    found = set()
    for screen in screens_for(who):
        found |= number_links(html_of(visit(tab, screen.url, place)))
    for number, said, href in sorted(found):
        if is_a_name(href):
            continue
        parts = urlsplit(href)
        page = parts.path.removeprefix("/")
        assert ROWS[page](visit(tab, page, parts.query)) == number, (said, href)


@pytest.mark.slow
def test_what_was_late_on_a_day_looked_at_is_what_opens(demonstration):
    """More entries are late today than were then."""
    tab = visit(enter(demonstration, "carine"), "tableau-de-bord", "au=2023-03-31")
    (number, href) = next(
        (number, href)
        for number, said, href in number_links(html_of(tab))
        if "réponses en retard" in said
    )
    assert 0 < number == ideas_listed(visit(tab, "idees", urlsplit(href).query))


@pytest.mark.slow
@pytest.mark.parametrize("who,place", MET_OR_WHOLE)
def test_the_rows_behind_a_figure_and_those_not_visible_are_what_it_counts(
    demonstration, cast, scope_for, who, place
):
    params = {name: values[0] for name, values in parse_qs(place).items()}
    with reading(demonstration) as session:
        scope = scope_for(session, getattr(cast, who), **params)
        found = board(session, scope)
        for code, counted in LISTED_FIGURES.items():
            here = scope_for_figure(scope, figure_of(code))
            rows = rows_behind(session, here, code)
            if rows.note:
                # Beside what a right opens: what would name an author is counted and not listed.
                assert not scope.is_whole and rows.unseen == 0
                continue
            assert rows.total + rows.unseen == (counted(found[code]) or 0), code
            assert rows.total >= len(rows.rows), code


def test_whatever_is_a_plain_number_with_rows_is_compared_with_them():
    numbers = {
        value.code
        for figure in REGISTRY.values()
        for value in figure.values
        if value.unit is Unit.number and (value.rows or figure.rows)
    }
    # Those who wait for a seat are persons, named to whoever answers for their service alone.
    numbers.remove("attente")
    assert numbers <= set(LISTED_FIGURES), "a line in LISTED_FIGURES says what counts them"


def test_a_list_says_how_many_are_not_visible(demonstration, cast, scope_for):
    with reading(demonstration) as session:
        rows = rows_behind(session, scope_for(session, cast.alice), "reponse.ouvertes")
        all_of_them = rows_behind(session, scope_for(session, cast.didier), "reponse.ouvertes")
    assert rows.unseen >= SMALLEST and all_of_them.unseen == 0
    tab = enter(demonstration, "alice")
    said = squeezed(" ".join(html_of(visit(tab, "pourquoi", "chiffre=reponse.ouvertes"))))
    total = french.number(all_of_them.total)
    assert squeezed(f"{total} entrées, dont {rows.unseen} non visibles pour vous") in said
    tab = enter(demonstration, "didier")
    said = squeezed(" ".join(html_of(visit(tab, "pourquoi", "chiffre=reponse.ouvertes"))))
    assert "Les lignes derrière" in said
    assert "non visible" not in said


def test_few_that_are_not_visible_are_not_told_by_their_number():
    few = Rows(("N°",), total=9, unseen=SMALLEST - 1)
    assert not re.search(r"\d", hidden_rows_in_words(few))
    assert "dont quelques-unes non visibles pour vous" in hidden_rows_in_words(few)
    assert hidden_rows_in_words(Rows(("N°",), total=9)) == ""


def test_what_is_not_counted_to_its_end_is_told_as_at_least_so_much():
    told = hidden_rows_in_words(Rows(("N°",), total=40, unseen=UNSEEN_UP_TO))
    assert words(told) == "au moins 240 entrées, dont au moins 200 non visibles pour vous"
    told = hidden_rows_in_words(Rows(("N°",), total=COUNTED_UP_TO, unseen=SMALLEST))
    assert (
        words(told) == f"au moins 1 {SMALLEST:03} entrées, dont {SMALLEST} non visibles pour vous"
    )


@pytest.mark.slow
def test_each_kind_of_number_is_found(demonstration):
    """Without it a page that is drawn otherwise would leave nothing to compare."""
    found = number_links(html_of(visit(enter(demonstration, "bruno"), "")))
    tab = enter(demonstration, "didier")
    for url in ("tableau-de-bord", ""):
        found |= number_links(html_of(visit(tab, url)))
    pages = {urlsplit(href).path.removeprefix("/") for _, _, href in found}
    assert pages >= set(ROWS)


def is_a_name(href: str) -> bool:
    """Whether an address leads to one record, whose title happens to begin with a number."""
    return bool({"jalon", "reunion", "idee", "decision"} & parse_qs(urlsplit(href).query).keys())


# ──────────────────────────────────────────────────────────────────────────────────────────────────
# A figure has an owner and a definition that is verified until it changes; one speaks of it, and
# who follows it learns of a new status once, in her digest

FIGURE = all_values()["couverture"]
DAY = timedelta(days=1)


def names(engine: Engine, who: Reader, owner: str, unit: int | None = None, **more) -> None:
    typed = FigureEvent(owner=owner, owner_direction_id=unit)
    write_with(engine, name_owner, who, FIGURE, typed, **more)


def verifies(engine: Engine, who: Reader, tree) -> None:
    write_with(engine, verify_definition, who, FIGURE, tree)


def said_on(tab) -> str:
    return " ".join(unescape(" ".join(html_of(tab))).replace("’", "'").split())


# ── Owner and definition ──────────────────────────────────────────────────────────────────────────


def test_the_office_names_the_owner_and_her_manager_verifies_the_definition(demo_copy, cast, tree):
    hers = tree.by_code["VC-JSP"].id
    typed = FigureEvent(owner="Directrice", owner_direction_id=hers)
    for who in (cast.alice, cast.carine, cast.elise, NOBODY):
        refusal(demo_copy, name_owner, who, FIGURE, typed)
        refusal(demo_copy, verify_definition, who, FIGURE, tree)
    names(demo_copy, cast.didier, "  Directrice de la Jeunesse  ", hers)
    owner = read_with(demo_copy, last_step, FIGURE.code, FigureStep.owned, FROZEN)
    assert (owner.owner, owner.owner_direction_id) == ("Directrice de la Jeunesse", hers)
    assert read_with(demo_copy, last_step, FIGURE.code, FigureStep.owned, FROZEN - DAY) is None
    verifies(demo_copy, cast.carine, tree)
    for who in (cast.alice, cast.elise, NOBODY):
        refusal(demo_copy, verify_definition, who, FIGURE, tree)
    verified = read_with(demo_copy, last_step, FIGURE.code, FigureStep.verified, FROZEN)
    assert (verified.by, verified.mark) == (cast.carine.person_id, FIGURE.mark)
    lines = select_all(demo_copy, select(Change).where(Change.subject == "chiffre"))
    assert [(line.field, line.after, line.by) for line in lines] == [
        ("owner", "Directrice de la Jeunesse", cast.didier.person_id),
        ("definition", "vérifiée", cast.carine.person_id),
    ]


def test_an_owner_is_named_in_words_and_in_an_open_direction(demo_copy, cast):
    for owner, unit, field in (
        ("", None, "owner"),
        ("x" * 121, None, "owner"),
        ("A", 9999, "unit"),
    ):
        assert set(errors_of(names, demo_copy, cast.didier, owner, unit)) == {field}


def test_two_who_name_an_owner_at_once_are_told_of_each_other(demo_copy, cast):
    read = mark_of(owner_values(None))
    names(demo_copy, cast.didier, "Le premier", read=read)
    with pytest.raises(EditConflict):
        names(demo_copy, cast.didier, "Le second", read=read)


def test_a_verification_lapses_with_the_definition(demo_copy, cast, tree):
    verifies(demo_copy, cast.didier, tree)
    changed = replace(FIGURE, definition="Autre")
    assert (
        read_with(demo_copy, last_step, FIGURE.code, FigureStep.verified, FROZEN).mark
        != changed.mark
    )
    marks = {code: figure.mark for code, figure in all_values(range(1, 7)).items()}
    assert len(set(marks.values())) > 40 and all(marks.values())
    assert marks == {code: figure.mark for code, figure in all_values(range(1, 7)).items()}


def test_the_page_says_who_answers_for_a_figure_and_who_verified_it(open_page):
    """In the demonstration one is verified, the other has changed since."""
    said = said_on(open_page("alice", "pourquoi", f"chiffre={FOLLOWED}"))
    assert "Porteur du chiffre : Cellule transformation (Direction générale)" in said
    assert "vérifiée le 16/05/2023 par" in said and "elle a changé" not in said
    said = said_on(open_page("alice", "pourquoi", "chiffre=formation"))
    assert "elle a changé depuis qu'elle a été vérifiée le 20/09/2022" in said
    tab = open_page("alice", "pourquoi", "chiffre=heures")
    assert "pas encore de porteur" in said_on(tab)
    assert "Nommer le porteur du chiffre" not in [fold.label for fold in tab.expander]
    tab = open_page("didier", "pourquoi", "chiffre=heures")
    assert "Nommer le porteur du chiffre" in [fold.label for fold in tab.expander]
    assert "Confirmer la définition" in [button.label for button in tab.button]


def test_a_new_definition_is_seen_once_and_is_an_event_of_the_curve(demo_copy, scope_for):
    def rounds(day: date) -> int:
        return write_with(demo_copy, lambda session: done(session, note_definitions(session, day)))

    def seen() -> list[str]:
        def read(session) -> list[str]:
            scope = scope_for(session, NOBODY)
            found = events(Reads(session), scope, figure_of("heures"), value_of("heures"))
            return [event.text for event in found if event.kind == "definition"]

        return read_with(demo_copy, read)

    before = {
        "figure": "heures",
        "what": FigureStep.defined,
        "on": date(2023, 1, 9),
        "recorded_on": date(2023, 1, 9),
    }
    write_with(demo_copy, lambda session: session.add(FigureEvent(mark="ancienne", **before)))
    assert seen() == []
    assert rounds(FROZEN) == len(all_values(range(1, 7)))
    assert rounds(FROZEN) == 0
    assert seen() == ["Ce que compte ce chiffre a été redéfini"]


# ── Following ─────────────────────────────────────────────────────────────────────────────────────


def follows(engine: Engine, who: Reader, code: str, scope_for, stays: bool = True) -> None:
    write_with(
        engine,
        lambda session: follow_subject(
            session, scope_for(session, who), Subject.figure, code, stays
        ),
    )


def has_status(engine: Engine, who: Reader, code: str, status: Health | None, until: date) -> None:
    if status:
        act = impose, who, f"figure:{code}", status, "Relevé vérifié", until
        write_with(engine, *act)
    else:
        write_with(engine, lift, who, f"figure:{code}")


def round_of(engine: Engine, day: date) -> int:
    told = write_with(engine, lambda session: done(session, notify_statuses(session, day)))
    send(engine, day)
    return told


def test_who_follows_a_figure_learns_its_new_status_once(town, cast, post, scope_for):
    write_with(town, lambda session: session.execute(delete(SubjectFollow)))
    until = date(2023, 12, 31)
    follows(town, cast.elise, "heures", scope_for)
    assert round_of(town, FROZEN) == 0, "what she followed it with is no news"
    has_status(town, cast.didier, "heures", Health.trouble, until)
    assert round_of(town, FROZEN) == 1 and round_of(town, FROZEN) == 0
    mails = post.mails_for("elise")
    assert len(mails) == 1
    assert "que vous suivez : en difficulté" in " ".join(mails[0]["Subject"].split())
    has_status(town, cast.didier, "heures", Health.watch, until)
    assert round_of(town, FROZEN) == 1 and len(post.mails_for("elise")) == 1, "one digest a day"
    assert round_of(town, FROZEN + DAY) == 0 and len(post.mails_for("elise")) == 2
    assert "à surveiller" in post.mails_for("elise")[1]["Subject"]
    follows(town, cast.elise, "heures", scope_for, False)
    has_status(town, cast.didier, "heures", None, until)
    assert round_of(town, FROZEN + 2 * DAY) == 0 and len(post.received) == 2


def test_a_target_that_is_reached_is_told_and_that_it_no_longer_is_is_not(town, cast, scope_for):
    write_with(town, lambda session: session.execute(delete(SubjectFollow)))
    follows(town, cast.elise, "couverture", scope_for)
    key = ("chiffre", "couverture", cast.elise.person_id)

    def knows(status: str) -> None:
        def write(session) -> None:
            session.get(SubjectFollow, key).status = status

        write_with(town, write)

    round_of(town, FROZEN)
    now = read_with(town, lambda session: session.get(SubjectFollow, key).status)
    assert now == Health.on_track
    knows(Health.reached)
    assert round_of(town, FROZEN) == 0
    knows(Health.trouble)
    assert round_of(town, FROZEN) == 1
    notice = select_all(town, select(Notice).where(Notice.kind == NoticeKind.outcome))[0]
    assert notice.person_id == cast.elise.person_id and "à jour" in notice.title
    assert notice.href == "/pourquoi?chiffre=couverture"


def test_a_figure_is_followed_where_its_page_is(open_page):
    tab = open_page("alice", "pourquoi", f"chiffre={FOLLOWED}")
    labels = [fold.label for fold in tab.expander]
    assert "En parler" in labels
    unfold(tab, "En parler")
    assert "Suivre" in [button.label for button in tab.button]


# ── Why a curve moved ─────────────────────────────────────────────────────────────────────────────
# The events of a figure are those that a plain SQL finds, as of any day and as known then; a curve
# gets at most a dozen marks, with the same numbers in the list.

DAYS = (date(2022, 6, 30), date(2023, 1, 31), FROZEN)
LATE = date(2023, 2, 20)

# Facts of a table that count at :on and, with :known, were recorded by then.
_LIVE = """(f."on" <= :on AND (:known = 0 OR f.recorded_on <= :on) AND NOT EXISTS (
    SELECT 1 FROM {0} v WHERE v.voids = f.id AND v."on" <= :on
    AND (:known = 0 OR v.recorded_on <= :on)))"""
_TARGETS = f"""SELECT f."on", 'cible', '{{code}}' FROM target f
    WHERE f.figure = '{{code}}' AND {_LIVE.format("target")}"""
_REVISIONS = f"""SELECT f."on", 'calendrier', p.number
    FROM plan_schedule f JOIN plan p ON p.id = f.plan_id WHERE p.level = 'jalon'
    AND f.voids IS NULL AND {_LIVE.format("plan_schedule")} AND ({{streams}}) AND EXISTS (
        SELECT 1 FROM plan_schedule e WHERE e.plan_id = f.plan_id AND (e."on" < f."on"
        OR (e."on" = f."on" AND e.id < f.id)) AND {_LIVE.format("plan_schedule").replace("f.", "e.")})
    """
_MEETINGS = f"""SELECT f.day, 'reunion', CAST(m.id AS VARCHAR)
    FROM meeting_event f JOIN meeting m ON m.id = f.meeting_id WHERE m.kind = '{{kind}}'
    AND f.what = 'tenue' AND {_LIVE.format("meeting_event")} AND f.day <= :on"""
_DECISIONS = f"""SELECT f."on", 'decision', CAST(d.number AS VARCHAR)
    FROM decision_event f JOIN decision d ON d.id = f.decision_id
    WHERE f.what = 'decidee' AND {_LIVE.format("decision_event")} AND ({{about}})"""
_LINKED = """EXISTS (SELECT 1 FROM link l WHERE l."on" <= :on AND l.ended_on IS NULL AND (
    (l.to_kind = 'decision' AND l.to_key = CAST(d.id AS VARCHAR) AND l.from_kind IN {0})
    OR (l.from_kind = 'decision' AND l.from_key = CAST(d.id AS VARCHAR) AND l.to_kind IN {0})))"""
_ORGANISATION = {
    table: f"""SELECT DISTINCT f."on", 'organisation', '{table}' FROM {table} f
    WHERE {_LIVE.format(table)}"""
    for table in ("headcount", "direction_place")
}
_IMPORTS = """SELECT "on", 'import', record FROM change
    WHERE subject = 'import' AND record IN {0} AND "on" <= :on"""

EXPECTED = {
    "avancement": [
        _TARGETS.format(code="avancement"),
        _REVISIONS.format(streams="1 = 1"),
        _MEETINGS.format(kind="copilotage"),
        _DECISIONS.format(about=_LINKED.format("('jalon')")),
        _IMPORTS.format("('jalon')"),
    ],
    "avancement-chantier.5": [
        _TARGETS.format(code="avancement-chantier.5"),
        _REVISIONS.format(streams="p.workstream_id = 5"),
        _IMPORTS.format("('jalon')"),
    ],
    "decisions.taux": [
        _TARGETS.format(code="decisions.taux"),
        _MEETINGS.format(kind="conseil"),
        _DECISIONS.format(about="1 = 1"),
    ],
    "idees.pour-100": [
        _MEETINGS.format(kind="ambassadeurs"),
        _DECISIONS.format(about=_LINKED.format("('idee')")),
        *_ORGANISATION.values(),
        _IMPORTS.format("('idée', 'commentaire', 'direction', 'effectif')"),
    ],
}
_WORDS = {"headcount": "Effectifs", "direction_place": "Organigramme"}


@pytest.fixture
def eventful(demo_copy) -> Engine:
    """Facts recorded late, corrected and undone, links and imports."""
    plan = select_one(demo_copy, select(Plan).where(Plan.number == "1.7"))
    other = select_one(demo_copy, select(Plan).where(Plan.number == "5.8"))
    decision = select_one(demo_copy, select(Decision).where(Decision.number == 5))
    decided = select_one(
        demo_copy,
        select(DecisionEvent).where(
            DecisionEvent.decision_id == decision.id, DecisionEvent.what == DecisionStep.decided
        ),
    )
    target = select_one(
        demo_copy,
        select(Target).where(Target.figure == "avancement", Target.for_date == date(2023, 6, 30)),
    )
    held = read_with(
        demo_copy,
        lambda session: session.exec(
            select(MeetingEvent).where(MeetingEvent.what == MeetingState.held).limit(1)
        ).one(),
    )
    place = read_with(
        demo_copy, lambda session: session.exec(select(DirectionPlace).limit(1)).one()
    )
    seats = read_with(demo_copy, lambda session: session.exec(select(Headcount).limit(1)).one())
    dates = {"start": date(2022, 1, 1), "end": date(2023, 11, 30)}
    link = {"role": "decidee-par", "on": date(2022, 5, 2)}
    add_rows(
        demo_copy,
        PlanSchedule(plan_id=plan.id, on=date(2022, 11, 10), recorded_on=LATE, **dates),
        PlanSchedule(plan_id=other.id, on=date(2022, 6, 1), recorded_on=date(2022, 6, 1), **dates),
        Target(
            figure="avancement",
            kind=TargetKind.follow,
            for_date=target.for_date,
            value=target.value,
            voids=target.id,
            on=date(2022, 12, 1),
            recorded_on=LATE,
        ),
        DecisionEvent(
            decision_id=decision.id,
            what=DecisionStep.undone,
            voids=decided.id,
            on=decided.on,
            recorded_on=LATE,
        ),
        MeetingEvent(
            meeting_id=held.meeting_id,
            what=MeetingState.cancelled,
            day=held.day,
            voids=held.id,
            on=held.on,
            recorded_on=LATE,
        ),
        DirectionPlace(
            direction_id=place.direction_id,
            parent_id=place.parent_id,
            on=date(2022, 9, 1),
            recorded_on=LATE,
        ),
        Headcount(
            service_id=seats.service_id,
            agents=44,
            without_computer=2,
            on=date(2022, 3, 1),
            recorded_on=LATE,
        ),
        *(
            Link(
                id=random_id(FROZEN),
                from_kind=kind,
                from_key=key,
                to_kind="decision",
                to_key=str(decision.id),
                **link,
            )
            for kind, key in (("jalon", "1.7"), ("idee", "1"))
        ),
        Change(on=date(2022, 4, 4), subject="import", record="idée", field="lignes", after="3"),
        Change(on=date(2022, 4, 5), subject="import", record="jalon", field="lignes", after="3"),
        Change(on=date(2022, 4, 6), subject="import", record="relevé", field="lignes", after="3"),
    )
    return demo_copy


def found(engine: Engine, code: str, on: date, known: bool, **address: str) -> list[Event]:
    def read(session) -> list[Event]:
        scope = scope_at(session, OPERATOR, au=on.isoformat(), **address)
        return events(
            Reads(session), replace(scope, as_known_then=known), figure_of(code), value_of(code)
        )

    return read_with(engine, read)


def key(event: Event) -> tuple[date, str, str]:
    named = event.param[1] if event.param else event.text.removeprefix("Import : ").split()[0]
    return event.on, str(event.kind), named


@pytest.mark.parametrize("code", EXPECTED)
def test_events_are_those_of_a_plain_sql(eventful, code):
    sizes = set()
    for on in DAYS:
        for known in (False, True):
            events_then = found(eventful, code, on, known)
            rows = set()
            with eventful.connect() as connection:
                for statement in EXPECTED[code]:
                    for day, kind, name in connection.execute(
                        text(statement),
                        {
                            "on": on.isoformat() if (eventful.dialect.name == "sqlite") else on,
                            "known": int(known),
                        },
                    ):
                        day = date.fromisoformat(day) if isinstance(day, str) else day
                        plural = f"{name}s" if kind == "import" else name
                        if day > date(2021, 1, 1):
                            rows.add((day, kind, _WORDS.get(name, plural)))
            assert {key(event) for event in events_then} == rows
            assert [event.on for event in events_then] == sorted(e.on for e in events_then)
            sizes.add((on, len(events_then)))
    # What was recorded late makes a difference somewhere.
    assert len(sizes) > len(DAYS) or code == "avancement-chantier.5"


def test_a_direction_has_the_events_of_its_own_units(demo, scope_for):
    """What concerns another direction explains nothing here."""
    whole = found(demo, "decisions.taux", FROZEN, False)
    own = found(demo, "decisions.taux", FROZEN, False, direction="RI-GRH")
    decided = {int(event.param[1]) for event in own if event.kind is EventKind.decision}
    owners = select_all(
        demo,
        select(Decision.number, Direction.code).join(
            Direction, Direction.id == Decision.owner_direction_id
        ),
    )
    assert decided == {number for number, code in owners if code == "RI-GRH"} & {
        int(event.param[1]) for event in whole if event.kind is EventKind.decision
    }
    assert decided and set(own) < set(whole)


def _marked(found_events: Sequence[Event]):
    first, last = date(2021, 1, 31), date(2023, 12, 31)
    curves = {s_curves.PLANNED: [(first, 0.0), (last, 100.0)], s_curves.EARNED: [(first, 0.0)]}
    chart = s_curves.chart("courbe", curves, FROZEN, "Courbe", "", "Courbe.")
    return chart, with_events(chart, found_events)


def test_a_curve_has_a_dozen_marks_at_most_the_weightiest_first():
    meetings = [
        Event(day, EventKind.meeting, "CODIR")
        for day in [date(2021, 2, 2) + timedelta(days=12 * place) for place in range(70)]
    ]
    decision = Event(date(2022, 2, 9), EventKind.decision, "Décision n° 1")
    before = Event(date(2020, 12, 1), EventKind.target, "Cible")
    plain, chart = _marked(sorted([*meetings, decision, before], key=lambda event: event.on))
    drawn = [mark.text for mark in chart.plot.marks if mark.text.isdigit()]
    assert drawn == [str(n) for n in range(1, len(drawn) + 1)] and 6 <= len(drawn) <= 12
    assert len(chart.plot.lines) == len(plain.plot.lines) + len(drawn)
    numbers = [number for number, _ in chart.events]
    assert numbers == sorted(numbers) and set(map(str, numbers)) == set(drawn)
    listed = [event for _, event in chart.events]
    assert decision in listed and before not in listed
    # The mark of the decision stands on its very day.
    places = {line.points[0][0] for line in chart.plot.lines[: len(drawn)]}
    span = (date(2023, 12, 31) - date(2021, 1, 31)).days
    assert round(100 * (decision.on - date(2021, 1, 31)).days / span, 2) in places
