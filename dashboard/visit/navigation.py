"""What a page asks the frame: its scope, its screen, its address; the menu that a reader gets."""

from functools import lru_cache
from urllib.parse import urlencode, urlsplit

import streamlit as st

from dashboard.access import Reader, may
from dashboard.guide.declared import help_of
from dashboard.scope import Scope
from dashboard.visit.screens import SCREENS, Screen, screen_at
from models.people import Role
from models.settings import settings

PLACE = "_cp_place"  # where a screen tells its place: (icon, way back, its page of the guide)
_SCOPE = "_cp_scope"
_SCREEN = "_cp_screen"
_TITLE = "_cp_title"  # what the window is called in this run
_STAY = "_cp_stay"  # (where this tab is, how many places it has been to)
# What narrows or pages through a screen, and leaves one where one is; a link's word is taken out of
# the address as soon as it is read.
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
    """Heading → every screen this reader may open, in order: what « Tout » shows."""
    found: dict[str, list[Screen]] = {}
    for screen in SCREENS:
        if screen.in_all and screen.url != TOUT and may(reader, screen.right):
            found.setdefault(screen.heading, []).append(screen)
    return found


def menu(reader: Reader) -> dict[str, list[Screen]]:
    """Heading → the screens of the menu, nine at most; where there are more, the last one is «
    Tout ».
    """
    shown = [screen for screens in open_screens(reader).values() for screen in screens]
    if len(shown) > MOST_IN_MENU:
        # The sort is stable: the reader's own first, in their order, then the others in theirs.
        by_need = sorted(shown, key=lambda screen: not _stands_in_menu(screen, reader))
        first = by_need[: MOST_IN_MENU - 1]
        shown = [screen for screen in shown if screen in first] + [screen_at(TOUT)]
    found: dict[str, list[Screen]] = {}
    for screen in shown:
        found.setdefault(screen.heading, []).append(screen)
    return found


def bar(reader: Reader) -> list[Screen]:
    """The screens of a phone's bar: the front page, the reader's own, the ideas and the form."""
    return [screen_at(url) for url in ("", _own_screen(reader), "idees", "deposer")]


def _own_screen(reader: Reader) -> str:
    if reader.mandates and Role.codir not in reader.roles:
        return MY_DIRECTION
    return COCKPIT if may(reader, "page.cockpit") else "feuille-de-route"


def _stands_in_menu(screen: Screen, reader: Reader) -> bool:
    """A manager finds her direction, an administrator the state of the system, the animateur her
    inbox, those who meet what changed since their last meeting; the rest is on « Tout », or
    fills what is left.
    """
    manages = bool(reader.mandates) and Role.codir not in reader.roles
    keeps = Role.admin in reader.roles
    receives = Role.animateur in reader.roles
    own = {
        MY_DIRECTION: manages,
        SYSTEM: keeps,
        INBOX: receives,
        WORKSHOP: Role.ambassadeur in reader.roles,
        DECISIONS: Role.codir in reader.roles,
        SINCE: not (manages or keeps or receives),
    }
    return own.get(screen.url, screen.in_menu)


def set_scope(scope: Scope, screen: Screen, embedded: bool = False) -> None:
    """The frame puts the scope and the place of this run here before the page runs; what another
    page frames has no way back.
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
    """A stay begins where the screen, or the record it shows, is another one than before."""
    asked = st.query_params.to_dict()
    place = (screen.url, frozenset((k, v) for k, v in asked.items() if k not in _FILTERS))
    before, number = st.session_state.get(_STAY, (place, 0))
    st.session_state[_STAY] = (place, number + (place != before))


def current_stay() -> int:
    """The number of the stay on this screen: going away and coming back makes another one."""
    return st.session_state.get(_STAY, (None, 0))[1]


def window_title(title: str) -> str:
    """What the window is called from here on."""
    st.session_state[_TITLE] = title
    return f"{title} · C-Possible"


def is_named(title: str) -> bool:
    """Whether the window is called so already."""
    return st.session_state.get(_TITLE) == title


def current_scope() -> Scope:
    """The scope that the frame made for this run."""
    return st.session_state[_SCOPE]


def current_screen() -> Screen:
    """The screen that the frame shows in this run."""
    return st.session_state[_SCREEN]


def address(url: str, scope: Scope, **more: str | int | None) -> str:
    """An address of ours that keeps the scope, with further parameters."""
    further = {key: str(value) for key, value in more.items() if value not in (None, "")}
    asked = scope.params() | further if further else scope.params()
    return f"/{url}?{_encoded(tuple(asked.items()))}"


@lru_cache(4096)
def _encoded(asked: tuple[tuple[str, str], ...]) -> str:
    """The parameters of an address; a page has forty links, most of them with the same ones."""
    return urlencode(asked)


def whole_number(text: str | None) -> int | None:
    """A number of the address, or None: what somebody typed there may be anything."""
    # Below 19 digits it fits into the column of an id, on either engine.
    is_number = text and text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if is_number else None


def origin() -> str:
    """Where this product is, as set, else as the reader's browser knows it: what a QR code or
    another site's frame begins with.
    """
    if settings().public_origin:
        return settings().public_origin
    known = urlsplit(st.context.url) if isinstance(st.context.url, str) else None
    if known and known.scheme in ("http", "https") and known.netloc:
        return f"{known.scheme}://{known.netloc}"
    # Without a browser (a job, a test) there is only what this process listens on.
    return f"http://{settings().cp_address}:{settings().cp_port}"
