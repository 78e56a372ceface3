"""Chercher: a search over what is open to this reader, and its places, with what one does there."""

import streamlit as st

from dashboard import cached
from dashboard.frame.around import without_filters
from dashboard.scope import Scope
from dashboard.screens.finding import ONLY, results
from dashboard.ui.address import page_header, words
from dashboard.ui.components import draw, stacked
from dashboard.visit.navigation import TOUT, address, menu, open_views
from dashboard.visit.screens import place_of


def render(scope: Scope) -> None:
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
                place_of(view).purpose,
                [
                    (tab.title, address(tab.url, scope))
                    for tab in open_views(scope.reader, place_of(view))
                ],
            )
            for name, view in places
            if view.url != TOUT
        ]
        draw("frame/all_places.html", heading=heading, places=entries)
