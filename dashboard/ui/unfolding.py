"""A part of a screen that is drawn once somebody opens it (volet à la demande): until then its
fields cost nothing, neither on the server nor in the browser, and what is typed in them runs this
part alone, not the page around it.
"""

from collections.abc import Callable

import streamlit as st

from dashboard.cached import memory
from dashboard.ui.forms import FormState, form_state, show_what_was_done
from dashboard.visit.navigation import current_stay


def unfolding(
    title: str, draw: Callable[..., object], *given: object, key: str, icon: str | None = None
) -> None:
    """A closed fold; `draw(*given)` fills it when it is opened. `title` is Markdown."""
    _unfolding(title, draw, given, key, icon)


@st.fragment
def _unfolding(
    title: str, draw: Callable[..., object], given: tuple, key: str, icon: str | None
) -> None:
    show_what_was_done()
    seen = _seen_in_this_stay(key)
    if seen["title"] != title:
        # To Streamlit a fold of another title is another one: it starts as this one stood.
        seen |= {"title": title, "starts_open": seen["is_open"]}
    with st.expander(title, seen["starts_open"], icon=icon, key=key, on_change="rerun") as part:
        seen["is_open"] = bool(part.open)
        # Closed again it stays drawn: Streamlit forgets what was typed in a field that a run does
        # not draw.
        seen["is_drawn"] |= seen["is_open"]
        if seen["is_drawn"]:
            with memory.one_run():
                draw(*given)


def _seen_in_this_stay(key: str) -> FormState:
    """What is known of a fold until the screen is left."""
    seen = form_state(f"unfolding_{key}")
    if seen.get("stay") != current_stay():
        seen.clear()
        seen |= {"stay": current_stay(), "title": None, "is_open": False, "is_drawn": False}
    return seen
