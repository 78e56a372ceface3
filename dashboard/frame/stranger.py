"""The front page without an account (version publique): the sign-in, and what the Directeur général
published.

Figures, workstreams and milestones are those of the publication, with its date, and are not
recomputed; ideas carried out and posts are the current public ones.
"""

import streamlit as st

from dashboard import cached
from dashboard.access import NOBODY
from dashboard.screens.front import activities, done_list, post_list
from dashboard.screens.public import public_head, situation
from dashboard.ui.components import note_unread, paragraph
from dashboard.ui.tables import link
from dashboard.visit.sign_in_screen import sign_in_form
from seed.demonstration import DEMO_ACCOUNTS, DEMO_PASSWORD

_POSTS = 4


def front() -> None:
    """The whole page: title, sign-in, publication, news, how to take part."""
    publication = cached.published()
    public_head(publication)
    sign_in_column, public_column = st.columns([2, 3], gap="large")
    with sign_in_column:
        sign_in("Se connecter", level=2)
    with public_column:
        note_unread(cached.last_published())
        if publication:
            situation(publication)
        post_list(cached.posts(NOBODY, cached.today(), _POSTS))
    if publication:
        done_list([(title, "", answer) for _, title, answer in publication.done])
    activities(cached.activities())


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
