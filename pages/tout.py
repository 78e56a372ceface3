"""Tout: every screen this reader may open, under its heading."""

from dashboard.components import draw, page_header, paragraph
from dashboard.listing import link
from dashboard.navigation import address, current_scope, open_screens
from dashboard.scope import Scope


def render(scope: Scope) -> None:
    page_header("Tout", "Tous les écrans qui vous sont ouverts.")
    for heading, screens in open_screens(scope.reader).items():
        draw(
            "frame/all_screens.html",
            heading=heading,
            screens=[(screen.title, address(screen.url, scope)) for screen in screens],
        )
    paragraph(link("Déclaration d’accessibilité", "/accessibilite"))


render(current_scope())
