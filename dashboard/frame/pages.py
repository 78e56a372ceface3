"""The pages as Streamlit knows them (pages): every one is registered, whoever reads; the frame
decides.
"""

from urllib.parse import unquote, urlsplit

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard.ui.components import draw
from dashboard.ui.page import page_header
from dashboard.visit import navigation, screens
from dashboard.visit.screens import Screen

_PAGES = "_cp_pages"  # address → page of this tab
_MISSING = "_cp_missing"
_MOST_MISSING = 20  # a tab that asks for more is not lost: it is shown the front page


def chosen_page() -> tuple[StreamlitPage, Screen]:
    """The page that the address asks for, and its screen."""
    # Kept in the tab: each page is looked up on the disk when it is made, and there are forty.
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
            screen.file,
            title=screen.title,
            url_path=screen.url or screens.FRONT,
            default=not screen.url,
        )
        for screen in screens.SCREENS
    }


def page_at(url: str) -> StreamlitPage:
    """The page of an address in this tab, for a link of Streamlit's."""
    return st.session_state[_PAGES][url]


def _missing_pages() -> list[StreamlitPage]:
    """The addresses this tab has asked for that are no page, each as a page that says so:
    Streamlit shows the front page in their place.
    """
    known = st.session_state.setdefault(_MISSING, {})
    path = urlsplit(st.context.url).path if isinstance(st.context.url, str) else ""
    asked = unquote(path).strip("/")
    is_missing = asked and "/" not in asked and asked not in screens.addresses()
    if is_missing and asked not in known and len(known) < _MOST_MISSING:
        known[asked] = st.Page(_missing, title="Cette page n'existe pas", url_path=asked)
    return list(known.values())


def _missing() -> None:
    """What the reader can do instead."""
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
