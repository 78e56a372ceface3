"""The pages registered with Streamlit: every view for every reader; the frame checks the rights."""

from types import ModuleType
from urllib.parse import unquote, urlsplit

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard.ui.components import draw
from dashboard.ui.page import page_header
from dashboard.visit import navigation, screens
from dashboard.visit.screens import Screen

_PAGES = "_cp_pages"  # address → page of this tab
_MISSING = "_cp_missing"
_MOST_MISSING = 20  # limit of unknown addresses per tab; beyond it the front page is shown


def chosen_page() -> tuple[StreamlitPage, Screen]:
    """The page of the address, and its screen."""
    # Cached in the tab: making a page checks its file on disk, and there are forty.
    pages = st.session_state.get(_PAGES)
    if pages is None:
        pages = st.session_state[_PAGES] = _every_page()
    missing = _missing_pages()
    chosen = st.navigation([*pages.values(), *missing], position="hidden")
    if any(chosen is page for page in missing):
        return chosen, screens.missing(chosen.url_path)
    url = next(url for url, page in pages.items() if page is chosen)
    return chosen, screens.screen_at(url)


def _every_page() -> dict[str, StreamlitPage]:
    return {
        screen.url: st.Page(
            screens.place_of(screen).file,
            title=screen.title,
            url_path=screen.url or screens.FRONT,
            default=not screen.url,
        )
        for screen in screens.SCREENS
    }


def show_view(*views: ModuleType) -> None:
    """Draws the view of the address, one of those that the file of its place hands in."""
    module = navigation.current_screen().module
    view = next(view for view in views if view.__name__.endswith(f".{module}"))
    view.render(navigation.current_scope())


def page_at(url: str) -> StreamlitPage:
    """The Streamlit page of an address in this tab, for `st.page_link`."""
    return st.session_state[_PAGES][url]


def _missing_pages() -> list[StreamlitPage]:
    """The unknown addresses requested in this tab, each registered as a page with a message:
    Streamlit would show the front page instead.
    """
    missing = st.session_state.setdefault(_MISSING, {})
    path = urlsplit(st.context.url).path if isinstance(st.context.url, str) else ""
    address = unquote(path).strip("/")
    is_missing = address and "/" not in address and address not in screens.addresses()
    if is_missing and address not in missing and len(missing) < _MOST_MISSING:
        missing[address] = st.Page(_missing, title="Cette page n'existe pas", url_path=address)
    return list(missing.values())


def _missing() -> None:
    """The page of an unknown address, with a way on."""
    page_header(
        "Cette page n'existe pas", "L'adresse est peut-être incomplète, ou la page a changé de nom."
    )
    known = navigation.current_scope().reader.is_known
    everything = (
        "Tous les écrans" if known else "Se connecter",
        "/tout",
        "apps" if known else "login",
    )
    draw("frame/missing.html", everything=everything)
