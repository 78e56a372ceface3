"""The body of a screen that is one element (corps): gathered, kept, and drawn with its filters.

A body is kept by who reads, the scope, what else it reads of the address, and the revisions of all
that it was made of. What is drawn in it is HTML alone, and all that it reads is read through
`dashboard/cached` or a function of `memory.cached`; tests/test_bodies.py tells where it is not.
"""

from collections.abc import Callable, Collection, Sequence

import streamlit as st
from markupsafe import Markup
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.access import Reader
from dashboard.cached import memory
from dashboard.cached.memory import TrackedCache
from dashboard.frame import scoping
from dashboard.frame.filters import filters_of, mount, other_programme
from dashboard.scope import Scope
from dashboard.ui.blocks import gathering
from dashboard.ui.components import draw
from dashboard.visit import gate, navigation, signin
from dashboard.visit.screens import Screen

Asked = dict[str, str]
# A body draws from these two: the scope, what else the address says.
Body = Callable[[Scope, Asked], None]
# What a scope is made of: the chart, the programmes and the ambitions that it holds.
_OF_SCOPE = ("directions", "roadmap")
_BODIES: TrackedCache[Sequence[Markup]] = TrackedCache(256)


def one_block(
    body: Body,
    *,
    asks: Collection[str] = (),
    settle: Callable[[Scope], None] = lambda _scope: None,
    after: Body | None = None,
    title: Callable[[Scope], str] | None = None,
) -> None:
    """A page that is one element: its filters and its body, which alone are run again when a filter
    changes. `asks` names what the body reads of the address besides the scope; `settle` may lead to
    another address before anything is drawn; `after` draws what follows, widgets too; `title` names
    the window, where the name of the screen says too little.
    """
    if not (screen := navigation.current_screen()).is_block:
        raise RuntimeError(f"« {screen.url} »: `is_block=True` is missing in its line of SCREENS")
    _drawn(body, asks, settle, after, title)


@st.fragment
def _drawn(
    body: Body,
    asks: Collection[str],
    settle: Callable[[Scope], None],
    after: Body | None,
    title: Callable[[Scope], str] | None,
) -> None:
    reader, screen = st.session_state[gate.READER], navigation.current_screen()
    with memory.one_run():
        scope = _scope_of_this_run(reader, screen)
        settle(scope)
        if title and not navigation.is_named(title(scope)):
            st.set_page_config(page_title=navigation.window_title(title(scope)))
        asked = st.query_params.to_dict()
        with gathering() as head:
            for sentence in scope.ignored:
                draw("ui/calm.html", text=sentence)
            if scope.asked:
                other_programme(scope, screen)
        parts = cached_parts(body, scope, {name: asked[name] for name in asks if name in asked})
        mount({"filters": filters_of(scope, screen), "parts": [*head, *parts]})
        if after:
            after(scope, asked)


def without_filters(body: Body, scope: Scope, **asked: str) -> None:
    """A page, or a reading part of one, that has no filters: one element."""
    mount({"parts": cached_parts(body, scope, asked)}, body.__name__)


def cached_parts(body: Body, scope: Scope, asked: Asked) -> Sequence[Markup]:
    """What the body draws, as it was kept while nothing that it reads was written."""

    def make() -> Sequence[Markup]:
        memory.revisions(*_OF_SCOPE)
        with gathering() as parts:
            body(scope, asked)
        return parts

    screen = navigation.current_screen()
    key = (screen.url, body.__qualname__, _edition(screen), scope, tuple(sorted(asked.items())))
    return _BODIES.find(key, make)


def _edition(screen: Screen) -> int:
    """A developer changes the file of a page while it is served."""
    return 0 if signin.served_by_us() else screen.file.stat().st_mtime_ns


def _scope_of_this_run(reader: Reader, screen: Screen) -> Scope:
    """The frame has made it where the whole page runs; its sentences about what was left aside
    would be lost in a second reading, since the address is written back.
    """
    if not get_script_run_ctx().fragment_ids_this_run:
        return navigation.current_scope()
    scope = scoping.scope_of_address(reader)
    navigation.set_scope(scope, screen)
    return scope
