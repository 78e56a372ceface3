"""Tout: all screens open to this reader, by heading."""

from dashboard.frame.bodies import without_filters
from dashboard.scope import Scope
from dashboard.ui.components import draw, paragraph
from dashboard.ui.page import page_header
from dashboard.ui.tables import link
from dashboard.visit.navigation import address, current_scope, open_screens


def body(scope: Scope, _asked: dict[str, str]) -> None:
    page_header("Tout", "Tous les écrans qui vous sont ouverts.")
    for heading, screens in open_screens(scope.reader).items():
        draw(
            "frame/all_screens.html",
            heading=heading,
            screens=[(screen.title, address(screen.url, scope)) for screen in screens],
        )
    paragraph(link("Déclaration d’accessibilité", "/accessibilite"))


without_filters(body, current_scope())
