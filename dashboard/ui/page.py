"""The head of a page (tête d'écran): its title, the way back, what was just done."""

from collections.abc import Sequence

import streamlit as st

from dashboard.ui.blocks import is_gathering
from dashboard.ui.components import draw
from dashboard.ui.forms import say_what_was_done
from dashboard.visit import navigation
from dashboard.visit.navigation import PLACE


def page_header(
    title: str, lead: str = "", trail: Sequence[tuple[str, str]] = (), is_slim: bool = False
) -> None:
    """The h1 of a page, one sentence under it, and the way back above it: `trail` holds (label,
    address) pairs. `is_slim`: in one line, where the filters say the sentence.

    The way back begins where the frame says, at the front page; « ? » leads to its page of the
    guide. What was just done is said under it.
    """
    icon, home, help_page = st.session_state.get(PLACE, ("", (), ""))
    # A page that names the front page itself does not write it twice.
    steps = list(dict.fromkeys((*home, *trail)))
    draw(
        "ui/page_header.html",
        title=title,
        lead=lead,
        icon=icon,
        steps=steps,
        is_slim=is_slim,
        help=help_page,
    )
    if is_gathering():  # a page that is one block is named by the frame
        return
    # The window and its history tell pages apart.
    if not navigation.is_named(title):
        st.set_page_config(page_title=navigation.window_title(title))
    say_what_was_done()
