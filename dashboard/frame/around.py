"""What surrounds a page (pourtour): the side menu, the banner, the bar of a phone."""

from collections.abc import Callable, Collection, Sequence
from functools import cache
from threading import Lock
from urllib.parse import parse_qsl

import streamlit as st
from markupsafe import Markup
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import cached
from dashboard.access import Reader, may
from dashboard.cached import memory
from dashboard.cached.memory import Cache
from dashboard.figures import reasons as say
from dashboard.figures.board import scope_for
from dashboard.frame import scoping
from dashboard.frame.menu import (
    NO_USER,
    Entry,
    Headings,
    User,
    filters_of,
    mount,
    other_programme,
    page_at,
    page_top,
    side_menu,
)
from dashboard.frame.scoping import scope_as_asked
from dashboard.rendering import render_once
from dashboard.scope import Scope
from dashboard.screens.figure_charts import FIGURE, AskedValue, asked_of, entry_of
from dashboard.screens.front import public_head, situation
from dashboard.screens.why import explained, rows
from dashboard.ui.components import draw, escape_md, gathering, link_buttons, note_unread, place
from dashboard.visit import authenticator, gate, navigation, signin
from dashboard.visit.navigation import address, href_of
from dashboard.visit.screens import Screen, place_of, screen_at
from dashboard.visit.sign_in_screen import sign_in_form
from models.database import migrate
from seed.demonstration import DEMO_ACCOUNTS, DEMO_PASSWORD

_FOOT = ("vos-donnees", "registre", "accessibilite", "integrer")
_MARK = "/icon.svg"
_MARK_OF_STREAMLIT = "/app/static/icon.svg"


def side(reader: Reader, scope: Scope, screen: Screen) -> None:
    """The side menu: links with the scope under headings; the signed-in user; sign out."""
    is_served = signin.served_by_us()
    with st.sidebar:
        places = _places(reader, scope, screen) if is_served else ()
        side_menu(mark(), signin.whose(reader), places, _user(reader, scope))
        if not is_served:
            _menu_of_streamlit(reader, scope)
        if reader.is_known:
            st.button(
                "Se déconnecter",
                key="w_sign_out",
                icon=":material/logout:",
                width="stretch",
                on_click=authenticator.sign_out,
            )
        elif screen.url:
            link_buttons([("Se connecter", "/", "login")], after=True)


def head(reader: Reader, scope: Scope, screen: Screen) -> None:
    """Above every page: the banner of a demonstration, and the bar of a phone, which the stylesheet
    puts at the bottom.
    """
    installation = cached.installation()
    page_top(installation.frozen_on, _bar(reader, scope, screen))
    if not signin.served_by_us():
        st.caption(
            "Mode développeur : la connexion vit dans cet onglet ; servez avec « make run » pour"
            " les en-têtes, le témoin et les fichiers."
        )


def foot(reader: Reader, scope: Scope | None = None) -> None:
    """The small links under a page: the guide, one's data, and what few look for."""
    views = [screen_at(url) for url in _FOOT]
    links = [
        (view.title, href_of(view, scope) if scope else view.href)
        for view in views
        if may(reader, view.right)
    ]
    place(render_once("frame/foot.html", links=(("Mode d’emploi", "/guide"), *links)))


def mark() -> str:
    """The address of the logo."""
    return _MARK if signin.served_by_us() else _MARK_OF_STREAMLIT


def _places(reader: Reader, scope: Scope, screen: Screen) -> Headings:
    here = place_of(screen)
    return tuple(
        (
            heading,
            tuple(
                (name, place_of(view).icon, href_of(view, scope), place_of(view) is here)
                for name, view in places
            ),
        )
        for heading, places in navigation.menu(reader).items()
    )


def _user(reader: Reader, scope: Scope) -> User:
    if not reader.is_known:
        return NO_USER
    initials = "".join(part[0] for part in reader.name.split()[:2]).upper()
    roles = ", ".join(sorted(role.label for role in reader.roles))
    return initials, reader.name, roles, navigation.address("mon-espace", scope)


def _menu_of_streamlit(reader: Reader, scope: Scope) -> None:
    # Without static/page.js a link of ours would open another tab, without the sign-in.
    for heading, places in navigation.menu(reader).items():
        st.caption(heading)
        for name, view in places:
            st.page_link(
                page_at(view.url),
                label=name,
                icon=f":material/{place_of(view).icon}:",
                query_params=scope.params() if reader.is_known else None,
            )


def _bar(reader: Reader, scope: Scope, here: Screen) -> tuple[Entry, ...]:
    """The bar of a phone: this reader's main screens."""
    return tuple(
        (screen.short, place_of(screen).icon, href_of(screen, scope), screen is here)
        for screen in navigation.bar(reader)
    )


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


WHY = "pourquoi"  # parameter of the address, and the address of its full page


def why_panel(reader: Reader) -> None:
    """The panel that the address asks for; nothing otherwise."""
    if WHY not in st.query_params or not may(reader, screen_at(WHY).right):
        return
    params = dict(parse_qsl(st.query_params[WHY]))
    asked = asked_of(scope_as_asked(reader, params), params.get(FIGURE, ""), "")
    if asked:
        title = escape_md(asked.value.label)
        st.dialog(title, width="large", on_dismiss=_close)(_why)(asked)


def _why(asked: AskedValue) -> None:
    scope, value = asked.scope, asked.value
    st.markdown(escape_md(say.in_one_sentence(value, entry_of(asked), scope.on)))
    without_filters(explained, scope, **asked.address)
    rows(scope_for(scope, asked.figure), value)
    link_buttons([("Ouvrir en pleine page", address(WHY, scope, **asked.address), "open_in_full")])


def _close() -> None:
    st.query_params.pop(WHY, None)


_ONE_AT_A_TIME = Lock()


def prepare() -> None:
    """Installs the gate; under `streamlit run` also migrates, which our own server has done
    already.
    """
    with _ONE_AT_A_TIME:
        _prepare()


@cache
def _prepare() -> None:
    gate.install()
    if not signin.served_by_us():
        migrate()


def front() -> None:
    """What is public, and the sign-in."""
    note_unread(cached.last_published())
    publication = cached.published()
    public_head(publication)
    sign_in("Se connecter", level=2)
    if publication:
        situation(publication)


def sign_in(heading: str, level: int = 1) -> None:
    """The sign-in on the page; the demonstration accounts are listed on a demonstration database
    only.
    """
    if cached.installation().demonstration:
        sign_in_form(heading, DEMO_ACCOUNTS, DEMO_PASSWORD, level)
    else:
        sign_in_form(heading, level=level)
