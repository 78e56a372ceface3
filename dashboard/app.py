"""The frame: scope, sign-in, menu, refusal, then the page.

The entry file lives here by a safety rule: with an entry beside `pages/`, Streamlit's automatic
discovery would serve the pages to a stranger before the sign-in runs. Every page is always
registered; the frame decides.
"""

from urllib.parse import unquote, urlsplit

import streamlit as st

from dashboard import cached
from dashboard.access import Reader, may
from dashboard.cached import memory
from dashboard.frame import embedding, filters, scoping, stranger
from dashboard.frame.menu import brand, colour_ambitions, inject_style, phone_bar, side_menu, who
from dashboard.scope import Scope
from dashboard.ui import downloads
from dashboard.ui.blocks import one_element
from dashboard.ui.components import calls, draw, escape_md, page_header
from dashboard.visit import authenticator, gate, navigation, signin
from dashboard.visit.navigation import Screen
from models.database import migrate

ICON = navigation.PAGES.parent / "dashboard" / "static" / "icon-192.png"
SIDEBAR = 272  # pixels
_MOST_MISSING = 20  # a tab that asks for more is not lost: it is shown the front page
_MARK = "/icon.svg"
_MARK_OF_STREAMLIT = "/app/static/icon.svg"


def main() -> None:
    _prepare()
    if not signin.served_by_us():
        inject_style()
    with memory.one_run():
        reader = signin.current_reader()
        with (
            gate.drawing_for(reader),
            downloads.offered_by_page(),
            filters.keeping_direction(reader),
        ):
            _draw(reader)


def _draw(reader: Reader) -> None:
    signin.settle_cookie()
    # Before any right is asked for: every page is registered, and the frame decides.
    page, screen = _chosen_page()
    st.set_page_config(
        page_title=f"{screen.title} · C-Possible",
        page_icon=str(ICON),
        layout="wide",
        initial_sidebar_state=SIDEBAR,
    )
    if embedding.is_embedded():
        return _draw_embedded(reader, page, screen)
    if signin.is_asked_for(reader):
        return _sign_in("Se connecter")
    if not may(reader, screen.right):
        return _refuse(reader, screen)
    # An extract is what its address says, and a page that is none has no filters to remember.
    is_as_asked = screen.url == embedding.EXTRACT or screen not in navigation.SCREENS
    scope = scoping.scope_as_asked(reader) if is_as_asked else scoping.scope_of_address(reader)
    navigation.set_scope(scope, screen)
    colour_ambitions()
    _side(reader, scope, screen)
    _head(reader, scope, screen)
    gate.say_refusal()
    if not screen.is_block:
        _above_page(scope, screen)
    page.run()


def _above_page(scope: Scope, screen: Screen) -> None:
    """The filters, and what is to be known of what they ask for."""
    if screen.filters:
        filters.scope_row(scope, screen)
    for sentence in scope.ignored:
        st.info(escape_md(sentence), icon=":material/info:")
    if scope.asked and screen.filters:
        filters.other_programme(scope, screen)


def _draw_embedded(reader: Reader, page: object, screen: Screen) -> None:
    """Inside another page: the form or the extract alone. Whatever else the address says, a
    frame shows no other screen.
    """
    if screen.url not in embedding.FRAMED:
        return embedding.outside(
            "Cet écran ne s'affiche que dans C-Possible.", screen.href, st.query_params.to_dict()
        )
    navigation.set_scope(scoping.scope_as_asked(reader), screen, embedded=True)
    colour_ambitions()
    gate.say_refusal()
    page.run()


@st.cache_resource(show_spinner=False)
def _prepare() -> None:
    """Once a process, before anything is drawn."""
    gate.install()
    if not signin.served_by_us():
        # Under `streamlit run` nobody else has: our server does before it answers.
        migrate()


def _chosen_page() -> tuple[object, Screen]:
    # Kept in the tab: each page is looked up on the disk when it is made, and there are nearly
    # twenty.
    pages = st.session_state.get("_cp_pages") or {
        screen.url: st.Page(
            screen.file,
            title=screen.title,
            url_path=screen.url or navigation.FRONT,
            default=not screen.url,
        )
        for screen in navigation.SCREENS
    }
    st.session_state["_cp_pages"] = pages
    missing = _missing_pages()
    chosen = st.navigation([*pages.values(), *missing], position="hidden")
    if any(chosen is page for page in missing):
        return chosen, navigation.missing(chosen.url_path)
    url = next(url for url, page in pages.items() if page.url_path == chosen.url_path)
    return chosen, navigation.screen_at(url)


def _missing_pages() -> list[object]:
    """The addresses this tab has asked for that are no page, each as a page that says so:
    Streamlit shows the front page in their place.
    """
    known = st.session_state.setdefault("_cp_missing", {})
    path = urlsplit(st.context.url).path if isinstance(st.context.url, str) else ""
    asked = unquote(path).strip("/")
    is_missing = asked and "/" not in asked and asked not in navigation.addresses()
    if is_missing and asked not in known and len(known) < _MOST_MISSING:
        known[asked] = st.Page(_say_missing, title="Cette page n'existe pas", url_path=asked)
    return list(known.values())


def _say_missing() -> None:
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


def _refuse(reader: Reader, screen: Screen) -> None:
    """A stranger signs in where she stands, and the address stays; others read one sentence."""
    if reader.is_known:
        scope = scoping.scope_of_address(reader)
        _side(reader, scope, screen)
        with one_element():
            phone_bar(_bar(reader, scope), screen.href)
        page_header(screen.title)
        gate.say_refusal()
        st.warning("Cet écran n'est pas ouvert à votre rôle.", icon=":material/lock:")
        return calls(
            [("Tous les écrans qui vous sont ouverts", navigation.address("tout", scope), "apps")]
        )
    _sign_in(screen.title)


def _sign_in(heading: str) -> None:
    brand(_MARK if signin.served_by_us() else _MARK_OF_STREAMLIT)
    gate.say_refusal()
    stranger.sign_in(heading)
    calls([("Déposer une idée sans compte", "/deposer", "edit_square")], after=True)


def _side(reader: Reader, scope: Scope, screen: Screen) -> None:
    """The menu: links that carry the scope, under headings."""
    with st.sidebar:
        with one_element():
            brand(_MARK if signin.served_by_us() else _MARK_OF_STREAMLIT)
            if signin.served_by_us():
                _menu(reader, scope, screen)
            if reader.is_known:
                who(reader.name, _roles(reader), navigation.address("mon-espace", scope))
        if not signin.served_by_us():
            _menu_of_streamlit(reader, scope)
        if reader.is_known:
            if st.button(
                "Se déconnecter", key="w_sign_out", icon=":material/logout:", width="stretch"
            ):
                authenticator.sign_out()
        elif screen.url:
            calls([("Se connecter", "/", "login")], after=True)


def _menu(reader: Reader, scope: Scope, screen: Screen) -> None:
    entries = {
        heading: [_entry(entry, reader, scope) for entry in screens]
        for heading, screens in navigation.menu(reader).items()
    }
    side_menu(entries, screen.href)


def _menu_of_streamlit(reader: Reader, scope: Scope) -> None:
    # Without static/page.js a link of ours would leave the tab, and the sign-in with it.
    for heading, screens in navigation.menu(reader).items():
        st.caption(heading)
        for entry in screens:
            st.page_link(
                st.session_state["_cp_pages"][entry.url],
                label=entry.title,
                icon=f":material/{entry.icon}:",
                query_params=scope.params() if reader.is_known else None,
            )


def _entry(screen: Screen, reader: Reader, scope: Scope) -> tuple[str, str, str]:
    """(title, icon, address) of a screen in the menu; a stranger has no scope to carry."""
    href = navigation.address(screen.url, scope) if reader.is_known else screen.href
    return screen.title, screen.icon, href


def _bar(reader: Reader, scope: Scope) -> list[tuple[str, str, str]]:
    """The bar of a phone: (label, icon, address) of the screens this reader opens most."""
    if not reader.is_known:
        return [
            ("Accueil", "home", "/"),
            ("Déposer", "edit_square", "/deposer"),
            ("Actualités", "newspaper", "/actualites"),
        ]
    return [
        (screen.short, screen.icon, navigation.address(screen.url, scope))
        for screen in navigation.bar(reader)
    ]


def _roles(reader: Reader) -> str:
    return ", ".join(role.label for role in sorted(reader.roles, key=lambda role: role.label))


def _head(reader: Reader, scope: Scope, screen: Screen) -> None:
    """What stands over every page: the banner of a demonstration, and the bar of a phone, which the
    stylesheet puts at its foot.
    """
    installation = cached.kind()
    with one_element():
        if installation.demonstration:
            draw("frame/banner.html", frozen_on=installation.frozen_on)
        phone_bar(_bar(reader, scope), screen.href)
    if not signin.served_by_us():
        st.caption(
            "Mode développeur : la connexion vit dans cet onglet ; servez avec « make run » pour"
            " les en-têtes, le témoin et les fichiers."
        )


if __name__ == "__main__":
    main()
