"""Idées: search, filter, page; one entry in full with « Lue, publier » for those who may."""

from dataclasses import dataclass

import streamlit as st

from dashboard import cached, french, idea_blocks, signin
from dashboard.actions.ideas import publish_idea
from dashboard.components import empty_for_filters, empty_nothing_yet, escape_md, page_header
from dashboard.exchange import csvout
from dashboard.listing import csv_button, idea_in_full, idea_list
from dashboard.navigation import address, current_scope, whole_number
from dashboard.queries.export import idea_rows
from dashboard.queries.idea_search import Facets
from dashboard.queries.ideas import COUNTED_UP_TO, PAGE, Filters, IdeaPage, idea_card, ideas_facets, ideas_page
from dashboard.queries.second_chance import SecondChance, second_chance
from dashboard.scope import Scope
from dashboard.search_blocks import BY_DAY, ORDERS, asked_instead, facet_lines
from models.database import reading, writing
from models.errors import Refused
from models.ideas import IdeaKind, IdeaStatus

_LATE, _IN_FIGURES = "en-retard", "chiffres"
_VIEWS = {"": "Liste", _IN_FIGURES: "En chiffres"}
_LAST_PAGE = 1_000_000


def render(scope: Scope) -> None:
    number = st.query_params.get("idee", "")
    if number:
        return one(scope, number)
    page_header("Idées", "Tout ce que les agents ont déposé, ce qui en est advenu, et pourquoi.")
    if _view() == _IN_FIGURES:
        idea_blocks.life(scope)
        return idea_blocks.places(scope)
    filters = _filters()
    page = min(whole_number(st.query_params.get("page")) or 1, _LAST_PAGE)
    answer = _answer(scope, filters, max(page, 1))
    found = answer.page
    if answer.instead:
        asked_instead(filters.words, answer.instead, scope, _kept())
        filters = answer.instead.filters
    if not found.total:
        return _nothing(scope, filters)
    if answer.facets:
        _order(filters)
        facet_lines(answer.facets, scope, _kept())
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="cp_count"):
        _count(found, filters)
        csv_button("idees", list(csvout.OWN_HEADERS.values()), lambda: _every_row(scope, filters), "Exporter cette liste (CSV)")
    st.html('<h2 class="cp-sr">Les dépôts</h2>')
    idea_list(found.rows, scope, _ambition_names(), filters.query, **_kept())
    _pages(found, page if found.more else min(page, found.pages))


@dataclass(frozen=True)
class _Answer:
    """What is shown: a page of entries, what was asked instead of words that find nothing, the counts beside."""

    page: IdeaPage
    instead: SecondChance | None
    facets: Facets | None


def _answer(scope: Scope, filters: Filters, page: int) -> _Answer:
    with reading() as session:
        found, instead = ideas_page(session, scope, filters, page, cached.today()), None
        if not found.total:
            instead = second_chance(session, scope, filters, cached.today())
        if instead:
            found = ideas_page(session, scope, instead.filters, page, cached.today())
        return _Answer(found, instead, ideas_facets(session, scope, instead.filters if instead else filters, cached.today()))


def _ambition_names() -> dict[str, str]:
    return {str(a.id): a.name for a in cached.ambitions()}


def _view() -> str:
    """The list or the figures, as the address says (« ?vue=chiffres »)."""
    chosen = _IN_FIGURES if st.query_params.get("vue") == _IN_FIGURES else ""
    _follow("w_idea_view", chosen)
    st.segmented_control("Présentation", list(_VIEWS), format_func=_VIEWS.get, key="w_idea_view", required=True,
                         label_visibility="collapsed", on_change=_to_address, args=("vue", "w_idea_view"))
    return chosen


# --- filters ----------------------------------------------------------------------------------------------------------


def _filters() -> Filters:
    """The filters as the address has them; what is not in a vocabulary is ignored."""
    params = st.query_params
    statuses = {"": "Tous les états"} | {s.value: s.label for s in IdeaStatus if s is not IdeaStatus.redirected}
    kinds = {"": "Tous les genres"} | {k.value: k.label for k in IdeaKind}
    status = params.get("etat", "") if params.get("etat", "") in statuses else ""
    kind = params.get("genre", "") if params.get("genre", "") in kinds else ""
    late = params.get("vue") == _LATE
    with st.container(key="cp_filters", horizontal=True, vertical_alignment="bottom"):
        _follow("w_q", params.get("q", ""))
        st.text_input("Rechercher", key="w_q", placeholder="mots, ou n° d'une idée", icon=":material/search:",
                      on_change=_to_address, args=("q", "w_q"), width=320)
        _follow("w_status", status)
        st.selectbox("État", list(statuses), format_func=statuses.get, key="w_status", on_change=_to_address,
                     args=("etat", "w_status"), width=220)
        _follow("w_kind", kind)
        st.selectbox("Genre", list(kinds), format_func=kinds.get, key="w_kind", on_change=_to_address,
                     args=("genre", "w_kind"), width=220)
        _follow("w_late", late)
        st.toggle("Réponse en retard", key="w_late", on_change=_late_to_address)
    return Filters(params.get("q", "")[:200], status, kind, late, by_day=params.get("tri") == BY_DAY)


def _follow(key: str, value: object) -> None:
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def _to_address(name: str, key: str) -> None:
    _put(name, st.session_state[key])


def _late_to_address() -> None:
    _put("vue", _LATE if st.session_state["w_late"] else "")


def _put(name: str, value: str) -> None:
    st.query_params.pop("page", None)
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def _kept() -> dict[str, str]:
    """The filters of the list, carried to an entry so that the way back finds them."""
    return {name: st.query_params[name] for name in ("q", "etat", "genre", "vue", "tri", "page") if name in st.query_params}


# --- the list ---------------------------------------------------------------------------------------------------------


def _nothing(scope: Scope, filters: Filters) -> None:
    if filters.is_empty and scope.is_whole and not scope.ambition:
        empty_nothing_yet("Aucune idée n'a encore été déposée.", ("Déposer la première", address("deposer", scope)))
    else:
        empty_for_filters("Aucune idée ne correspond à ces filtres.", f"/idees?au={scope.on.isoformat()}")


def _order(filters: Filters) -> None:
    """The order of what was searched, as the address says (« ?tri=recentes »)."""
    _follow("w_order", BY_DAY if filters.by_day else "")
    st.segmented_control("Ordre", list(ORDERS), format_func=ORDERS.get, key="w_order", required=True,
                         label_visibility="collapsed", on_change=_to_address, args=("tri", "w_order"))


def _count(found: IdeaPage, filters: Filters) -> None:
    total = f"plus de {french.number(COUNTED_UP_TO)} dépôts" if found.more else french.counted(found.total, "dépôt")
    by_relevance = filters.query is not None and not filters.by_day
    st.caption(f"{total}, {'du plus au moins pertinent' if by_relevance else 'du plus récent au plus ancien'}")


def _every_row(scope: Scope, filters: Filters) -> list[tuple]:
    """Every entry of the list, not only of this page, as the command line exports them."""
    with reading() as session:
        return list(idea_rows(session, scope, filters, cached.today()))


def _pages(found: IdeaPage, page: int) -> None:
    last = found.pages if not found.more else page + 1
    if found.total <= PAGE and not found.more:
        return
    with st.container(key="cp_pages", horizontal=True, horizontal_alignment="center", vertical_alignment="center"):
        st.button("Page précédente", key="w_previous", disabled=page <= 1, on_click=_go, args=(page - 1,),
                  icon=":material/chevron_left:")
        st.caption(f"page {page}" + ("" if found.more else f" sur {found.pages}"))
        st.button("Page suivante", key="w_next", disabled=page >= last, on_click=_go, args=(page + 1,),
                  icon=":material/chevron_right:", icon_position="right")


def _go(page: int) -> None:
    st.query_params["page"] = str(page)


# --- one entry --------------------------------------------------------------------------------------------------------


def one(scope: Scope, number: str) -> None:
    with reading() as session:
        card = idea_card(session, scope, whole_number(number) or 0)
    back = ("Idées", address("idees", scope, **_kept()))
    if card is None:
        page_header("Idée introuvable", "Ce numéro n'existe pas, ou cette idée ne vous est pas ouverte.", trail=(back,))
        return
    page_header(card.idea.title, f"n° {card.idea.number}", trail=(back,))
    said = st.session_state.pop("_cp_published", None)
    if said:
        st.success(escape_md(said), icon=":material/check:")
    if card.may_publish:
        _publish_box(card.idea.number)
    idea_in_full(card, scope.tree, _ambition_names().get(str(card.idea.ambition_id), ""), cached.today())


def _publish_box(number: int) -> None:
    st.info("Ce dépôt sans nom attend d'être lu avant d'être montré à tous. Vérifiez qu'aucune personne n'y est nommée.",
            icon=":material/visibility_off:")
    st.button("Lue, publier", type="primary", key="w_publish", on_click=_publish, args=(number,), icon=":material/publish:")


def _publish(number: int) -> None:
    try:
        with writing() as session:
            publish_idea(session, signin.current_reader(), number, current_scope().tree)
        st.session_state["_cp_published"] = "L'idée est lue et publiée."
    except Refused as refusal:
        st.session_state["_cp_published"] = str(refusal)


render(current_scope())
