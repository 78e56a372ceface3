"""A part of a screen drawn when it is opened (volet à la demande): until then its fields cost
nothing, and typing in it reruns this part only, not the page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.cached import memory
from dashboard.ui.forms import Form, FormState, form_state, rerun_after_act
from dashboard.visit.navigation import current_stay


@dataclass(frozen=True, slots=True)
class Fold:
    """A fold, closed unless it `starts_open`; `draw(*given)` draws it when it is opened. `title` is
    Markdown.
    """

    title: str
    draw: Callable[..., object]
    given: tuple[object, ...]
    key: str
    icon: str | None = None
    starts_open: bool = False


def unfolding(
    title: str, draw: Callable[..., object], *arguments: object, key: str, icon: str | None = None
) -> None:
    """One closed fold."""
    unfoldings([Fold(title, draw, arguments, key, icon)])


@st.fragment
def unfoldings(folds: Sequence[Fold]) -> None:
    """Stacked closed folds that rerun as one fragment: each fragment costs as much as a fold."""
    rerun_after_act()
    for fold in folds:
        fold_within(fold)


def gesture(form: Form, label: str, icon: str, draw: Callable[..., object], *given: object) -> Fold:
    """The fold of a form; once its act is done its key changes, which closes it."""
    return Fold(label, draw, given, form.key("box"), f":material/{icon}:")


def gestures(folds: Sequence[Fold], key: str) -> None:
    """Folds as buttons in one row, each opens its part over the page; within a fragment."""
    with st.container(horizontal=True, key=key):
        for fold in folds:
            with st.popover(fold.title, icon=fold.icon, key=fold.key, on_change="rerun") as part:
                _draw_once_opened(fold, part.open)


def fold_within(fold: Fold) -> None:
    """A fold of the fragment that is drawn: what changes in it draws that fragment anew."""
    seen = _state_in_this_stay(fold)
    if seen["title"] != fold.title:
        # For Streamlit, a fold with another title is a new one: it starts in the state of the old
        # one.
        seen |= {"title": fold.title, "starts_open": seen["is_open"]}
    starts_open = seen["starts_open"]
    with st.expander(
        fold.title, starts_open, icon=fold.icon, key=fold.key, on_change="rerun"
    ) as part:
        seen["is_open"] = bool(part.open)
        _draw_once_opened(fold, seen["is_open"])


def _draw_once_opened(fold: Fold, is_open: bool) -> None:
    seen = _state_in_this_stay(fold)
    # Once opened it stays drawn: Streamlit drops the input of fields that a run does not draw.
    seen["is_drawn"] |= is_open
    if seen["is_drawn"]:
        with memory.one_run():
            fold.draw(*fold.given)


def _state_in_this_stay(fold: Fold) -> FormState:
    """The state of a fold, until the screen is left."""
    seen = form_state(f"unfolding_{fold.key}")
    if seen.get("stay") != current_stay():
        seen.clear()
        seen |= {"stay": current_stay(), "title": None, "is_drawn": False}
        seen["is_open"] = fold.starts_open
    return seen
