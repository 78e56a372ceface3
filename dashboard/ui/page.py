"""The head of a page (tête d'écran): breadcrumbs, title, and the message of the last act."""

from collections.abc import Sequence

import streamlit as st

from dashboard.ui.blocks import is_gathering
from dashboard.ui.components import draw
from dashboard.ui.forms import show_act_message
from dashboard.visit import navigation
from dashboard.visit.navigation import HEAD


def page_header(title: str, lead: str = "", trail: Sequence[tuple[str, str]] = ()) -> None:
    """The h1 of a page, its sentence, and above them the tabs of its place, or the breadcrumbs of a
    record: `trail` holds (label, address) pairs.

    « ? » opens the page's guide. The message of the last act is below.
    """
    tabs, help_page = st.session_state.get(HEAD, ((), ""))
    draw(
        "ui/page_header.html",
        title=title,
        lead=lead,
        trail=trail,
        tabs=tabs if len(tabs) > 1 and not trail else (),
        help=help_page,
    )
    if is_gathering():  # the frame names a page made of one block
        return
    # The window title, also shown in the browser's history.
    if not navigation.is_named(title):
        st.set_page_config(page_title=navigation.window_title(title))
    show_act_message()
