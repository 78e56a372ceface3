"""The front page without an account (version publique): the sign-in, and what the Directeur général
made public.

Figures, workstreams and milestones are those of the publication, with its date, and never computed
again; ideas carried out and posts are read as they are today, those that are public.
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
    """The whole page: head, sign-in, publication, news, how to take part."""
    shown = cached.published()
    public_head(shown)
    left, right = st.columns([2, 3], gap="large")
    with left:
        sign_in("Se connecter", level=2)
    with right:
        note_unread(cached.last_published())
        if shown:
            situation(shown)
        post_list(cached.posts(NOBODY, cached.today(), _POSTS))
    if shown:
        done_list([(title, "", answer) for _, title, answer in shown.done])
    activities(cached.activities())


def sign_in(heading: str, level: int = 1) -> None:
    """The sign-in in place, with the accounts of a demonstration on a demonstration database
    only.
    """
    if cached.installation().demonstration:
        sign_in_form(heading, DEMO_ACCOUNTS, DEMO_PASSWORD, level)
    else:
        sign_in_form(heading, level=level)
    paragraph(link("Mode d’emploi", "/guide"))
    paragraph(link("Déclaration d’accessibilité", "/accessibilite"))
