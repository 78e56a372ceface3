"""Communautés: ambassadors and managers; who covers which service, how they grow, joining and
leaving.
"""

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.queries import communities
from dashboard.queries.meetings import records as meeting_records
from dashboard.queries.people import readers as people
from dashboard.scope import Scope
from dashboard.screens.communities import (
    coverage_block,
    growth_block,
    hand_over_form,
    load_block,
    own_membership,
    sites_block,
)
from dashboard.ui.components import (
    calls,
    cards,
    empty_for_filters,
    empty_nothing_yet,
    heading,
    page_header,
)
from dashboard.ui.figures import cards_of
from dashboard.ui.forms import say_what_was_done
from dashboard.ui.tables import member_list
from dashboard.visit.navigation import address, current_scope
from models.communities import Community
from models.database import reading

FIGURES = {
    Community.ambassadors: ("couverture", "ambassadeurs-actifs", "retention"),
    Community.managers: ("managers",),
}


def render(scope: Scope) -> None:
    page_header("Communautés", scope.sentence())
    say_what_was_done()
    chosen = _choice()
    is_today = scope.on == cached.today()
    with reading() as session:
        everyone = communities.members(session, scope.whole(), chosen)
        grown = communities.growth(session, scope, chosen)
        manages = scope.reader.is_known and people.manages(
            session, scope.reader.person_id, scope.on
        )
    members = [m for m in everyone if scope.is_whole or m.own_service in scope.counted]
    heading(chosen.label)
    if is_today:
        own_membership(
            scope,
            chosen,
            next((m for m in everyone if m.person_id == scope.reader.person_id), None),
            manages,
        )
    cards(cards_of(scope, FIGURES[chosen]), level=3)
    growth_block(grown, chosen, scope.sentence())
    if chosen == Community.ambassadors:
        _coverage(scope)
    _members(scope, chosen, members)
    if is_today:
        hand_over_form(scope, everyone, chosen)
    _elsewhere(scope, chosen)


def _choice() -> Community:
    wanted = st.query_params.get("communaute", Community.ambassadors)
    chosen = Community(wanted) if wanted in list(Community) else Community.ambassadors
    if st.session_state.get("w_community") != chosen:
        st.session_state["w_community"] = chosen
    st.segmented_control(
        "Communauté",
        list(Community),
        format_func=lambda c: c.label.removeprefix("Communauté des "),
        key="w_community",
        required=True,
        on_change=_keep,
        label_visibility="collapsed",
    )
    return chosen


def _keep() -> None:
    st.query_params["communaute"] = str(st.session_state["w_community"])


def _coverage(scope: Scope) -> None:
    with reading() as session:
        rows = communities.coverage_map(session, scope)
        loads = communities.load(session, scope) if may(scope.reader, "community.manage") else []
        sites = [
            site
            for site in meeting_records.unmet_sites(session, scope.on)
            if scope.is_whole or site.direction_id in scope.counted
        ]
    coverage_block(rows)
    sites_block(sites, scope)
    load_block(loads)


def _members(scope: Scope, chosen: Community, members: list) -> None:
    heading("Les membres")
    if members:
        st.caption(
            f"{french.counted(len(members), 'membre')}, avec leur accord, dans l'ordre de"
            " l'organigramme."
        )
        member_list(members, scope.tree)
    elif scope.is_whole:
        empty_nothing_yet("Personne n'a encore rejoint cette communauté.")
    else:
        empty_for_filters(
            "Aucun membre dans cette direction.", f"/communautes?au={scope.on.isoformat()}"
        )


def _elsewhere(scope: Scope, chosen: Community) -> None:
    """Where one goes from here: marking an interest, the notes that managers share."""
    links = [("Poser une marque d'intérêt", address("marques-interet", scope), "front_hand")]
    if chosen == Community.managers and may(scope.reader, "practice.share"):
        links.append(
            ("Les bonnes pratiques des managers", address("bonnes-pratiques", scope), "menu_book")
        )
    calls(links)


render(current_scope())
