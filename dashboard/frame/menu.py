"""The blocks of the frame (cadre): the logo, the menu, the signed-in user and the bar of a phone.

Two of the buttons need `static/page.js`; their targets are reachable without it.
"""

from datetime import date
from types import ModuleType
from urllib.parse import parse_qsl, unquote, urlsplit

import streamlit as st
from markupsafe import Markup
from streamlit.navigation.page import StreamlitPage

from dashboard import cached, theme
from dashboard.access import counted_units
from dashboard.cached import memory
from dashboard.frame.scoping import remember_direction
from dashboard.queries.roadmap import is_over
from dashboard.rendering import render_once
from dashboard.scope import ALL_AMBITIONS, WITHOUT_SERVICES, Scope
from dashboard.ui.address import page_header
from dashboard.ui.components import draw, place, screen_component
from dashboard.visit import gate, navigation, screens
from dashboard.visit.navigation import address
from dashboard.visit.screens import Screen
from models.directions import UnitKind

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


_KEY = "cp_screen"
_MOST_LETTERS = 4000  # the longest address that is accepted


def scope_row(scope: Scope, screen: Screen) -> None:
    """One row of filters; each change is written to the address. On a phone it is folded."""
    mount({"filters": filters_of(scope, screen)})


def mount(data: dict, name: str = "") -> None:
    """The element of a screen, with its filters, the parts of its body, or both; `name` identifies
    a further element on the page.
    """
    # In a list: Streamlit would check each value of a dictionary for a table.
    if "filters" in data:
        screen_component()(key=_KEY, data=[data], on_go_change=_go)
    else:
        screen_component()(key=f"{_KEY}_{name}", data=[data])


def _go() -> None:
    """Writes the address chosen on the screen. It is parsed like any address: unknown or forbidden
    parameters are ignored there.
    """
    sent = getattr(st.session_state.get(_KEY), "go", None)
    if not isinstance(sent, str) or len(sent) > _MOST_LETTERS:
        return
    params = dict(parse_qsl(sent.removeprefix("?")))
    codes = params.get("direction")
    if codes and codes != st.query_params.get("direction"):
        remember_direction(st.session_state[gate.READER], codes)
    st.query_params.from_dict(params)


def other_programme(scope: Scope, screen: Screen) -> None:
    """The programme shown instead of the current one, and a link back."""
    running = scope.programmes.running(scope.on)
    programme = scope.asked
    state = "est clos" if is_over(scope.programmes, programme, scope.on) else "n'a pas commencé"
    draw(
        "frame/other_programme.html",
        sentence=f"Vous regardez le programme « {programme.name} », qui {state}.",
        back=(
            f"Revenir au programme en cours, « {running.name} »",
            address(screen.url, scope.of_running_programme()),
        ),
    )


# ── Fields of the row ───────────────────────────────────────────────────────────────────────────


def filters_of(scope: Scope, screen: Screen) -> dict:
    """The fields of the screen, in order, with their choices and values."""
    return {
        "summary": scope.sentence(screen.filters),
        "has": [
            name for name in ("direction", "ambition", "au", "depuis") if name in screen.filters
        ],
        "units": _units(scope.on, counted_units(scope.reader, scope.tree))
        if "direction" in screen.filters
        else [],
        "root": scope.tree.root_code,
        "without": WITHOUT_SERVICES,
        "chosen": [unit.code for unit in scope.units],
        "services": _with_services(scope),
        "ambitions": [
            (ALL_AMBITIONS, "Les cinq ambitions"),
            *((ambition.code, ambition.name) for ambition in cached.ambitions()),
        ]
        if "ambition" in screen.filters
        else [],
        "ambition": scope.ambition.code if scope.ambition else ALL_AMBITIONS,
        "au": scope.on.isoformat(),
        "depuis": scope.since.isoformat() if scope.since else "",
        "first": scope.programmes.first_day.isoformat(),
        "today": cached.today().isoformat(),
    }


@memory.cached("directions")
def _units(on: date, allowed: frozenset[int] | None) -> list[tuple[str, str, int]]:
    """(code, name, depth) of the units that exist at a day, in the order of the chart."""
    tree = cached.tree_at(on)
    depths = {UnitKind.direction: 1, UnitKind.service: 2}
    return [
        (unit.code, unit.name, depths.get(unit.kind, 0))
        for unit, _ in tree.walk()
        if unit.kind != UnitKind.root and (allowed is None or tree.under(unit.id) <= allowed)
    ]


def _with_services(scope: Scope) -> bool | None:
    """Whether the units below are included; None if there are none."""
    if all(unit.kind == UnitKind.service for unit in scope.units):
        return None
    return not scope.alone


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
