"""What surrounds a page (pourtour): the side menu, the banner, the bar of a phone."""

import streamlit as st

from dashboard import cached
from dashboard.access import Reader, may
from dashboard.frame.menu import NO_USER, Entry, Headings, User, page_top, side_menu
from dashboard.frame.pages import page_at
from dashboard.rendering import render_once
from dashboard.scope import Scope
from dashboard.ui.blocks import place
from dashboard.ui.components import link_buttons
from dashboard.visit import authenticator, navigation, signin
from dashboard.visit.navigation import href_of
from dashboard.visit.screens import Screen, place_of, screen_at

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
