"""Idées: search, filters, order, paging; one entry in full with the reader's actions."""

import secrets

import streamlit as st

from dashboard import french
from dashboard.access import Reach, reach
from dashboard.cached import ideas
from dashboard.queries.columns import column_of
from dashboard.queries.ideas.records import (
    COLUMNS,
    COUNTED_UP_TO,
    Filters,
    IdeaPage,
    Order,
    View,
)
from dashboard.scope import Scope
from dashboard.screens.ideas import desk
from dashboard.screens.ideas.desk import asked_instead, count_in_vain, export_box, idea_desk
from dashboard.screens.ideas.entry import entry_in_full, entry_of
from dashboard.ui.address import asked, filter_line, page_asked, page_header, put
from dashboard.ui.components import draw, empty_for_filters, empty_nothing_yet, heading, note_unread
from dashboard.ui.desk import SORT, is_alone, sort_asked, sort_fields
from dashboard.visit.navigation import address, whole_number
from models.idea_states import IdeaKind, IdeaStatus

_IN_FIGURES = "chiffres"
# The predefined lists whose entries are pending an answer.
_WAITING = (View.own, View.late, View.last_day, View.week, View.unowned)
_SEEDS = 1000
_RELEVANCE = "Les plus pertinentes"


def render(scope: Scope) -> None:
    number = st.query_params.get("idee", "")
    if number and is_alone("idee"):
        return one(scope, number)
    page_header("Idées")
    if st.query_params.get("vue") == _IN_FIGURES:
        _count_line("Les idées en chiffres", "Voir la liste", address("idees", scope))
        return desk.all_charts(scope)
    works = reach(scope.reader, "idea.publish") > Reach.none
    return _list(scope, _filters(scope, works), works)


def _list(scope: Scope, filters: Filters, works: bool) -> None:
    page = page_asked()
    results, instead = ideas.found_ideas(scope, filters, page)
    if filters.query and (instead or not results.total):
        count_in_vain(scope, filters)
    if instead:
        asked_instead(filters.words, instead, scope, _list_params())
        filters = instead
    if not results.total:
        return _nothing(scope, filters)
    _count_line(_counted(results, filters), "En chiffres", address("idees", scope, vue=_IN_FIGURES))
    heading("Les dépôts", hidden=True)
    note_unread(results.rows)
    waits = works and (filters.view in _WAITING or filters.order is Order.waiting)
    idea_desk(
        scope, "idees", results, page, waits, results.query, keep=_params(*_NARROWING, *_ORDER)
    )
    return export_box(scope, filters)


def _count_line(text: str, label: str, href: str) -> None:
    draw("ideas/count.html", text=text, label=label, href=href)


# --- filters --------------------------------------------------------------------------------------


def _filters(scope: Scope, works: bool) -> Filters:
    """The filters given in the address; unknown codes are ignored. « Trier » also knows the sort
    columns.
    """
    # Redirected entries are never published: a filter would reveal that some exist.
    statuses = {s.value: s.label for s in IdeaStatus if s is not IdeaStatus.redirected}
    kinds = {k.value: k.label for k in IdeaKind}
    views = {view.value: view.label for view in _views_of(scope, works)}
    with filter_line("idees", scope, "mots, ou n° d'une idée", **_params(*_ORDER)) as line:
        status = line.choice("État", "etat", statuses)
        kind = line.choice("Genre", "genre", kinds)
        view = line.choice("Vue", "vue", views, "Toutes")
        orders = _orders(line.words)
        order = asked("tri", orders, "")
        sort_fields("idees", COLUMNS, orders, order, _put_order)
    return Filters(
        line.words,
        status,
        kind,
        View(view) if view else None,
        Order(order) if order else None,
        seed=whole_number(st.query_params.get("graine")) or 0,
        sort=sort_asked(COLUMNS),
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
        return [view for view in View if view is not View.own or scope.reader.mandates]
    views = [View.late, View.last_day, View.week]
    if scope.reader.is_known:
        views.append(View.mine)
    return views


_NARROWING = ("q", "etat", "genre", "vue")
_ORDER = ("tri", "graine", SORT)


def _params(*names: str) -> dict[str, str]:
    return {name: st.query_params[name] for name in names if name in st.query_params}


def _list_params() -> dict[str, str]:
    """The filters of the list, passed to an entry so that its back link restores them."""
    return _params(*_NARROWING, *_ORDER, "page")


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


def _counted(results: IdeaPage, filters: Filters) -> str:
    # Counting stops at a limit, so that a long list costs no more than a short one.
    if results.more:
        total = f"plus de {french.number(COUNTED_UP_TO)} dépôts"
    else:
        total = french.counted(results.total, "dépôt")
    if column := column_of(COLUMNS, filters.sort):
        way = ", en ordre inverse" if filters.sort.is_falling else ""
        return f"{total}, par « {column.label.lower()} »{way}"
    if filters.query is not None and filters.order is None:
        return f"{total}, les plus pertinents"
    return f"{total}, {_ORDER_IN_WORDS[filters.order or Order.newest]}"


_ORDER_IN_WORDS = {
    Order.newest: "les plus récents",
    Order.supported: "les plus soutenus",
    Order.commented: "les plus commentés",
    Order.waiting: "en attente de réponse",
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
