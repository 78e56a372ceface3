"""Idées: search, filter, order, page; one entry in full with what its reader may do on it."""

import secrets
from collections.abc import Callable
from functools import partial

import streamlit as st

from dashboard import french
from dashboard.access import Reach, reach
from dashboard.cached import ideas
from dashboard.queries.columns import column_of
from dashboard.queries.ideas.ordering import COLUMNS
from dashboard.queries.ideas.records import COUNTED_UP_TO, Filters, IdeaPage, Order, View
from dashboard.scope import Scope
from dashboard.screens.ideas import in_figures
from dashboard.screens.ideas.desk import idea_desk, in_order
from dashboard.screens.ideas.entry import entry_in_full, entry_of
from dashboard.screens.ideas.export import export_box
from dashboard.screens.ideas.search import asked_instead, count_in_vain, facet_lines
from dashboard.ui.address import follow, put
from dashboard.ui.components import (
    draw,
    empty_for_filters,
    empty_nothing_yet,
    heading,
    note_unread,
    page_header,
)
from dashboard.ui.desk import SHAPE, is_desk, leave_row, rows_asked
from dashboard.ui.forms import say_what_was_done
from dashboard.ui.ordering import order_box
from dashboard.ui.tables import idea_list, pager
from dashboard.visit.navigation import address, current_scope, whole_number
from models.idea_states import IdeaKind, IdeaStatus

_IN_FIGURES = "chiffres"
_ROWS = "lignes"
_VIEWS = {"": "Liste", _ROWS: "Lignes", _IN_FIGURES: "En chiffres"}
# The ready-made lists of which each entry waits for an answer.
_WAITING = (View.late, View.last_day, View.week, View.unowned)
_LAST_PAGE = 1_000_000
_SEEDS = 1000
_RELEVANCE = "Les plus pertinentes"
# Pixels; two narrow ones stand side by side on a phone.
_WIDE = 250
_NARROW = 154
_ORDER = 210


def render(scope: Scope) -> None:
    number = st.query_params.get("idee", "")
    at_work = is_desk() and _works_on_ideas(scope)
    if number and not at_work:
        return one(scope, number)
    page_header("Idées", "Tout ce que les agents ont déposé, ce qui en est advenu, et pourquoi.")
    if at_work:
        say_what_was_done()
    if _view(scope) == _IN_FIGURES:
        in_figures.life(scope)
        return in_figures.places(scope)
    filters = _filters(scope, at_work)
    _chips(scope, filters)
    if at_work:
        filters = in_order(filters)
    return _list(scope, filters, _rows if at_work else _cards)


def _list(scope: Scope, filters: Filters, draw_list: Callable) -> None:
    page = min(whole_number(st.query_params.get("page")) or 1, _LAST_PAGE)
    found, instead, facets = ideas.found_ideas(scope, filters, max(page, 1))
    if filters.query and (instead or not found.total):
        count_in_vain(scope, filters)
    if instead:
        asked_instead(filters.words, instead, scope, _list_params())
        filters = instead
    if not found.total:
        return _nothing(scope, filters)
    if facets:
        facet_lines(facets, scope, _list_params())
    _above(scope, found, filters)
    return draw_list(scope, found, page, filters)


def _cards(scope: Scope, found: IdeaPage, page: int, filters: Filters) -> None:
    """What one reads."""
    idea_list(found.rows, scope, found.query, **_list_params())
    pager(page if found.more else min(page, found.pages), found.pages, found.more)


def _rows(scope: Scope, found: IdeaPage, page: int, filters: Filters) -> None:
    """What one works through."""
    waits = filters.view in _WAITING or filters.order is Order.waiting
    keep = {name: value for name, value in _list_params().items() if name != "page"}
    idea_desk(scope, "idees", found, max(page, 1), waits, **keep)


def _above(scope: Scope, found: IdeaPage, filters: Filters) -> None:
    """How many, in which order, and the way to take them away."""
    with st.container(
        horizontal=True,
        vertical_alignment="center",
        horizontal_alignment="distribute",
        key="cp_count",
    ):
        _count(found, filters)
        export_box(scope, filters)
    heading("Les dépôts", hidden=True)
    note_unread(found.rows)


def _works_on_ideas(scope: Scope) -> bool:
    """Whether she answers entries, and works through their list."""
    return reach(scope.reader, "idea.publish") > Reach.none


def _view(scope: Scope) -> str:
    """The list, its rows to work through or the figures, as the address says (« ?vue=chiffres »,
    « ?forme=lignes »).
    """
    known = [view for view in _VIEWS if view != _ROWS or _works_on_ideas(scope)]
    chosen = ""
    if st.query_params.get("vue") == _IN_FIGURES:
        chosen = _IN_FIGURES
    elif _ROWS in known and is_desk():
        chosen = _ROWS
    follow("w_idea_view", chosen)
    st.segmented_control(
        "Présentation",
        known,
        format_func=_VIEWS.get,
        key="w_idea_view",
        required=True,
        label_visibility="collapsed",
        on_change=_show,
    )
    return chosen


def _show() -> None:
    chosen = st.session_state["w_idea_view"]
    if _IN_FIGURES in (chosen, st.query_params.get("vue")):
        _put("vue", chosen if chosen == _IN_FIGURES else "")
    _put(SHAPE, _ROWS if chosen == _ROWS else "")
    st.query_params.pop("idee", None)


# --- filters --------------------------------------------------------------------------------------


def _filters(scope: Scope, at_work: bool) -> Filters:
    """The filters as the address has them; what is not in a vocabulary is ignored. Rows are
    ordered by « Trier », which knows their columns besides.
    """
    params = st.query_params
    # What is redirected is never published: a filter would only tell that there is some.
    statuses = {"": "Tous les états"} | {
        s.value: s.label for s in IdeaStatus if s is not IdeaStatus.redirected
    }
    kinds = {"": "Tous les genres"} | {k.value: k.label for k in IdeaKind}
    views = {"": "Toutes"} | {view.value: view.label for view in _views_of(scope)}
    words = params.get("q", "")[:200]
    orders = _orders(words)
    status = _among(params.get("etat", ""), statuses)
    kind = _among(params.get("genre", ""), kinds)
    view = _among(params.get("vue", ""), views)
    order = _among(params.get("tri", ""), orders)
    with st.container(key="cp_filters", horizontal=True, vertical_alignment="bottom"):
        follow("w_q", params.get("q", ""))
        st.text_input(
            "Rechercher",
            key="w_q",
            placeholder="mots, ou n° d'une idée",
            icon=":material/search:",
            on_change=_to_address,
            args=("q", "w_q"),
            width=_WIDE,
        )
        _choice("État", "etat", "w_etat", status, statuses)
        _choice("Genre", "genre", "w_genre", kind, kinds)
        _choice("Vue", "vue", "w_vue", view, views)
        # Its words are what the browser holds of a choice: orders with and without relevance are
        # two lists.
        key = "w_tri_found" if words else "w_tri"
        if not at_work:
            _choice("Tri", "tri", key, order, orders, width=_ORDER)
    if at_work:
        order_box("idees", COLUMNS, orders, order, partial(_put, "tri"))
    return Filters(
        words,
        status,
        kind,
        View(view) if view else None,
        Order(order) if order else None,
        seed=whole_number(params.get("graine")) or 0,
    )


def _orders(words: str) -> dict[str, str]:
    """Code in the address → label; the first one, without a code, is what stands there unasked."""
    orders = {order.value: order.label for order in Order}
    if words:
        return {"": _RELEVANCE} | orders
    del orders[Order.newest.value]
    return {"": Order.newest.label} | orders


def _choice(
    label: str, name: str, key: str, chosen: str, known: dict[str, str], width: int = _NARROW
) -> None:
    follow(key, chosen)
    st.selectbox(
        label,
        list(known),
        format_func=known.get,
        key=key,
        on_change=_to_address,
        args=(name, key),
        width=width,
    )


def _views_of(scope: Scope) -> list[View]:
    """The ready-made lists that mean something for this reader."""
    if _works_on_ideas(scope):
        return list(View)
    views = [View.late, View.last_day, View.week]
    if scope.reader.is_known:
        views.append(View.mine)
    return views


def _among(chosen: str, known: dict[str, str]) -> str:
    return chosen if chosen in known else ""


def _chips(scope: Scope, filters: Filters) -> None:
    """What narrows the list, each with the way to let it go; « Tout effacer » lets all go."""
    # Letting a filter go begins the list anew, at its first page.
    params = _list_params()
    params.pop("page", None)
    ways = []
    for name, label in _chosen_filters(filters).items():
        if name in params:
            others = {key: value for key, value in params.items() if key != name}
            ways.append((label, address("idees", scope, **others)))
    if ways:
        none = address("idees", scope, **{SHAPE: params.get(SHAPE)})
        draw("search/chosen_filters.html", filters=ways, all=none)


def _chosen_filters(filters: Filters) -> dict[str, str]:
    """Parameter of the address → the choice in words."""
    chosen = {"q": f"« {filters.words} »"}
    if filters.status:
        chosen["etat"] = IdeaStatus(filters.status).label
    if filters.kind:
        chosen["genre"] = IdeaKind(filters.kind).label
    if filters.view:
        chosen["vue"] = filters.view.label
    return chosen


def _to_address(name: str, key: str) -> None:
    _put(name, st.session_state[key])


def _put(name: str, value: str) -> None:
    leave_row()
    # The seed stands in the address: page after page of one draw, and the same list for who is
    # sent it.
    if name == "tri" and value == Order.random:
        st.query_params["graine"] = str(secrets.randbelow(_SEEDS))
    put(name, value)


def _list_params() -> dict[str, str]:
    """The filters of the list, carried to an entry so that the way back finds them."""
    names = ("q", "etat", "genre", "vue", "tri", "graine", SHAPE, "page")
    known = {name: st.query_params[name] for name in names if name in st.query_params}
    return known | rows_asked()


# --- the list -------------------------------------------------------------------------------------


def _nothing(scope: Scope, filters: Filters) -> None:
    if filters.is_empty and scope.is_whole and not scope.ambition:
        empty_nothing_yet(
            "Aucune idée n'a encore été déposée.",
            ("Déposer la première", address("deposer", scope)),
        )
    elif filters.words and filters.number is None and filters.query is None:
        empty_for_filters(
            f"« {filters.words} » ne contient aucun mot à chercher : donnez au moins un mot que"
            " l'idée contient ; « -mot » en écarte ensuite un autre.",
            f"/idees?au={scope.on.isoformat()}",
        )
    else:
        empty_for_filters(
            "Aucune idée ne correspond à ces filtres.", f"/idees?au={scope.on.isoformat()}"
        )


def _count(found: IdeaPage, filters: Filters) -> None:
    # The count stops there, so that a long list costs no more than a short one.
    if found.more:
        total = f"plus de {french.number(COUNTED_UP_TO)} dépôts"
    else:
        total = french.counted(found.total, "dépôt")
    if column := column_of(COLUMNS, filters.sort):
        way = ", en ordre inverse" if filters.sort.is_falling else ""
        return st.caption(f"{total}, par « {column.label.lower()} »{way}")
    by_relevance = filters.query is not None and filters.order is None
    if by_relevance:
        order = "du plus au moins pertinent"
    else:
        order = _ORDER_IN_WORDS[filters.order or Order.newest]
    return st.caption(f"{total}, {order}")


_ORDER_IN_WORDS = {
    Order.newest: "du plus récent au plus ancien",
    Order.supported: "du plus au moins soutenu",
    Order.commented: "du plus au moins commenté",
    Order.waiting: "en attente de réponse, la date promise la plus proche d'abord",
    Order.random: "au hasard",
}


# --- one entry ------------------------------------------------------------------------------------


def one(scope: Scope, number: str) -> None:
    entry = entry_of(scope, whole_number(number) or 0)
    back = ("Idées", address("idees", scope, **_list_params()))
    if entry is None:
        page_header(
            "Idée introuvable",
            "Ce numéro n'existe pas, ou cette idée ne vous est pas ouverte.",
            trail=(back,),
        )
        return
    idea = entry[0].idea
    page_header(idea.title, f"N° {idea.number}", trail=(back,))
    say_what_was_done()
    entry_in_full(scope, entry)


render(current_scope())
