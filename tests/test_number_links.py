"""Every number that is a link opens exactly what it counted: each reader, each place, each link that
a page draws.
"""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest
from support.hands import plain
from support.pages import enter, html_of, visit

from dashboard import french
from dashboard.figures import REGISTRY
from dashboard.figures.board import board, scope_for as scope_for_figure
from dashboard.figures.kinds import Unit, figure_of, rows_behind
from dashboard.figures.reasons import hidden_rows_in_words
from dashboard.queries.figures.figure_rows import COUNTED_UP_TO, UNSEEN_UP_TO, Rows
from dashboard.queries.figures.small_cells import SMALLEST
from dashboard.visit.screens import SCREENS, Screen
from models.database import reading

LINK = re.compile(r'<a[^>]*href="(/[^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
TAG = re.compile(r"<[^>]*>")
# « 37 idées sans réponse », not « 3.2 Première séance » nor « 2021-2023 ».
NUMBER = re.compile(r"^(?:[a-z_]+ )?(\d[\d\s\u202f\xa0]*)\s[a-zà-ÿ]")
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
        for href, text in LINK.findall(body):
            said = words(text)
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
    said = plain(" ".join(html_of(visit(tab, "pourquoi", "chiffre=reponse.ouvertes"))))
    total = french.number(all_of_them.total)
    assert plain(f"{total} entrées, dont {rows.unseen} non visibles pour vous") in said
    tab = enter(demonstration, "didier")
    said = plain(" ".join(html_of(visit(tab, "pourquoi", "chiffre=reponse.ouvertes"))))
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
    for url in ("tableau-de-bord", "mon-espace"):
        found |= number_links(html_of(visit(tab, url)))
    pages = {urlsplit(href).path.removeprefix("/") for _, _, href in found}
    assert pages >= set(ROWS)


def is_a_name(href: str) -> bool:
    """Whether an address leads to one record, whose title happens to begin with a number."""
    return bool({"jalon", "reunion", "idee", "decision"} & parse_qs(urlsplit(href).query).keys())
