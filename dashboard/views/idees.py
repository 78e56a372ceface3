"""Idées: search, filters, order, paging; one entry in full with the reader's actions."""

import secrets

import streamlit as st

from dashboard import french
from dashboard.access import Reach, reach
from dashboard.cached import ideas
from dashboard.queries.columns import column_of
from dashboard.queries.ideas.ordering import COLUMNS
from dashboard.queries.ideas.records import (
    COUNTED_UP_TO,
    PAGE,
    Filters,
    IdeaPage,
    Order,
    View,
)
from dashboard.scope import Scope
from dashboard.screens.ideas import in_figures
from dashboard.screens.ideas.desk import idea_desk
from dashboard.screens.ideas.entry import entry_in_full, entry_of
from dashboard.screens.ideas.export import export_box
from dashboard.screens.ideas.search import asked_instead, count_in_vain, facet_lines
from dashboard.ui.address import (
    NARROW,
    asked,
    choice,
    chosen_filters,
    follow,
    leave,
    parts,
    put,
    words,
)
from dashboard.ui.components import empty_for_filters, empty_nothing_yet, heading, note_unread
from dashboard.ui.desk import SORT, is_alone, sort_asked
from dashboard.ui.page import page_header
from dashboard.ui.paging import page_asked, pager
from dashboard.ui.tables import idea_list
from dashboard.visit.navigation import address, whole_number
from models.idea_states import IdeaKind, IdeaStatus

_IN_FIGURES = "chiffres"
_VIEWS = {"": "Liste", _IN_FIGURES: "En chiffres"}
# The predefined lists whose entries are pending an answer.
_WAITING = (View.late, View.last_day, View.week, View.unowned)
_SEEDS = 1000
_RELEVANCE = "Les plus pertinentes"
_ORDER = 210  # pixels


def render(scope: Scope) -> None:
    works = reach(scope.reader, "idea.publish") > Reach.none
    number = st.query_params.get("idee", "")
    if number and (is_alone("idee") or not works):
        return one(scope, number)
    page_header("Idées", "Tout ce que les agents ont déposé, ce qui en est advenu, et pourquoi.")
    if parts("Présentation", "vue", _VIEWS, key="w_idea_view") == _IN_FIGURES:
        in_figures.life(scope)
        return in_figures.places(scope)
    filters = _filters(scope, works)
    chosen_filters("idees", scope, _chosen(filters), **_params("tri", "graine"))
    return _list(scope, filters, works)


def _list(scope: Scope, filters: Filters, works: bool) -> None:
    page = page_asked()
    results, instead, facets = ideas.found_ideas(scope, filters, page)
    if filters.query and (instead or not results.total):
        count_in_vain(scope, filters)
    if instead:
        asked_instead(filters.words, instead, scope, _list_params())
        filters = instead
    if not results.total:
        return _nothing(scope, filters)
    if facets:
        facet_lines(facets, scope, _list_params())
    _above(scope, results, filters)
    if works:
        return _rows(scope, results, page, filters)
    idea_list(results.rows, scope, results.query, **_list_params())
    return pager(page, results.total, PAGE, results.more)


def _rows(scope: Scope, results: IdeaPage, page: int, filters: Filters) -> None:
    """The rows of the desk."""
    waits = filters.view in _WAITING or filters.order is Order.waiting
    idea_desk(
        scope,
        "idees",
        results,
        page,
        waits,
        results.query,
        keep=_params(*_NARROWING, "tri", "graine"),
        orders=_orders(filters.words),
        order=filters.order or "",
        choose_order=_put_order,
    )


def _above(scope: Scope, results: IdeaPage, filters: Filters) -> None:
    """The count, the order and the export."""
    with st.container(
        horizontal=True,
        vertical_alignment="center",
        horizontal_alignment="distribute",
        key="cp_count",
    ):
        _count(results, filters)
        export_box(scope, filters)
    heading("Les dépôts", hidden=True)
    note_unread(results.rows)


# --- filters --------------------------------------------------------------------------------------


def _filters(scope: Scope, works: bool) -> Filters:
    """The filters given in the address; unknown codes are ignored. « Trier » also knows the sort
    columns.
    """
    # Redirected entries are never published: a filter would reveal that some exist.
    statuses = {s.value: s.label for s in IdeaStatus if s is not IdeaStatus.redirected}
    kinds = {k.value: k.label for k in IdeaKind}
    views = {view.value: view.label for view in _views_of(scope, works)}
    with st.container(key="cp_filters", horizontal=True, vertical_alignment="bottom"):
        written = words("Rechercher", "q", "mots, ou n° d'une idée")
        status = choice("État", "etat", {"": "Tous les états"} | statuses, width=NARROW)
        kind = choice("Genre", "genre", {"": "Tous les genres"} | kinds, width=NARROW)
        view = choice("Vue", "vue", {"": "Toutes"} | views, width=NARROW)
        order = asked("tri", _orders(written), "")
        if not works:
            _order_field(written)
    return Filters(
        written,
        status,
        kind,
        View(view) if view else None,
        Order(order) if order else None,
        seed=whole_number(st.query_params.get("graine")) or 0,
        sort=sort_asked(COLUMNS) if works else None,
    )


def _order_field(written: str) -> None:
    # The browser remembers a choice by its label: orders with and without relevance are two
    # separate lists.
    key = "w_tri_found" if written else "w_tri"
    orders = _orders(written)
    follow(key, asked("tri", orders, ""))
    st.selectbox(
        "Tri",
        list(orders),
        format_func=orders.get,
        key=key,
        on_change=lambda: (leave(), _put_order(st.session_state[key])),
        width=_ORDER,
    )


def _put_order(order: str) -> None:
    # The seed is in the address: one draw for all pages, and for whoever receives the link.
    if order == Order.random:
        st.query_params["graine"] = str(secrets.randbelow(_SEEDS))
    put("tri", order)


def _orders(words: str) -> dict[str, str]:
    """Code in the address → label; the default order has an empty code."""
    orders = {order.value: order.label for order in Order}
    if words:
        return {"": _RELEVANCE} | orders
    del orders[Order.newest.value]
    return {"": Order.newest.label} | orders


def _views_of(scope: Scope, works: bool) -> list[View]:
    """The predefined lists useful to this reader."""
    if works:
        return list(View)
    views = [View.late, View.last_day, View.week]
    if scope.reader.is_known:
        views.append(View.mine)
    return views


def _chosen(filters: Filters) -> dict[str, str]:
    """Parameter of the address → the active filter in words."""
    chosen = {"q": f"« {filters.words} »"}
    if filters.status:
        chosen["etat"] = IdeaStatus(filters.status).label
    if filters.kind:
        chosen["genre"] = IdeaKind(filters.kind).label
    if filters.view:
        chosen["vue"] = filters.view.label
    return chosen


_NARROWING = ("q", "etat", "genre", "vue")


def _params(*names: str) -> dict[str, str]:
    return {name: st.query_params[name] for name in names if name in st.query_params}


def _list_params() -> dict[str, str]:
    """The filters of the list, passed to an entry so that its back link restores them."""
    return _params(*_NARROWING, "tri", "graine", SORT, "page")


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


def _count(results: IdeaPage, filters: Filters) -> None:
    # Counting stops at a limit, so that a long list costs no more than a short one.
    if results.more:
        total = f"plus de {french.number(COUNTED_UP_TO)} dépôts"
    else:
        total = french.counted(results.total, "dépôt")
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
        return page_header(
            "Idée introuvable",
            "Ce numéro n'existe pas, ou cette idée ne vous est pas ouverte.",
            trail=(back,),
        )
    idea = entry[0].idea
    page_header(idea.title, f"N° {idea.number}", trail=(back,))
    entry_in_full(scope, entry)
