"""What surrounds a page (pourtour): its scope, read from the address and written back in full; the
side menu, the banner, the bar of a phone, the filters; a body drawn as one element.

Two of the buttons need `static/page.js`; their targets are reachable without it.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import date
from functools import cache, partial
from types import ModuleType
from urllib.parse import parse_qsl, unquote, urlsplit

import streamlit as st
from markupsafe import Markup
from sqlalchemy.exc import OperationalError
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import cached, theme
from dashboard.access import Reader, counted_units, may
from dashboard.actions.people.accounts import DIRECTION, remember
from dashboard.cached import memory
from dashboard.cached.memory import Cache
from dashboard.figures import reasons as say
from dashboard.figures.board import scope_for
from dashboard.queries.people.readers import preference
from dashboard.queries.roadmap import is_over
from dashboard.rendering import render
from dashboard.scope import ALL_AMBITIONS, WITHOUT_SERVICES, Scope
from dashboard.screens.figure_charts import FIGURE, AskedValue, asked_of, entry_of
from dashboard.screens.front import MOTTO, public_head, situation
from dashboard.screens.why import explained, rows
from dashboard.ui.address import page_header
from dashboard.ui.components import (
    draw,
    escape_md,
    gathering,
    link_buttons,
    note_unread,
    place,
    screen_component,
)
from dashboard.visit import gate, navigation, screens, signin
from dashboard.visit.navigation import address, href_of
from dashboard.visit.screens import Screen, place_of, screen_at
from dashboard.visit.signin import sign_in_form
from models.database import fetch, migrate, writing
from models.directions import UnitKind
from models.texts import Refused
from seed.demonstration import DEMO_ACCOUNTS, DEMO_PASSWORD

# Written only if set.


def scope_of_address(reader: Reader) -> Scope:
    """The scope of the address; written back in full, so that a copied link means the same
    tomorrow.
    """
    params = st.query_params.to_dict()
    if not reader.is_known:
        return cached.scope_of(reader, params)
    if "direction" not in params:
        params["direction"] = fetch(preference, reader, DIRECTION)
    scope = cached.scope_of(reader, params)
    shown = st.query_params.to_dict()
    wanted = {
        k: v for k, v in shown.items() if k not in {"depuis", "services", "programme"}
    } | scope.params()
    if wanted != shown:
        st.query_params.from_dict(wanted)
    return scope


def scope_as_asked(reader: Reader, params: dict[str, str] | None = None) -> Scope:
    """The scope of an extract: its address (`params`, or that of the page) without defaults of the
    reader, so that it shows the same to every reader.
    """
    return cached.scope_of(reader, st.query_params.to_dict() if params is None else params)


def remember_direction(reader: Reader, codes: str) -> None:
    """Stores the reader's choice, if she has an account; skipped if the database is busy."""
    if not reader.is_known:
        return
    with suppress(OperationalError, Refused), writing() as session:
        remember(session, reader, DIRECTION, codes)


def colour_ambitions() -> None:
    """The colours chosen for ambitions, overriding those of the stylesheet."""
    if css := theme.css_of_ambitions(cached.ambition_colours()):
        # Markup: names of our own palette.
        draw("frame/style.html", css=Markup(css))


def side_menu(whose: str = "", headings: Sequence = (), user: tuple[str, ...] = ()) -> None:
    """The logo; the entries under their headings, the current place with `aria-current`; the user:
    initials, name, roles and the address of her own page. `whose`: the mark under which the browser
    stores drafts of this sign-in (`static/shared.js`).
    """
    mark = "/icon.svg" if signin.SERVED.is_set() else "/app/static/icon.svg"
    side = render(
        "frame/side.html", mark=mark, whose=whose, motto=MOTTO, headings=headings, user=user
    )
    place(side)


_KEY = "cp_screen"


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
    # The longest address that is accepted.
    if not isinstance(sent, str) or len(sent) > 4000:
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
    has_none_below = all(unit.kind == UnitKind.service for unit in scope.units)
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
        "services": None if has_none_below else not scope.alone,
        "ambitions": [
            (ALL_AMBITIONS, "Toutes les ambitions"),
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


_PAGES = "_cp_pages"  # address → page of this tab
_MOST_MISSING = 20  # limit of unknown addresses per tab; beyond it the front page is shown


def chosen_page() -> tuple[StreamlitPage, Screen]:
    """The page of the address, and its screen."""
    # Cached in the tab: making a page checks its file on disk, and there are forty.
    pages = st.session_state.get(_PAGES)
    if pages is None:
        pages = st.session_state[_PAGES] = {
            screen.url: st.Page(
                screens.place_of(screen).file,
                title=screen.title,
                url_path=screen.url or screens.FRONT,
                default=not screen.url,
            )
            for screen in screens.SCREENS
        }
    missing = _missing_pages()
    chosen = st.navigation([*pages.values(), *missing], position="hidden")
    if any(chosen is page for page in missing):
        return chosen, screens.missing(chosen.url_path)
    url = next(url for url, page in pages.items() if page is chosen)
    return chosen, screens.screen_at(url)


def show_view(*modules: ModuleType) -> None:
    """Draws the view of the address, from the modules that the file of its place hands in."""
    name = navigation.current_screen().function
    module = next(module for module in modules if hasattr(module, name))
    getattr(module, name)(navigation.current_scope())


def page_at(url: str) -> StreamlitPage:
    """The Streamlit page of an address in this tab, for `st.page_link`."""
    return st.session_state[_PAGES][url]


def _missing_pages() -> list[StreamlitPage]:
    """The unknown addresses requested in this tab, each registered as a page with a message:
    Streamlit would show the front page instead.
    """
    missing = st.session_state.setdefault("_cp_missing", {})
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


def side(reader: Reader, scope: Scope, screen: Screen) -> None:
    """The side menu: links with the scope under headings; the signed-in user; sign out."""
    here, menu, user = place_of(screen), navigation.menu(reader), ()
    if reader.is_known:
        initials = "".join(part[0] for part in reader.name.split()[:2]).upper()
        roles = ", ".join(sorted(role.label for role in reader.roles))
        user = (initials, reader.name, roles, address("mon-espace", scope))
    headings = [
        (
            heading,
            [
                (name, place_of(view).icon, href_of(view, scope), place_of(view) is here)
                for name, view in places
            ],
        )
        for heading, places in menu.items()
    ]
    is_served = signin.SERVED.is_set()
    with st.sidebar:
        side_menu(signin.whose(reader), headings if is_served else (), user)
        if not is_served:
            _menu_of_streamlit(reader, scope)
        if reader.is_known:
            st.button(
                "Se déconnecter",
                key="w_sign_out",
                icon=":material/logout:",
                width="stretch",
                on_click=signin.sign_out,
            )
        elif screen.url:
            link_buttons([("Se connecter", "/", "login")], after=True)


def head(reader: Reader, scope: Scope, screen: Screen) -> None:
    """Above every page: the banner of a demonstration, and the bar of a phone, which the stylesheet
    puts at the bottom.
    """
    entries = [
        (shown.short, place_of(shown).icon, href_of(shown, scope), shown is screen)
        for shown in navigation.bar(reader)
    ]
    frozen_on = cached.installation().frozen_on
    place(render("frame/head.html", frozen_on=frozen_on, entries=entries))
    if not signin.SERVED.is_set():
        st.caption(
            "Mode développeur : la connexion vit dans cet onglet ; servez avec « make run » pour"
            " les en-têtes, le témoin et les fichiers."
        )


def foot(reader: Reader, scope: Scope | None = None) -> None:
    """The small links under a page: the guide, one's data, and what few look for."""
    views = [screen_at(url) for url in ("vos-donnees", "registre", "accessibilite", "integrer")]
    links = [
        (view.title, href_of(view, scope) if scope else view.href)
        for view in views
        if may(reader, view.right)
    ]
    place(render("frame/foot.html", links=(("Mode d'emploi", "/guide"), *links)))


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


Asked = dict[str, str]
# A body is drawn from the scope and the other parameters of the address.
Body = Callable[[Scope, Asked], None]
_BODIES = Cache[Sequence[Markup]]()


@st.fragment
def one_block(
    body: Body,
    *,
    asks: Collection[str] = (),
    after: Body | None = None,
    title: Callable[[Scope], str] | None = None,
) -> None:
    """A page that is one element: its filters and its body, which alone rerun when a filter
    changes. `asks` names the parameters the body reads besides the scope; `after` draws what
    follows, widgets included; `title` names the window if the name of the screen is too general.
    """
    screen = navigation.current_screen()
    if not screen.is_block:
        raise RuntimeError(f"« {screen.url} »: `is_block=True` is missing in its line of PLACES")
    with memory.one_run():
        # The scope of the frame in a full run: read again, its sentences about ignored parameters
        # would be lost, since the address is rewritten.
        scope = navigation.current_scope()
        if get_script_run_ctx().fragment_ids_this_run:
            scope = scope_of_address(st.session_state[gate.READER])
            navigation.set_scope(scope, screen)
        if title and not navigation.is_named(title(scope)):
            st.set_page_config(page_title=navigation.window_title(title(scope)))
        params = st.query_params.to_dict()
        with gathering() as head:
            for sentence in scope.ignored:
                draw("ui/calm.html", text=sentence)
            if scope.asked:
                other_programme(scope, screen)
        parts = cached_parts(body, scope, {name: params[name] for name in asks if name in params})
        mount({"filters": filters_of(scope, screen), "parts": [*head, *parts]})
        if after:
            after(scope, params)


def without_filters(body: Body, scope: Scope, **params: str) -> None:
    """A page or a part of one without filters, as one element."""
    mount({"parts": cached_parts(body, scope, params)}, body.__name__)


def cached_parts(body: Body, scope: Scope, params: Asked) -> Sequence[Markup]:
    """What the body draws, from the cache as long as nothing that it reads has changed."""

    def make() -> Sequence[Markup]:
        with gathering() as parts:
            body(scope, params)
        return parts

    key = (navigation.current_screen().url, body, scope, tuple(sorted(params.items())))
    return _BODIES.find(key, memory.now_of_everything(), make)


WHY = "pourquoi"  # parameter of the address, and the address of its full page


def why_panel(reader: Reader) -> None:
    """The panel that the address asks for; nothing otherwise."""
    if WHY not in st.query_params or not may(reader, screen_at(WHY).right):
        return
    params = dict(parse_qsl(st.query_params[WHY]))
    asked = asked_of(scope_as_asked(reader, params), params.get(FIGURE, ""), "")
    if asked:
        title = escape_md(asked.value.label)
        close = partial(st.query_params.pop, WHY, None)
        st.dialog(title, width="large", on_dismiss=close)(_why)(asked)


def _why(asked: AskedValue) -> None:
    scope, value = asked.scope, asked.value
    st.markdown(escape_md(say.in_one_sentence(value, entry_of(asked), scope.on)))
    without_filters(explained, scope, **asked.address)
    rows(scope_for(scope, asked.figure), value)
    link_buttons([("Ouvrir en pleine page", address(WHY, scope, **asked.address), "open_in_full")])


_migrate_once = cache(migrate)


def prepare() -> None:
    """Under `streamlit run`: migrates and brings the stylesheet, which our own server has done."""
    if not signin.SERVED.is_set():
        _migrate_once()
        # Markup: it is our own file, and escaped quotes would break the CSS.
        draw("frame/style.html", css=Markup(theme.css()))


def front() -> None:
    """What is public, and the sign-in."""
    note_unread(cached.last_published())
    publication = cached.published()
    public_head(publication)
    sign_in("Se connecter", level=2)
    if publication:
        situation(publication)


def sign_in(heading: str, level: int = 1) -> None:
    """The sign-in on the page; the demonstration accounts are listed on a demonstration database
    only.
    """
    accounts = DEMO_ACCOUNTS if cached.installation().demonstration else ()
    sign_in_form(heading, accounts, DEMO_PASSWORD, level)
