"""The frame's blocks (cadre): the mark, the menu, who is signed in, the folded filters and the bar
of a phone.

Two of the buttons need `static/page.js`; what they open stays reachable without it.
"""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from dashboard import cached, theme
from dashboard.ui.components import draw

MOTTO = "Chaque petite action est une marche vers la transformation !"


def _links(screens: Sequence[tuple[str, str, str]], here: str) -> list[dict]:
    return [
        {"label": label, "icon": icon, "href": href, "is_here": href.split("?")[0] == here}
        for label, icon, href in screens
    ]


def inject_style() -> None:
    """The stylesheet inside the page, where no served first page links it (developer's mode)."""
    # Markup: it is our own file, and escaped quotes would be no CSS.
    draw("frame/style.html", css=Markup(theme.css()))


def colour_ambitions() -> None:
    """The colours that were chosen for ambitions, over those of the stylesheet."""
    if css := theme.css_of_ambitions(cached.ambition_colours()):
        # Markup: names of our own palette.
        draw("frame/style.html", css=Markup(css))


def brand(mark: str, whose: str = "") -> None:
    """The product's mark, name and motto, at the head of the menu. `whose`: the sign-in, by which
    the browser knows what it may keep (`static/stores.js`).
    """
    draw("frame/brand.html", mark=mark, whose=whose, motto=MOTTO)


def side_menu(headings: Mapping[str, Sequence[tuple[str, str, str]]], here: str) -> None:
    """The menu: heading → (label, icon, address); the screen where one is says so to everybody,
    and is told apart by a bar.
    """
    draw(
        "frame/menu.html",
        headings={heading: _links(screens, here) for heading, screens in headings.items()},
    )


def who(name: str, roles: str, href: str) -> None:
    """Who is signed in, at the foot of the menu: initials for the eye, name and roles for
    everybody, and the way to what is hers.
    """
    initials = "".join(part[0] for part in name.split()[:2]).upper()
    draw("frame/who.html", initials=initials, name=name, roles=roles, href=href)


def phone_bar(screens: Sequence[tuple[str, str, str]], here: str) -> None:
    """The bar at the foot of a phone: (label, icon, address) of a few screens, then the menu."""
    draw("frame/phone_bar.html", links=_links(screens, here))
