"""The frame's blocks (cadre): the mark, the menu, who is signed in, the folded filters and the bar of a phone.

Two of the buttons need `static/page.js`; what they open stays reachable without it.
"""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import theme
from dashboard.components import escape_html, icon_html, local, text_html

MOTTO = "Chaque petite action est une marche vers la transformation !"
_CURRENT = ' aria-current="page"'


def inject_style() -> None:
    """The stylesheet inside the page, where no served first page links it (developer's mode)."""
    st.html(f"<style>{theme.css()}</style>")


def brand(mark: str = "/icon.svg", href: str = "/") -> None:
    """The product's mark, name and motto, at the head of the menu."""
    st.html(
        f'<a class="cp-brand cp-go" href="{local(href)}"><img src="{local(mark)}" alt="" width="40" height="40">'
        f"<span><strong>C-Possible</strong><small>{text_html(MOTTO)}</small></span></a>"
    )


def side_menu(headings: Mapping[str, Sequence[tuple[str, str, str]]], here: str) -> None:
    """The menu: heading → (label, icon, address); the screen where one is says so to everybody, and is told apart by a bar."""
    groups = "".join(
        f'<p id="cp-menu-{i}">{text_html(heading)}</p><ul aria-labelledby="cp-menu-{i}">'
        + "".join(f'<li><a class="cp-go" href="{local(href)}"{_CURRENT if href.split("?")[0] == here else ""}>{icon_html(icon)}'
                  f"{text_html(label)}</a></li>" for label, icon, href in links)
        + "</ul>" for i, (heading, links) in enumerate(headings.items()))
    st.html(f'<nav class="cp-nav" aria-label="Menu">{groups}</nav>')


def who(name: str, roles: str, href: str) -> None:
    """Who is signed in, at the foot of the menu: initials for the eye, name and roles for everybody, and the way to what is hers."""
    initials = "".join(part[0] for part in name.split()[:2]).upper()
    st.html(f'<div class="cp-who"><span aria-hidden="true">{escape_html(initials)}</span><p><a class="cp-go" href="{escape_html(href)}"><strong>{text_html(name)}</strong></a>'
            f"<small>{text_html(roles)}</small></p></div>")


def filters_button(summary: str) -> None:
    """On a phone the filters are folded behind this button, which says what they are (`static/page.js`)."""
    st.html(f'<button type="button" class="cp-filters" aria-expanded="false">{icon_html("tune")}<span>{text_html(summary)}</span>'
            f'<span class="cp-sr"> : modifier les filtres</span>{icon_html("expand_more")}</button>')


def phone_bar(screens: Sequence[tuple[str, str, str]], here: str) -> None:
    """The bar at the foot of a phone: (label, icon, address) of a few screens, then the menu."""
    links = "".join(
        f'<li><a class="cp-go" href="{local(href)}"{_CURRENT if href.split("?")[0] == here else ""}>{icon_html(icon)}'
        f"<span>{text_html(label)}</span></a></li>" for label, icon, href in screens)
    st.html(f'<nav class="cp-phone" aria-label="Accès rapides"><ul>{links}<li><button type="button" class="cp-menu">{icon_html("menu")}'
            "<span>Menu</span></button></li></ul></nav>")
