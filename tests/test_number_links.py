"""Every number that is a link opens exactly what it counted: each reader, each place, each link that
a page draws.
"""

import re

import pytest
from support.pages import enter, html_of, visit

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


def ideas_listed(bodies: list[str]) -> int:
    """The total that the list of entries tells over its rows."""
    (said,) = re.findall(r'class="cp-total"[^>]*>(.*?)<', " ".join(bodies))
    return int(re.sub(r"\D", "", said) or 0)


def points_waiting(bodies: list[str]) -> int:
    """The points of the section « En attente de décision »."""
    whole = " ".join(bodies)
    section = whole[whole.index("En attente de décision") :]
    section = section[: section.index("</section>")] if "</section>" in section else section
    return len(re.findall(r"<li", section))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("who", READERS)
def test_a_number_opens_as_many_rows(demonstration, who, place):
    tab = enter(demonstration, who)
    for screen in SCREENS:
        bodies = html_of(visit(tab, screen.url, place))
        for number, said, href in sorted(number_links(bodies)):
            print("LINK", who, place, screen.url, number, said, href)
