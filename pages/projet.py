"""Le projet de transformation: how it came, whose fruit it is, what it wants, how its activities
fit together, and how to take part.
"""

from dashboard import cached
from dashboard.cached import ideas
from dashboard.frame.bodies import without_filters
from dashboard.scope import Scope
from dashboard.screens import story
from dashboard.screens.front import activities
from dashboard.ui.components import calls, page_header
from dashboard.visit.navigation import address, current_scope
from models.ideas import IdeaStatus
from models.settings import settings


def body(scope: Scope, _asked: dict[str, str]) -> None:
    """The parts of the screen."""
    page_header("Le projet de transformation", f"« {story.MOTTO} »")
    story.origin()
    story.goals(cached.ambition_summaries(scope.on), scope)
    story.way(
        story.way_to_decisions(
            scope,
            ideas.idea_cohort(scope),
            cached.groups(scope.on),
            cached.decisions(scope.on),
            IdeaStatus.implemented,
        )
    )
    activities(cached.activities(), scope)
    story.contact(settings().cp_contact)
    calls(
        (
            ("Déposer une idée", address("deposer", scope), "edit_square"),
            ("Marquer mon intérêt", address("marques-interet", scope), "volunteer_activism"),
            ("Voir l'agenda", address("agenda", scope), "event"),
        ),
        after=True,
    )


def whole(kept: Scope) -> Scope:
    """This page has no filters: what another one remembers narrows nothing here."""
    return Scope.for_reader(kept.reader, {}, cached.today(), cached.tree_at, cached.ambitions())


without_filters(body, whole(current_scope()))
