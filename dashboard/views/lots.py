"""Lots et thèmes: entries that say the same, and what entries are about."""

from dashboard.queries.reference_tables import THEMES
from dashboard.scope import Scope
from dashboard.screens.ideas.clusters import LISTS, PROPOSED, sorting_block
from dashboard.ui.address import asked, page_header
from dashboard.ui.components import segments
from dashboard.visit.navigation import address


def render(scope: Scope) -> None:
    page_header("Lots et thèmes")
    chosen = asked("liste", LISTS, PROPOSED)
    ways = [
        (label, address("lots", scope, liste=name), name == chosen) for name, label in LISTS.items()
    ]
    codebook = address("referentiels", scope, table=THEMES.code)
    segments("Liste", [*ways, ("Les thèmes", codebook, False)])
    sorting_block(scope, chosen)
