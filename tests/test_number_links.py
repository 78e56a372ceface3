"""Every number that is a link opens exactly what it counted: each reader, each place, each link that
a page draws.
"""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest
from support.pages import enter, html_of, markdown_of, visit

from dashboard.visit.navigation import SCREENS

LINK = re.compile(r'<a[^>]*href="(/[^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
TAG = re.compile(r"<[^>]*>")
# « 37 idées sans réponse », not « 3.2 Première séance » nor « 2021-2023 ».
NUMBER = re.compile(r"^(?:[a-z_]+ )?(\d[\d\s\u202f\xa0]*)\s[a-zà-ÿ]")
MONTH = re.compile(r"[?&]mois=")
READERS = ("alice", "bruno", "carine", "didier", "elise", "farid", "gaelle")
PLACES = ("", "direction=VC-JSP", "direction=AD&ambition=modernisation&au=2023-03-31")


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
    (said,) = [
        found[1] for text in markdown_of(tab) if (found := re.match(r"([\d\s]+)\sdépôts?,", text))
    ]
    return int(re.sub(r"\D", "", said))


def points_waiting(tab: AppTest) -> int:
    """The points of the section « En attente de décision »."""
    (section,) = [body for body in html_of(tab) if ">En attente de décision</h2><div" in body]
    return section.count("<li>")


def things_to_do(tab: AppTest) -> int:
    (section,) = [body for body in html_of(tab) if "À recontacter, délai passé</h2>" in body]
    return section.count("<li")


def figures_listed(tab: AppTest) -> int:
    (section,) = [body for body in html_of(tab) if "Dernière donnée" in body]
    return section.count("chiffre=")


# How the rows behind an address are counted. A number that leads elsewhere fails the test: it says
# here first what it opens.
ROWS = {
    "idees": ideas_listed,
    "decisions": points_waiting,
    "marques-interet": things_to_do,
    "cibles": figures_listed,
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("who", READERS)
def test_a_number_opens_as_many_rows(demonstration, who, place):
    tab = enter(demonstration, who)
    found = set()
    for screen in SCREENS:
        found |= number_links(html_of(visit(tab, screen.url, place)))
    for number, said, href in sorted(found):
        if is_a_name(href):
            continue
        parts = urlsplit(href)
        page = parts.path.removeprefix("/")
        assert ROWS[page](visit(tab, page, parts.query)) == number, (said, href)


def test_each_kind_of_number_is_found(demonstration):
    """Without it a page that is drawn otherwise would leave nothing to compare."""
    tab = enter(demonstration, "didier")
    found = set()
    for url in ("tableau-de-bord", "mon-espace"):
        found |= number_links(html_of(visit(tab, url)))
    pages = {urlsplit(href).path.removeprefix("/") for _, _, href in found}
    assert pages >= set(ROWS)


def is_a_name(href: str) -> bool:
    """Whether an address leads to one record, whose title happens to begin with a number."""
    return bool({"jalon", "reunion", "idee", "decision"} & parse_qs(urlsplit(href).query).keys())
