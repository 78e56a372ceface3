"""Ambitions: for each, the improvements under way, PST projects, ideas, groups, trainings and
figures.
"""

from dashboard import cached
from dashboard.cached import ideas as cached_ideas
from dashboard.figures.board import of_ambition
from dashboard.frame.around import one_block
from dashboard.queries.pst import AmbitionSummary
from dashboard.scope import Scope
from dashboard.screens.front import ambition_tiles
from dashboard.screens.groups.form import members_in_words
from dashboard.screens.ideas.form import About, idea_form
from dashboard.screens.roadmap.programmes import project_list
from dashboard.ui.address import page_header
from dashboard.ui.cards import cards
from dashboard.ui.charts import cards_of
from dashboard.ui.components import (
    TodoItem,
    empty_nothing_yet,
    escape_md,
    heading,
    paragraph,
    todo_list,
)
from dashboard.ui.tables import idea_list, link, terms, training_list
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address
from models.idea_states import IdeaKind

_SHOWN = 5


_EVERY = "Les cinq ambitions 2030"


def title(scope: Scope) -> str:
    """The title of the window."""
    return scope.ambition.name if scope.ambition else _EVERY


def body(scope: Scope, _asked: dict[str, str]) -> None:
    """The parts of the screen: all ambitions, or the chosen one."""
    summaries = cached.ambition_summaries(scope.on)
    if not scope.ambition:
        page_header(_EVERY, "Les agents, les citoyens et le politique au centre.")
        counts = cached_ideas.ambition_counts(scope)
        return ambition_tiles(summaries, scope, counts, "Entrer par une ambition")
    summary = next(s for s in summaries if s.id == scope.ambition.id)
    page_header(
        summary.name, summary.description or scope.sentence(), trail=(("Ambitions", _every(scope)),)
    )
    terms([(f"Objectif {summary.horizon}", summary.goal)])
    if summary.projects:
        heading("Les projets du PST")
        project_list([(project, 0, "", "") for project in summary.projects])
    _under_way(scope, summary)
    cards(cards_of(scope, of_ambition(summary.code)), "Les chiffres de l'ambition")
    _ideas(scope)
    _groups(scope)
    rows = cached.catalogue(scope)
    if rows:
        heading("Les formations")
        training_list(rows, scope)


def after(scope: Scope, _asked: dict[str, str]) -> None:
    """The form of an idea about the ambition."""
    if chosen := scope.ambition:
        unfolding(
            escape_md(f"Déposer une idée pour « {chosen.name} »"),
            idea_form,
            scope,
            f"ambition-{chosen.id}",
            About(ambition_id=chosen.id),
            key=f"w_idea_about_{chosen.id}",
            icon=":material/edit_square:",
        )


def _every(scope: Scope) -> str:
    return address("ambitions", scope, ambition="toutes")


def _under_way(scope: Scope, summary: AmbitionSummary) -> None:
    heading("Améliorations concrètes en cours")
    improvements = cached_ideas.newest_of_kind(scope, IdeaKind.improvement)
    if improvements:
        idea_list(improvements[:_SHOWN], scope)
    else:
        empty_nothing_yet(
            "Aucune amélioration n'a encore été signalée.",
            ("En signaler une", address("deposer", scope)),
        )


def _ideas(scope: Scope) -> None:
    heading("Les idées")
    ideas = cached_ideas.newest_of_kind(scope, IdeaKind.idea)
    if not ideas:
        return empty_nothing_yet(
            "Aucune idée encore pour cette ambition.",
            ("Déposer la première", address("deposer", scope)),
        )
    idea_list(ideas[:_SHOWN], scope)
    paragraph(link("Toutes les idées de l'ambition", address("idees", scope)))


def _groups(scope: Scope) -> None:
    groups = [group for group in cached.groups(scope.on) if group.concerns(scope)]
    if groups:
        todo_list(
            [
                TodoItem(
                    f"{group.code} — {group.title}",
                    address("groupes", scope, groupe=group.code),
                    f"{group.state.label} · {members_in_words(group)}",
                )
                for group in groups
            ],
            "Groupes de progrès",
        )


def render(_scope: Scope) -> None:
    one_block(body, after=after, title=title)
