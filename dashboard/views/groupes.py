"""Groupes de progrès: volunteers who analyse a problem across services and write a proposition
for the CODIR.
"""

import streamlit as st

from dashboard import cached
from dashboard.queries import groups as query
from dashboard.queries.groups import GroupAt
from dashboard.scope import Scope
from dashboard.screens.discussions import talk_fold
from dashboard.screens.groups.form import create_form, lead_block, place_block
from dashboard.screens.groups.group import (
    decision_block,
    deliverables_block,
    documents_block,
    facts_block,
    group_list,
    ideas_block,
    members_block,
    steps_block,
)
from dashboard.screens.ideas.form import About, idea_form
from dashboard.ui.address import page_header
from dashboard.ui.cards import cards
from dashboard.ui.charts import cards_of
from dashboard.ui.components import empty_for_filters, empty_nothing_yet, stacked
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address
from models.database import fetch
from models.discussions import Subject
from models.groups import GroupState


def render(scope: Scope) -> None:
    all_groups = cached.groups(scope.on)
    code = st.query_params.get("groupe", "")
    if code:
        return _one(
            scope, next((group for group in all_groups if group.code == code.upper()), None)
        )
    page_header("Groupes de progrès")
    shown = [group for group in all_groups if group.concerns(scope)]
    _list(shown, scope)
    if not all_groups:
        empty_nothing_yet(
            "Aucun groupe n'est encore constitué.", ("Déposer une idée", address("deposer", scope))
        )
    elif not shown:
        empty_for_filters(
            "Aucun groupe pour ces filtres.", address("groupes", scope.whole().of_every_ambition())
        )
    if all_groups:
        cards(cards_of(scope, ("groupes-delais", "groupes-adoption")), "Les chiffres des groupes")
    if scope.on == cached.today():
        create_form(scope)


def _list(shown: list[GroupAt], scope: Scope) -> None:
    """Groups looking for members first, then active ones, then submitted or closed ones."""
    waiting = [group for group in shown if group.state is GroupState.submitted]
    over = [group for group in shown if group.state.is_over]
    looking = [group for group in shown if group.is_looking]
    working = [group for group in shown if group not in (*waiting, *over, *looking)]
    with stacked():
        for title, groups in (
            ("Ils cherchent des membres", looking),
            ("Ils travaillent", working),
            ("Devant le CODIR", waiting),
            ("Menés à leur terme", over),
        ):
            group_list(title, groups, scope)


def _one(scope: Scope, group: GroupAt | None) -> None:
    trail = (("Groupes de progrès", address("groupes", scope)),)
    if group is None:
        return page_header(
            "Groupe introuvable", "Aucun groupe ne porte ce code à cette date.", trail=trail
        )
    page_header(group.title, f"Groupe de progrès {group.code} · {group.state.label}", trail=trail)
    now = scope.on == cached.today()
    taken = fetch(query.taken_in, scope, group.code)
    facts_block(group, scope, taken)
    if now:
        place_block(group, scope)
    decision_block(group, scope)
    documents_block(group, scope)
    talk_fold(scope, Subject.proposition, group.code)
    deliverables_block(group, scope)
    ideas_block(group, scope, taken)
    members_block(group, scope)
    steps_block(group)
    if now:
        lead_block(group, scope, taken)
        about = About(group.ambition_id, record=("groupe", group.code, group.title))
        unfolding(
            "Déposer une idée ou un constat pour ce groupe",
            idea_form,
            *(scope, f"groupe-{group.id}", about),
            key="w_fold_idea",
            icon=":material/edit_square:",
        )
