"""The front page without an account inside the application (a lapsed sign-in): the sign-in, and
what is public.
"""

import streamlit as st

from dashboard import cached
from dashboard.screens.public import public_head, situation
from dashboard.ui.components import note_unread, paragraph
from dashboard.ui.tables import link
from dashboard.visit.sign_in_screen import sign_in_form
from seed.demonstration import DEMO_ACCOUNTS, DEMO_PASSWORD


def front() -> None:
    """The title, the sign-in and the publication."""
    publication = cached.published()
    public_head(publication)
    sign_in_column, public_column = st.columns([2, 3], gap="large")
    with sign_in_column:
        sign_in("Se connecter", level=2)
    with public_column:
        note_unread(cached.last_published())
        if publication:
            situation(publication)


def sign_in(heading: str, level: int = 1) -> None:
    """The sign-in on the page; the demonstration accounts are listed on a demonstration database
    only.
    """
    if cached.installation().demonstration:
        sign_in_form(heading, DEMO_ACCOUNTS, DEMO_PASSWORD, level)
    else:
        sign_in_form(heading, level=level)
    paragraph(link("Mode d’emploi", "/guide"))
    paragraph(link("Déclaration d’accessibilité", "/accessibilite"))
