"""Lots et thèmes: entries that say the same, and what entries are about."""

from dashboard.queries.reference_tables import THEMES
from dashboard.scope import Scope
from dashboard.screens.ideas.clusters import KEPT, PROPOSED, cluster_desk
from dashboard.screens.ideas.themes import FIRST, RESULTS, SECOND, coding_block
from dashboard.ui.address import asked
from dashboard.ui.components import segments
from dashboard.ui.page import page_header
from dashboard.visit.navigation import address

_LISTS = {
    PROPOSED: "Lots proposés",
    KEPT: "Lots gardés",
    FIRST: "Dépôts à coder",
    SECOND: "Second codage",
    RESULTS: "Ce que disent les thèmes",
}
_NAMED = _LISTS.items()


def render(scope: Scope) -> None:
    page_header("Lots et thèmes")
    chosen = asked("liste", _LISTS, PROPOSED)
    codebook = address("referentiels", scope, table=THEMES.code)
    ways = [(label, address("lots", scope, liste=name), name == chosen) for name, label in _NAMED]
    segments("Liste", [*ways, ("Les thèmes", codebook, False)])
    block = cluster_desk if chosen in (PROPOSED, KEPT) else coding_block
    block(scope, chosen)
