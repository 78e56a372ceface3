"""The scope, screen and address of the current run; the menu of a reader."""

from urllib.parse import urlencode, urlsplit

import streamlit as st

from dashboard.access import RIGHTS, Reader, may
from dashboard.actions.acts import note_reading
from dashboard.guide.declared import help_of
from dashboard.scope import Scope
from dashboard.visit import signin
from dashboard.visit.screens import PLACES, Place, Screen, place_of, screen_at
from models.database import writing
from models.people import Role
from models.settings import settings

HEAD = "_cp_head"  # what a frame tells the head of a page: (tabs, page of the guide, purpose)
_SCOPE = "_cp_scope"
_SCREEN = "_cp_screen"
_TITLE = "_cp_title"  # the title of the window in this run
_STAY = "_cp_stay"  # (location of this tab, number of locations so far)
# Parameters of filters and paging, which do not leave the location; the word of a link is removed
# from the address as soon as it is read.
_FILTERS = frozenset(
    {"direction", "services", "ambition", "au", "depuis", "programme", "page", "jeton", "pourquoi"}
)


TOUT, COCKPIT = "tout", "tableau-de-bord"


def open_views(reader: Reader, place: Place) -> list[Screen]:
    """The views of a place that this reader may open from its tabs or the menu."""
    return [view for view in place.views if view.is_tab and may(reader, view.right)]


def open_to(screen: Screen) -> str:
    """The roles that may open a screen, in words."""
    roles = RIGHTS[screen.right].keys() - {Role.operator}
    return ", ".join(role.label for role in Role if role in roles)


def menu(reader: Reader) -> dict[str, list[tuple[str, Screen]]]:
    """Heading → the places open to this reader: the name of each and the view that it opens on."""
    by_heading: dict[str, list[tuple[str, Screen]]] = {}
    for place in PLACES:
        if place.heading and (views := open_views(reader, place)):
            name = views[0].title if len(views) == 1 else place.title
            by_heading.setdefault(place.heading, []).append((name, views[0]))
    return by_heading


def bar(reader: Reader) -> list[Screen]:
    """The screens of a phone's bar: the front page, the reader's own, ideas, form and search."""
    urls = ["", "deposer", "actualites"]
    if reader.is_known:
        second = COCKPIT if may(reader, "page.cockpit") else "feuille-de-route"
        urls = ["", second, "idees", "deposer", TOUT]
    return [screen_at(url) for url in urls]


def set_scope(scope: Scope, screen: Screen, embedded: bool = False) -> None:
    """Stores the scope and the place of this run before the page runs; an embedded page has no link
    back.
    """
    st.session_state[_SCOPE], st.session_state[_SCREEN] = scope, screen
    # A new stay where the screen, or the record it shows, has changed.
    params = st.query_params.to_dict()
    here = (screen.url, frozenset((k, v) for k, v in params.items() if k not in _FILTERS))
    before, number = st.session_state.get(_STAY, (here, 0))
    st.session_state[_STAY] = (here, number + (here != before))
    if embedded:
        st.session_state[HEAD] = ((), "", "")
        return
    place = place_of(screen)
    tabs = tuple(
        (view.title, href_of(view, scope), view is screen)
        for view in open_views(scope.reader, place)
    )
    st.session_state[HEAD] = (tabs, help_of(screen.url, scope.reader.roles), screen.purpose)


def current_stay() -> int:
    """The number of the stay on this screen: leaving and returning starts another one."""
    return st.session_state.get(_STAY, (None, 0))[1]


def window_title(title: str) -> str:
    """The title of the window with this page; noted, so that it is sent once."""
    st.session_state[_TITLE] = title
    return f"{title} · C-Possible"


def is_named(title: str) -> bool:
    """Whether the window already has this title."""
    return st.session_state.get(_TITLE) == title


def current_scope() -> Scope:
    """The scope that the frame set for this run."""
    return st.session_state[_SCOPE]


def current_screen() -> Screen:
    """The screen that the frame shows in this run."""
    return st.session_state[_SCREEN]


def address(url: str, scope: Scope, **more: str | int | None) -> str:
    """An address of a screen with the scope and further parameters."""
    further = {key: str(value) for key, value in more.items() if value not in (None, "")}
    if not scope.params().keys().isdisjoint(further):
        return f"/{url}?{urlencode(scope.params() | further)}"
    return f"/{url}?{scope.query}{'&' if further else ''}{urlencode(further)}"


def own_directions(scope: Scope) -> Scope:
    """The scope of the reader's mandates instead of the whole administration, if she has some."""
    if not scope.is_whole or not scope.reader.mandates:
        return scope
    own = [unit for unit, _ in scope.tree.walk() if unit.id in scope.reader.mandates]
    return scope.within(*(unit for unit in own if unit.parent is not None))


def href_of(view: Screen, scope: Scope) -> str:
    """The address of a view in the menu or a tab; a visitor's carries no scope. The cockpit of a
    manager opens on her directions.
    """
    if view.url == COCKPIT and Role.codir not in scope.reader.roles:
        scope = own_directions(scope)
    return address(view.url, scope) if scope.reader.is_known else view.href


def whole_number(text: str | None) -> int | None:
    """A number of the address, or None: users may type anything there."""
    # Below 19 digits it fits into the column of an id, on either engine.
    is_number = text and text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if is_number else None


def public_address() -> str:
    """The public address of the product, for QR codes and frames."""
    # Without a browser (a job, a test) only the listening address is known.
    listening = f"http://{settings().cp_address}:{settings().cp_port}"
    shown = st.context.url if isinstance(st.context.url, str) else ""
    return settings().public_address(shown if urlsplit(shown).netloc else listening)


_READ = "_cp_read_lists"


def note_list_read(what: str) -> None:
    """Records that the reader of this tab was shown a list, by its name in the journal. A rerun is
    not another viewing.
    """
    # Set before the journal is written: reading the session state may end this run, and the next
    # one would record the viewing again.
    read: set[str] = st.session_state.setdefault(_READ, set())
    if what in read:
        return
    with writing() as session:
        note_reading(session, signin.current_reader(), what)
    read.add(what)
