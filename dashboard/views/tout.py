"""Chercher: a search over what is open to this reader, and its places, with what one does there."""

from collections.abc import Callable, Iterator

import streamlit as st

from dashboard import cached
from dashboard.access import may
from dashboard.cached import ideas
from dashboard.figures.workstreams import health_of
from dashboard.frame.around import without_filters
from dashboard.queries.ideas.records import Filters
from dashboard.queries.people.accounts import accounts_page
from dashboard.scope import Scope
from dashboard.ui.address import page_header, words
from dashboard.ui.components import TodoItem, draw, paragraph, stacked, todo_list
from dashboard.ui.tables import link
from dashboard.visit.navigation import (
    TOUT,
    address,
    menu,
    note_list_read,
    open_to,
    open_views,
)
from dashboard.visit.screens import SCREENS, place_of
from models.clock import now
from models.communities import Community
from models.database import fetch
from models.idea_states import IdeaStatus
from models.search import bears

WORDS, ONLY = "q", "voir"  # parameters of the address
_MOST, _MOST_OF_ONE = 5, 100


def results(scope: Scope, words: str, only: str) -> None:
    """What was found, five under each heading; `only`: the code of one heading, shown whole."""
    is_empty = True
    for code, (heading, right, find) in _KINDS.items():
        if only not in ("", code) or not may(scope.reader, right):
            continue
        items = list(find(scope, words))
        is_empty = is_empty and not items
        if items:
            todo_list(items[: _MOST_OF_ONE if only else _MOST], heading)
        if len(items) > _MOST and not only:
            where = {"url": "idees"} if code == "idees" else {"url": TOUT, ONLY: code}
            every = address(scope=scope, **where, **{WORDS: words})
            paragraph(link("Tous les résultats", every, heading))
    if is_empty:
        draw("ui/calm.html", text=f"Rien ne porte « {words} » dans ce qui vous est ouvert.")


def _places(scope: Scope, words: str) -> Iterator[TodoItem]:
    """The views that bear these words; if the reader may open none, whose they are."""
    bearing = [
        view
        for view in SCREENS
        if view.is_tab and bears(words, place_of(view).title, view.title, view.purpose)
    ]
    own = [view for view in bearing if may(scope.reader, view.right)]
    for view in own:
        yield TodoItem(view.title, address(view.url, scope), view.purpose)
    for view in () if own else bearing:
        yield TodoItem(view.title, "", f"Cet écran est ouvert à : {open_to(view)}.")


def _ideas(scope: Scope, words: str) -> Iterator[TodoItem]:
    for row in ideas.ideas_page(scope, Filters(words=words), 1, None).rows:
        href = address("idees", scope, idee=row.number)
        yield TodoItem(row.title, href, IdeaStatus(row.status).label)


def _milestones(scope: Scope, words: str) -> Iterator[TodoItem]:
    for m in cached.milestones(scope.on):
        if bears(words, m.plan.number, m.plan.title):
            href = address("feuille-de-route", scope, jalon=m.plan.number)
            status = health_of(m, scope.on).health.label.lower()
            yield TodoItem(m.plan.title, href, f"Jalon {m.plan.number}, {status}")


def _trainings(scope: Scope, words: str) -> Iterator[TodoItem]:
    for row in cached.catalogue(scope):
        if bears(words, row.training.code, row.training.title):
            href = address("academie", scope, formation=row.training.code)
            yield TodoItem(row.training.title, href)


def _decisions(scope: Scope, words: str) -> Iterator[TodoItem]:
    for decision in cached.decisions(scope.on):
        if bears(words, decision.title):
            href = address("decisions", scope, decision=decision.number)
            yield TodoItem(decision.title, href, f"Décision n° {decision.number}")


def _members(scope: Scope, words: str) -> Iterator[TodoItem]:
    """The members of communities, who are public by their consent."""
    for community in Community:
        for member in cached.members(scope, community):
            if bears(words, member.name):
                href = address("communautes", scope, communaute=community.value)
                service = scope.tree.name_of(member.own_service)
                yield TodoItem(member.name, href, f"{community.label}, {service}")


def _accounts(scope: Scope, words: str) -> Iterator[TodoItem]:
    rows = fetch(accounts_page, scope.reader, now(), 1, words, size=_MOST_OF_ONE)
    if rows:
        note_list_read("comptes")
    for row in rows:
        yield TodoItem(row.name, address("comptes", scope, compte=row.id), row.login)


# Code → heading, the right of its screen, what is found there.
_KINDS: dict[str, tuple[str, str, Callable[[Scope, str], Iterator[TodoItem]]]] = {
    "ecrans": ("Écrans", "page.everyone", _places),
    "idees": ("Idées", "page.everyone", _ideas),
    "jalons": ("Jalons", "page.everyone", _milestones),
    "formations": ("Formations", "page.everyone", _trainings),
    "decisions": ("Décisions", "page.cockpit", _decisions),
    "personnes": ("Membres des communautés", "page.everyone", _members),
    "comptes": ("Comptes", "account.manage", _accounts),
}


def tout_view(scope: Scope) -> None:
    page_header("Chercher")
    hint = "un écran, une idée, un jalon, une personne…"
    asked = words(hint).strip()
    if asked:
        # The filters of other screens must not apply here.
        everywhere = Scope.for_reader(
            scope.reader, {}, cached.today(), cached.tree_at, cached.ambitions()
        )
        with stacked():
            results(everywhere, asked, st.query_params.get(ONLY, ""))
    without_filters(body, scope)


def body(scope: Scope, _asked: dict[str, str]) -> None:
    """The places open to this reader."""
    for heading, places in menu(scope.reader).items():
        entries = [
            (
                name,
                address(view.url, scope),
                view.purpose,
                [
                    (tab.title, address(tab.url, scope))
                    for tab in open_views(scope.reader, place_of(view))
                ],
            )
            for name, view in places
            if view.url != TOUT
        ]
        draw("frame/all_places.html", heading=heading, places=entries)
