"""Places the HTML of a screen: each part is one Streamlit element, or all parts of a block
(bloc) are one element.

An element costs the browser more than its content: Streamlit sends, compares and lays out each.
Within `gathering()` nothing is sent; the parts are returned, to be cached and drawn at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st
from markupsafe import Markup

from dashboard.rendering import render

_PARTS: ContextVar[list[Markup] | None] = ContextVar("parts of the block being drawn", default=None)


@contextmanager
def gathering() -> Iterator[list[Markup]]:
    """Collects the parts placed inside the `with`, in order, instead of sending them to the
    page.
    """
    parts: list[Markup] = []
    token = _PARTS.set(parts)
    try:
        yield parts
    finally:
        _PARTS.reset(token)


def is_gathering() -> bool:
    return _PARTS.get() is not None


def place(html: Markup, **how: object) -> None:
    """Places a part of the screen; `how`: Streamlit options of its width when it is not
    collected.
    """
    parts = _PARTS.get()
    if parts is not None:
        parts.append(html)
    elif html.strip():  # Streamlit refuses an empty element
        st.html(html, **how)


@contextmanager
def stacked() -> Iterator[None]:
    """Stacked parts, with the gap between elements, sent as one element; draws nothing if empty."""
    with gathering() as parts:
        yield
    if parts:
        place(render("ui/stacked.html", parts=parts))


@contextmanager
def framed() -> Iterator[None]:
    """Parts in a border (encadré), like a container with a border."""
    with gathering() as parts:
        yield
    place(render("ui/framed.html", parts=parts))


@contextmanager
def fold(title: str, icon: str = "") -> Iterator[None]:
    """A part folded by default (volet)."""
    with gathering() as parts:
        yield
    place(render("ui/fold.html", title=title, icon=icon, parts=parts))


@contextmanager
def side_by_side(gap: str = "") -> Iterator[None]:
    """Parts side by side on a wide screen; each is made by `fold` or `together`. A single one
    takes the whole width. `gap`: « medium » or « large », as for Streamlit's columns.
    """
    with gathering() as parts:
        yield
    for part in parts if len(parts) == 1 else ():
        place(part)
    if len(parts) > 1:
        place(render("ui/side_by_side.html", parts=parts, gap=gap))


@contextmanager
def at_a_glance() -> Iterator[None]:
    """The parts of the cockpit's first screen, laid out by its style sheet."""
    with gathering() as parts:
        yield
    place(render("cockpit/glance.html", parts=parts))


@contextmanager
def together() -> Iterator[None]:
    """Several parts as one: a column of `side_by_side`; draws nothing if empty."""
    with gathering() as parts:
        yield
    if parts:
        place(render("ui/together.html", parts=parts))
