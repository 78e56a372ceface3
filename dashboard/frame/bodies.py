"""Screens whose body is one element (corps): rendered, cached, and drawn with its filters.

The cache key is the reader, the scope and the other parameters of the address; the result is valid
until something is written, or the day ends. A body draws HTML only, and reads through
`dashboard/cached` or functions of `memory.cached`; tests/test_bodies.py checks it.
"""

from collections.abc import Callable, Collection, Sequence

import streamlit as st
from markupsafe import Markup
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.access import Reader
from dashboard.cached import memory
from dashboard.cached.memory import Cache
from dashboard.frame import scoping
from dashboard.frame.filters import filters_of, mount, other_programme
from dashboard.scope import Scope
from dashboard.ui.blocks import gathering
from dashboard.ui.components import draw
from dashboard.visit import gate, navigation
from dashboard.visit.screens import Screen

Asked = dict[str, str]
# A body is drawn from the scope and the other parameters of the address.
Body = Callable[[Scope, Asked], None]
_BODIES = Cache[Sequence[Markup]]()


def one_block(
    body: Body,
    *,
    asks: Collection[str] = (),
    redirect: Callable[[Scope], None] = lambda _scope: None,
    after: Body | None = None,
    title: Callable[[Scope], str] | None = None,
) -> None:
    """A page that is one element: its filters and its body, which alone rerun when a filter
    changes. `asks` names the parameters the body reads besides the scope; `redirect` may switch to
    another address before anything is drawn; `after` draws what follows, widgets included; `title`
    names the window if the name of the screen is too general.
    """
    if not (screen := navigation.current_screen()).is_block:
        raise RuntimeError(f"« {screen.url} »: `is_block=True` is missing in its line of SCREENS")
    _drawn(body, asks, redirect, after, title)


@st.fragment
def _drawn(
    body: Body,
    asks: Collection[str],
    redirect: Callable[[Scope], None],
    after: Body | None,
    title: Callable[[Scope], str] | None,
) -> None:
    reader, screen = st.session_state[gate.READER], navigation.current_screen()
    with memory.one_run():
        scope = _scope_of_this_run(reader, screen)
        redirect(scope)
        if title and not navigation.is_named(title(scope)):
            st.set_page_config(page_title=navigation.window_title(title(scope)))
        params = st.query_params.to_dict()
        with gathering() as head:
            for sentence in scope.ignored:
                draw("ui/calm.html", text=sentence)
            if scope.asked:
                other_programme(scope, screen)
        parts = cached_parts(body, scope, {name: params[name] for name in asks if name in params})
        mount({"filters": filters_of(scope, screen), "parts": [*head, *parts]})
        if after:
            after(scope, params)


def without_filters(body: Body, scope: Scope, **params: str) -> None:
    """A page or a part of one without filters, as one element."""
    mount({"parts": cached_parts(body, scope, params)}, body.__name__)


def cached_parts(body: Body, scope: Scope, params: Asked) -> Sequence[Markup]:
    """What the body draws, from the cache as long as nothing that it reads has changed."""

    def make() -> Sequence[Markup]:
        with gathering() as parts:
            body(scope, params)
        return parts

    screen = navigation.current_screen()
    key = (
        screen.url,
        body,
        scope,
        tuple(sorted(params.items())),
    )
    return _BODIES.find(key, memory.now_of_everything(), make)


def _scope_of_this_run(reader: Reader, screen: Screen) -> Scope:
    """The scope made by the frame in a full run; read again, its sentences about ignored parameters
    would be lost, since the address is rewritten.
    """
    if not get_script_run_ctx().fragment_ids_this_run:
        return navigation.current_scope()
    scope = scoping.scope_of_address(reader)
    navigation.set_scope(scope, screen)
    return scope
