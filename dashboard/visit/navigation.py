"""The scope, screen and address of the current run; the menu of a reader."""

from urllib.parse import urlencode, urlsplit

import streamlit as st

from dashboard.access import Reader, may
from dashboard.guide.declared import help_of
from dashboard.scope import Scope
from dashboard.visit.screens import SCREENS, Screen, screen_at
from models.people import Role
from models.settings import settings

PLACE = "_cp_place"  # where a screen puts its head: (icon, link back, its page of the guide)
_SCOPE = "_cp_scope"
_SCREEN = "_cp_screen"
_TITLE = "_cp_title"  # the title of the window in this run
_STAY = "_cp_stay"  # (location of this tab, number of locations so far)
# Parameters of filters and paging, which do not leave the location; the word of a link is removed
# from the address as soon as it is read.
_FILTERS = frozenset(
    {"direction", "services", "ambition", "au", "depuis", "programme", "page", "jeton"}
)


MOST_IN_MENU, TOUT, MY_DIRECTION, SINCE, COCKPIT, SYSTEM = (
    9,
    "tout",
    "ma-direction",
    "depuis",
    "tableau-de-bord",
    "etat-du-systeme",
)
INBOX, WORKSHOP, DECISIONS = "reception", "atelier", "decisions"


def open_screens(reader: Reader) -> dict[str, list[Screen]]:
    """Heading → every screen this reader may open, in order, for « Tout »."""
    by_heading: dict[str, list[Screen]] = {}
    for screen in SCREENS:
        if screen.in_all and screen.url != TOUT and may(reader, screen.right):
            by_heading.setdefault(screen.heading, []).append(screen)
    return by_heading


def menu(reader: Reader) -> dict[str, list[Screen]]:
    """Heading → the screens of the menu, at most nine; if there are more, the last one is «
    Tout ».
    """
    shown = [screen for screens in open_screens(reader).values() for screen in screens]
    if len(shown) > MOST_IN_MENU:
        # A stable sort: the reader's own screens first, then the others, in their order.
        by_need = sorted(shown, key=lambda screen: not _is_in_menu(screen, reader))
        first = by_need[: MOST_IN_MENU - 1]
        shown = [screen for screen in shown if screen in first] + [screen_at(TOUT)]
    by_heading: dict[str, list[Screen]] = {}
    for screen in shown:
        by_heading.setdefault(screen.heading, []).append(screen)
    return by_heading


def bar(reader: Reader) -> list[Screen]:
    """The screens of a phone's bar: the front page, the reader's own, the ideas and the form."""
    return [screen_at(url) for url in ("", _own_screen(reader), "idees", "deposer")]


def _own_screen(reader: Reader) -> str:
    if reader.mandates and Role.codir not in reader.roles:
        return MY_DIRECTION
    return COCKPIT if may(reader, "page.cockpit") else "feuille-de-route"


def _is_in_menu(screen: Screen, reader: Reader) -> bool:
    """A manager gets her direction, an administrator the state of the system, the animateur her
    inbox, those with meetings the changes since their last one; other screens are on « Tout », or
    fill the remaining places.
    """
    manages = bool(reader.mandates) and Role.codir not in reader.roles
    is_admin = Role.admin in reader.roles
    receives = Role.animateur in reader.roles
    own = {
        MY_DIRECTION: manages,
        SYSTEM: is_admin,
        INBOX: receives,
        WORKSHOP: Role.ambassadeur in reader.roles,
        DECISIONS: Role.codir in reader.roles,
        SINCE: not (manages or is_admin or receives),
    }
    return own.get(screen.url, screen.in_menu)


def set_scope(scope: Scope, screen: Screen, embedded: bool = False) -> None:
    """Stores the scope and the place of this run before the page runs; an embedded page has no link
    back.
    """
    st.session_state[_SCOPE], st.session_state[_SCREEN] = scope, screen
    _note_stay(screen)
    if embedded:
        st.session_state[PLACE] = ("", (), "")
        return
    front = address("", scope) if scope.reader.is_known else "/"
    way_back = (("Accueil", front),) if screen.url else ()
    help_page = help_of(screen.url, scope.reader.roles)
    st.session_state[PLACE] = (screen.icon, way_back, help_page)


def _note_stay(screen: Screen) -> None:
    """Counts a new stay if the screen, or the record it shows, has changed."""
    params = st.query_params.to_dict()
    place = (screen.url, frozenset((k, v) for k, v in params.items() if k not in _FILTERS))
    before, number = st.session_state.get(_STAY, (place, 0))
    st.session_state[_STAY] = (place, number + (place != before))


def current_stay() -> int:
    """The number of the stay on this screen: leaving and returning starts another one."""
    return st.session_state.get(_STAY, (None, 0))[1]


def window_title(title: str) -> str:
    """Sets the title of the window."""
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
    params = scope.params() | further if further else scope.params()
    return f"/{url}?{urlencode(params)}"


def whole_number(text: str | None) -> int | None:
    """A number of the address, or None: users may type anything there."""
    # Below 19 digits it fits into the column of an id, on either engine.
    is_number = text and text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if is_number else None


def origin() -> str:
    """The public address of the product, from the settings, else from the reader's browser: for QR
    codes and frames.
    """
    if settings().public_origin:
        return settings().public_origin
    url = urlsplit(st.context.url) if isinstance(st.context.url, str) else None
    if url and url.scheme in ("http", "https") and url.netloc:
        return f"{url.scheme}://{url.netloc}"
    # Without a browser (a job, a test) only the listening address is known.
    return f"http://{settings().cp_address}:{settings().cp_port}"
