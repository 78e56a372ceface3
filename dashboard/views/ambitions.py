"""Ambitions, each with what advances it; and the project of transformation: how it began, its
goals, and the way from an idea to a decision.
"""

from dashboard import cached
from dashboard.cached import ideas, ideas as cached_ideas
from dashboard.figures.board import Board, of_ambition
from dashboard.frame.around import one_block, without_filters
from dashboard.queries.roadmap import first_reached
from dashboard.queries.waits import way_at
from dashboard.report import wording
from dashboard.scope import Scope
from dashboard.screens.front import activities, ambition_icon, ambition_tiles
from dashboard.screens.groups import members_in_words
from dashboard.screens.ideas.form import About, idea_form
from dashboard.screens.workshops import PDF, filing_address, made
from dashboard.ui.address import page_header
from dashboard.ui.cards import cards
from dashboard.ui.charts import cards_of
from dashboard.ui.components import (
    TodoItem,
    draw,
    empty_nothing_yet,
    escape_md,
    explanation,
    heading,
    link_buttons,
    paragraph,
    todo_list,
)
from dashboard.ui.downloads import download
from dashboard.ui.tables import idea_list, link, terms, training_list
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address
from models.idea_states import IdeaKind, IdeaStatus
from models.settings import settings

# ── Ambitions ─────────────────────────────────────────────────────────────────────────────────────


_SHOWN = 5


_EVERY = "Les ambitions"


def title(scope: Scope) -> str:
    """The title of the window."""
    return scope.ambition.name if scope.ambition else _EVERY


def body(scope: Scope, _asked: dict[str, str]) -> None:
    """The parts of the screen: all ambitions, or the chosen one."""
    summaries = cached.ambition_summaries(scope.on)
    if not scope.ambition:
        page_header(_EVERY)
        counts = cached_ideas.ambition_counts(scope)
        return ambition_tiles(summaries, scope, counts, "Entrer par une ambition")
    summary = next(s for s in summaries if s.id == scope.ambition.id)
    every = address("ambitions", scope, ambition="toutes")
    page_header(
        summary.name, summary.description or scope.sentence(), trail=(("Ambitions", every),)
    )
    terms([(f"Objectif {summary.horizon}", summary.goal)])
    if summary.projects:
        heading("Les projets du PST")
        lines = [(project, 0, "", "") for project in summary.projects]
        draw("roadmap/projects.html", projects=lines)
    heading("Améliorations concrètes en cours")
    improvements = cached_ideas.newest_of_kind(scope, IdeaKind.improvement)
    if improvements:
        idea_list(improvements[:_SHOWN], scope)
    else:
        empty_nothing_yet(
            "Aucune amélioration n'a encore été signalée.",
            ("En signaler une", address("deposer", scope)),
        )
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


def ambitions_view(_scope: Scope) -> None:
    one_block(body, after=after, title=title)


# ── Le projet ─────────────────────────────────────────────────────────────────────────────────────


def _aim(code: str, board: Board) -> str:
    aim = wording.ambition_aim(board, code)
    return f"Visé : {aim[0]}, {aim[1]}" if aim else ""


def _kit(scope: Scope) -> None:
    """The kit and its download: the whole administration, on the day looked at."""
    address = filing_address()  # read now: the file is made outside the page's run

    def make(session, scope: Scope) -> bytes:
        from dashboard.report.posters import kit

        return kit(session, scope, address)

    heading("Le kit de l'ambassadeur")
    explanation("Ce qu'il faut dire, cinq diapositives, une affiche : avec les chiffres du jour.")
    download(
        "Kit de l'ambassadeur (PDF)",
        made(scope.whole(), make),
        f"c-possible-kit-{scope.on.isoformat()}.pdf",
        PDF,
        key="kit",
        icon="campaign",
    )


def project_body(scope: Scope, _asked: dict[str, str]) -> None:
    """The parts of the screen."""
    page_header("Le projet de transformation")
    begun = [
        (m.plan.title, m.actual_end, address("feuille-de-route", scope, jalon=m.plan.number))
        for m in first_reached(cached.milestones(scope.on))
    ]
    draw("story/begun.html", begun=begun)
    summaries = cached.ambition_summaries(scope.on)
    board = cached.board(scope, wording.figures_of(summary.code for summary in summaries))
    rows = [
        {
            "code": summary.code,
            "icon": ambition_icon(summary.code),
            "name": summary.name,
            "href": address("ambitions", scope, ambition=summary.code),
            "goal": summary.goal or _aim(summary.code, board),
            "horizon": summary.horizon,
        }
        for summary in summaries
    ]
    draw("story/goals.html", rows=rows)
    way_counts = way_at(
        scope.on, ideas.filed_and_done(scope), cached.groups(scope.on), cached.decisions(scope.on)
    )
    draw(
        "story/way.html",
        steps=way_counts.steps,
        adopted=way_counts.adopted,
        said=address("ce-que-vous-dites", scope),
        groups=address("groupes", scope),
        done=address("idees", scope, etat=IdeaStatus.implemented),
    )
    activities(cached.activities(), scope)
    draw("story/take_part.html", contact=settings().cp_contact)
    link_buttons(
        (
            ("Déposer une idée", address("deposer", scope), "edit_square"),
            ("Marquer mon intérêt", address("marques-interet", scope), "volunteer_activism"),
            ("Voir l'agenda", address("agenda", scope), "event"),
        ),
        after=True,
    )


def projet_view(narrowed: Scope) -> None:
    # This page has no filters: those of other pages must not apply here.
    scope = cached.scope_of(narrowed.reader)
    without_filters(project_body, scope)
    _kit(scope)
