"""The head of a page (tête d'écran): breadcrumbs, title, and the message of the last act."""

from collections.abc import Sequence

import streamlit as st

from dashboard.ui.blocks import is_gathering
from dashboard.ui.components import draw
from dashboard.ui.forms import show_act_message
from dashboard.visit import navigation
from dashboard.visit.navigation import PLACE


def page_header(
    title: str, lead: str = "", trail: Sequence[tuple[str, str]] = (), is_slim: bool = False
) -> None:
    """The h1 of a page, its sentence, and its breadcrumbs: `trail` holds (label, address) pairs.
    `is_slim`: one line, on pages whose filters say the sentence.

    The breadcrumbs start at the front page; « ? » opens the page's guide. The message of the
    last act is below.
    """
    icon, home, help_page = st.session_state.get(PLACE, ("", (), ""))
    # Not repeated if the trail starts with the front page.
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
    if is_gathering():  # the frame names a page made of one block
        return
    # The window title, also shown in the browser's history.
    if not navigation.is_named(title):
        st.set_page_config(page_title=navigation.window_title(title))
    show_act_message()
