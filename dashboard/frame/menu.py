"""The blocks of the frame (cadre): the logo, the menu, the signed-in user and the bar of a phone.

Two of the buttons need `static/page.js`; their targets are reachable without it.
"""

from datetime import date

from markupsafe import Markup

from dashboard import cached, theme
from dashboard.rendering import render_once
from dashboard.ui.blocks import place
from dashboard.ui.components import draw

MOTTO = "Chaque petite action est une marche vers la transformation !"


# (label, icon, address, whether it is where the reader is)
Entry = tuple[str, str, str, bool]
# The entries under their headings.
Headings = tuple[tuple[str, tuple[Entry, ...]], ...]
# Initials, name, roles, and the address of her own page.
User = tuple[str, str, str, str]
NO_USER: User = ("", "", "", "")


def inject_style() -> None:
    """The stylesheet inside the page, if the first page is not ours (`streamlit run`)."""
    # Markup: it is our own file, and escaped quotes would break the CSS.
    draw("frame/style.html", css=Markup(theme.css()))


def colour_ambitions() -> None:
    """The colours chosen for ambitions, overriding those of the stylesheet."""
    if css := theme.css_of_ambitions(cached.ambition_colours()):
        # Markup: names of our own palette.
        draw("frame/style.html", css=Markup(css))


def side_menu(mark: str, whose: str = "", headings: Headings = (), user: User = NO_USER) -> None:
    """The logo; the entries under their headings, the current place with `aria-current`; the user.
    `whose`: the mark under which the browser stores drafts of this sign-in (`static/stores.js`).
    """
    side = render_once(
        "frame/side.html", mark=mark, whose=whose, motto=MOTTO, headings=headings, user=user
    )
    place(side)


def page_top(frozen_on: date | None, entries: tuple[Entry, ...]) -> None:
    """The banner of a demonstration; the bar at the bottom of a phone: a few screens, then the
    menu.
    """
    place(render_once("frame/head.html", frozen_on=frozen_on, entries=entries))
