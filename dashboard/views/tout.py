"""Chercher: the places open to this reader, with what one does there."""

from dashboard.frame.bodies import without_filters
from dashboard.scope import Scope
from dashboard.ui.components import draw, paragraph
from dashboard.ui.page import page_header
from dashboard.ui.tables import link
from dashboard.visit.navigation import TOUT, address, menu, open_views
from dashboard.visit.screens import place_of


def body(scope: Scope, _asked: dict[str, str]) -> None:
    page_header("Chercher", "Les écrans qui vous sont ouverts.")
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
    paragraph(link("Déclaration d’accessibilité", "/accessibilite"))


def render(scope: Scope) -> None:
    without_filters(body, scope)
