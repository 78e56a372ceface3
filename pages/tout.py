"""Tout: every screen this reader may open, under its heading."""

import streamlit as st

from dashboard.components import escape_html, page_header
from dashboard.navigation import address, current_scope, open_screens
from dashboard.scope import Scope


def render(scope: Scope) -> None:
    page_header("Tout", "Tous les écrans qui vous sont ouverts.")
    for heading, screens in open_screens(scope.reader).items():
        links = "".join(f'<li class="cp-tile"><h3><a class="cp-go" href="{escape_html(address(screen.url, scope))}">'
                        f"{escape_html(screen.title)}</a></h3></li>" for screen in screens)
        st.html(f'<section class="cp-section"><h2>{escape_html(heading)}</h2><ul class="cp-tiles">{links}</ul></section>')
    st.html('<p><a class="cp-go" href="/accessibilite">Déclaration d’accessibilité</a></p>')


render(current_scope())
