"""Ambitions: for each, the improvements under way, PST projects, ideas, groups, trainings and
figures.
"""

import streamlit as st

from dashboard import cached
from dashboard.cached import ideas as cached_ideas
from dashboard.figures.places import of_ambition
from dashboard.queries.ideas import records as idea_records
from dashboard.queries.ideas.records import Filters
from dashboard.queries.programme import AmbitionSummary
from dashboard.scope import Scope
from dashboard.screens.front import ambition_tiles
from dashboard.screens.groups.group import members_in_words
from dashboard.screens.ideas.form import About, idea_form
from dashboard.screens.roadmap.projects import line_of, project_list
from dashboard.ui.components import (
    TodoItem,
    cards,
    empty_nothing_yet,
    heading,
    page_header,
    todo_list,
)
from dashboard.ui.figures import cards_of
from dashboard.ui.tables import idea_list, terms, training_list
from dashboard.visit.navigation import address, current_scope
from models.database import reading
from models.ideas import IdeaKind

_SHOWN = 5


def render(scope: Scope) -> None:
    summaries = cached.ambition_summaries(scope.on)
    if not scope.ambition:
        page_header(
            "Les cinq ambitions 2030", "Les agents, les citoyens et le politique au centre."
        )
        return ambition_tiles(
            summaries, scope, cached_ideas.ambition_counts(scope), "Entrer par une ambition"
        )
    summary = next(s for s in summaries if s.id == scope.ambition.id)
    page_header(
        summary.name, summary.description or scope.sentence(), trail=(("Ambitions", _every(scope)),)
    )
    terms([(f"Objectif {summary.horizon}", summary.goal)])
    _projects(summary)
    _under_way(scope, summary)
    cards(cards_of(scope, of_ambition(summary.code)), "Les chiffres de l'ambition")
    _ideas(scope)
    _groups(scope)
    _trainings(scope)
    with st.expander(f"Déposer une idée pour « {summary.name} »", icon=":material/edit_square:"):
        idea_form(scope, key=f"ambition-{summary.id}", about=About(ambition_id=summary.id))


def _every(scope: Scope) -> str:
    return address("ambitions", scope, ambition="toutes")


def _projects(summary: AmbitionSummary) -> None:
    if summary.projects:
        heading("Les projets du PST")
        project_list([line_of(project) for project in summary.projects])


def _under_way(scope: Scope, summary: AmbitionSummary) -> None:
    heading("Améliorations concrètes en cours")
    with reading() as session:
        found = idea_records.ideas_page(
            session, scope, Filters(kind=IdeaKind.improvement), 1, cached.today()
        )
    if found.rows:
        idea_list(found.rows[:_SHOWN], scope, {str(summary.id): summary.name})
    else:
        empty_nothing_yet(
            "Aucune amélioration n'a encore été signalée.",
            ("En signaler une", address("deposer", scope)),
        )


def _ideas(scope: Scope) -> None:
    heading("Les idées")
    with reading() as session:
        found = idea_records.ideas_page(
            session, scope, Filters(kind=IdeaKind.idea), 1, cached.today()
        )
    if not found.rows:
        return empty_nothing_yet(
            "Aucune idée encore pour cette ambition.",
            ("Déposer la première", address("deposer", scope)),
        )
    idea_list(found.rows[:_SHOWN], scope, {str(scope.ambition.id): scope.ambition.name})
    st.page_link(
        st.session_state["_cp_pages"]["idees"],
        label="Toutes les idées de l'ambition",
        icon=":material/lightbulb:",
        query_params=scope.params(),
    )


def _groups(scope: Scope) -> None:
    found = [group for group in cached.groups(scope.on) if group.concerns(scope)]
    if found:
        todo_list(
            [
                TodoItem(
                    f"{group.code} — {group.title}",
                    address("groupes", scope, groupe=group.code),
                    f"{group.state.label} · {members_in_words(group)}",
                )
                for group in found
            ],
            "Groupes de progrès",
        )


def _trainings(scope: Scope) -> None:
    rows = cached.catalogue(scope)
    if rows:
        heading("Les formations")
        training_list(rows, scope)


render(current_scope())
