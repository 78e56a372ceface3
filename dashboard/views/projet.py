"""Le projet de transformation: its origin, its sponsors, its goals, its activities, and how to
take part.
"""

from dashboard import cached
from dashboard.cached import ideas
from dashboard.frame.around import without_filters
from dashboard.queries.waits import way_at
from dashboard.scope import Scope
from dashboard.screens import front
from dashboard.screens.front import activities, kit_block
from dashboard.ui.address import page_header
from dashboard.ui.components import link_buttons
from dashboard.visit.navigation import address
from models.settings import settings


def body(scope: Scope, _asked: dict[str, str]) -> None:
    """The parts of the screen."""
    page_header("Le projet de transformation", f"« {front.MOTTO} »")
    front.origin()
    front.goals(cached.ambition_summaries(scope.on), scope)
    way_counts = way_at(
        scope.on, ideas.filed_and_done(scope), cached.groups(scope.on), cached.decisions(scope.on)
    )
    front.way(way_counts, scope)
    activities(cached.activities(), scope)
    front.contact(settings().cp_contact)
    link_buttons(
        (
            ("Déposer une idée", address("deposer", scope), "edit_square"),
            ("Marquer mon intérêt", address("marques-interet", scope), "volunteer_activism"),
            ("Voir l'agenda", address("agenda", scope), "event"),
        ),
        after=True,
    )


def render(narrowed: Scope) -> None:
    # This page has no filters: those of other pages must not apply here.
    scope = cached.scope_of(narrowed.reader)
    without_filters(body, scope)
    kit_block(scope)
