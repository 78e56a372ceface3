"""Where the HTML of a screen goes: each part is an element, or all parts of a block (bloc) are
one element.

An element costs the browser more than what stands in it: Streamlit sends, compares and lays out
each. Within `gathering()` nothing is sent; the parts come back, to be kept and to be drawn at once.
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
    """What is placed meanwhile, in order, instead of on the page."""
    parts: list[Markup] = []
    token = _PARTS.set(parts)
    try:
        yield parts
    finally:
        _PARTS.reset(token)


def is_gathering() -> bool:
    return _PARTS.get() is not None


def place(html: Markup, **how: object) -> None:
    """A part of the screen; `how` says to Streamlit how wide it is where it stands alone."""
    parts = _PARTS.get()
    if parts is not None:
        parts.append(html)
    elif html.strip():  # Streamlit refuses an empty element
        st.html(html, **how)


@contextmanager
def one_element() -> Iterator[None]:
    """Parts that stand one after the other, sent as one element."""
    with gathering() as parts:
        yield
    place(render("ui/one_element.html", parts=parts))


@contextmanager
def stacked() -> Iterator[None]:
    """Parts one under the other, as far apart as elements stand, sent as one element; none where
    nothing is placed.
    """
    with gathering() as parts:
        yield
    if parts:
        place(render("ui/stacked.html", parts=parts))


@contextmanager
def framed() -> Iterator[None]:
    """Parts in a border of their own (encadré), as a container with a border has it."""
    with gathering() as parts:
        yield
    place(render("ui/framed.html", parts=parts))


@contextmanager
def fold(title: str, icon: str = "") -> Iterator[None]:
    """A part that is open only for whoever asks (volet)."""
    with gathering() as parts:
        yield
    place(render("ui/fold.html", title=title, icon=icon, parts=parts))


@contextmanager
def side_by_side(gap: str = "") -> Iterator[None]:
    """Parts beside one another where the screen is wide enough; each is what `fold` or `together`
    made one. One alone takes the whole width. `gap`: « medium » or « large », as Streamlit's
    columns stand apart.
    """
    with gathering() as parts:
        yield
    for part in parts if len(parts) == 1 else ():
        place(part)
    if len(parts) > 1:
        place(render("ui/side_by_side.html", parts=parts, gap=gap))


@contextmanager
def at_a_glance() -> Iterator[None]:
    """The parts that the first screen of the cockpit places by itself."""
    with gathering() as parts:
        yield
    place(render("cockpit/glance.html", parts=parts))


@contextmanager
def together() -> Iterator[None]:
    """Several parts that are one: a column of `side_by_side`; none where nothing is placed."""
    with gathering() as parts:
        yield
    if parts:
        place(render("ui/together.html", parts=parts))
