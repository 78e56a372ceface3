"""A screen that is one element is kept, and is drawn anew as soon as something that it shows is
written.
"""

import re

import pytest
from sqlmodel import select
from support.databases import telling_statements
from support.pages import arrive, html_of, parts_of
from support.transactions import write_with

from dashboard.actions.ideas.filing import checked_input, file_idea
from dashboard.cached.memory import Cache
from dashboard.frame import around
from dashboard.visit.screens import SCREENS
from dashboard.web import files as web_files
from models.database import engine, writing
from models.directions import Direction
from models.revisions import raise_revisions
from models.settings import ROOT

VIEWS = ROOT / "dashboard" / "views"
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
