"""Communautés: ambassadors and managers, who covers which service."""

import streamlit as st

from dashboard import french
from dashboard.components import cards, empty_for_filters, empty_nothing_yet, page_header
from dashboard.listing import member_list, table
from dashboard.navigation import current_scope
from dashboard.presenting import cards_of
from dashboard.queries import communities
from dashboard.scope import Scope
from models.communities import Community
from models.database import reading


def render(scope: Scope) -> None:
    page_header("Communautés", scope.sentence())
    cards(cards_of(scope, ("couverture", "ambassadeurs-actifs", "retention")), "Les ambassadeurs")
    chosen = _choice()
    with reading() as session:
        members = communities.members(session, scope, chosen)
        covered = communities.coverage(session, Community.ambassadors, scope.on)
    if chosen == Community.ambassadors:
        _uncovered(scope, covered)
    st.html(f"<h2>{chosen.label}</h2>")
    if members:
        st.caption(f"{french.counted(len(members), 'membre')}, avec leur accord, dans l'ordre de l'organigramme.")
        member_list(members, scope.tree)
    elif scope.is_whole:
        empty_nothing_yet("Personne n'a encore rejoint cette communauté.")
    else:
        empty_for_filters("Aucun membre dans cette direction.", f"/communautes?au={scope.on.isoformat()}")


def _choice() -> Community:
    wanted = st.query_params.get("communaute", Community.ambassadors)
    chosen = Community(wanted) if wanted in list(Community) else Community.ambassadors
    if st.session_state.get("w_community") != chosen:
        st.session_state["w_community"] = chosen
    st.segmented_control("Communauté", list(Community), format_func=lambda c: c.label, key="w_community", required=True,
                         on_change=_keep, label_visibility="collapsed")
    return chosen


def _keep() -> None:
    st.query_params["communaute"] = str(st.session_state["w_community"])


def _uncovered(scope: Scope, covered: dict[int, set[int]]) -> None:
    """Services without an ambassador first: a gap is named, never hidden."""
    reached = set().union(*covered.values()) if covered else set()
    missing = [unit for unit in scope.tree.services(scope.counted) if unit.id not in reached]
    if not missing:
        return
    st.html("<h2>Services sans ambassadeur</h2>")
    rows = [(unit.name, scope.tree.by_id[unit.parent].name if unit.parent else "") for unit in missing]
    table(("Service", "Direction"), rows, "Services sans ambassadeur", download="services-sans-ambassadeur")


render(current_scope())
