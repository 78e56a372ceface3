"""A part of a screen that is drawn once somebody opens it (volet à la demande): until then its
fields cost nothing, neither on the server nor in the browser, and what is typed in them runs this
part alone, not the page around it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.cached import memory
from dashboard.ui.forms import FormState, form_state, show_what_was_done
from dashboard.visit.navigation import current_stay


@dataclass(frozen=True, slots=True)
class Fold:
    """A closed fold; `draw(*given)` fills it when it is opened. `title` is Markdown."""

    title: str
    draw: Callable[..., object]
    given: tuple[object, ...]
    key: str
    icon: str | None = None


def unfolding(
    title: str, draw: Callable[..., object], *arguments: object, key: str, icon: str | None = None
) -> None:
    """One closed fold."""
    unfoldings([Fold(title, draw, arguments, key, icon)])


@st.fragment
def unfoldings(folds: Sequence[Fold]) -> None:
    """Closed folds one under the other, that run as one part: each part of its own costs as much as
    the fold in it.
    """
    show_what_was_done()
    for fold in folds:
        _unfolding(fold)


def _unfolding(fold: Fold) -> None:
    seen = _seen_in_this_stay(fold.key)
    if seen["title"] != fold.title:
        # To Streamlit a fold of another title is another one: it starts as this one stood.
        seen |= {"title": fold.title, "starts_open": seen["is_open"]}
    starts_open = seen["starts_open"]
    with st.expander(
        fold.title, starts_open, icon=fold.icon, key=fold.key, on_change="rerun"
    ) as part:
        seen["is_open"] = bool(part.open)
        # Closed again it stays drawn: Streamlit forgets what was typed in a field that a run does
        # not draw.
        seen["is_drawn"] |= seen["is_open"]
        if seen["is_drawn"]:
            with memory.one_run():
                fold.draw(*fold.given)


def _seen_in_this_stay(key: str) -> FormState:
    """What is known of a fold until the screen is left."""
    seen = form_state(f"unfolding_{key}")
    if seen.get("stay") != current_stay():
        seen.clear()
        seen |= {"stay": current_stay(), "title": None, "is_open": False, "is_drawn": False}
    return seen
