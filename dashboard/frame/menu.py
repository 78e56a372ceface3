"""The blocks of the frame (cadre): the logo, the menu, the signed-in user, the folded filters and
the bar of a phone.

Two of the buttons need `static/page.js`; their targets are reachable without it.
"""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from dashboard import cached, theme
from dashboard.ui.components import draw

MOTTO = "Chaque petite action est une marche vers la transformation !"


# (label, icon, address, whether it is where the reader is)
Entry = tuple[str, str, str, bool]


def _links(entries: Sequence[Entry]) -> list[dict]:
    return [
        dict(zip(("label", "icon", "href", "is_here"), entry, strict=True)) for entry in entries
    ]


def inject_style() -> None:
    """The stylesheet inside the page, if the first page is not ours (`streamlit run`)."""
    # Markup: it is our own file, and escaped quotes would break the CSS.
    draw("frame/style.html", css=Markup(theme.css()))


def colour_ambitions() -> None:
    """The colours chosen for ambitions, overriding those of the stylesheet."""
    if css := theme.css_of_ambitions(cached.ambition_colours()):
        # Markup: names of our own palette.
        draw("frame/style.html", css=Markup(css))


def brand(mark: str, whose: str = "") -> None:
    """The logo, name and motto, above the menu. `whose`: the mark under which the browser stores
    drafts of this sign-in (`static/stores.js`).
    """
    draw("frame/brand.html", mark=mark, whose=whose, motto=MOTTO)


def side_menu(headings: Mapping[str, Sequence[Entry]]) -> None:
    """The menu: the entries under their headings; the current place bears `aria-current`."""
    draw(
        "frame/menu.html",
        headings={heading: _links(entries) for heading, entries in headings.items()},
    )


def signed_in_user(name: str, roles: str, href: str) -> None:
    """The signed-in user, below the menu: initials, name and roles, and the link to her own
    page.
    """
    initials = "".join(part[0] for part in name.split()[:2]).upper()
    draw("frame/who.html", initials=initials, name=name, roles=roles, href=href)


def phone_bar(entries: Sequence[Entry]) -> None:
    """The bar at the bottom of a phone: a few screens, then the menu."""
    draw("frame/phone_bar.html", links=_links(entries))
