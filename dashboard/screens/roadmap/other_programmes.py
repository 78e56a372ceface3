"""Links from one programme to the others: past ones, or one in preparation."""

from dashboard.scope import Scope
from dashboard.ui.components import paragraph
from dashboard.ui.tables import link
from dashboard.visit.navigation import address


def other_programmes(scope: Scope, url: str) -> None:
    """A link to this screen for each programme that is neither shown nor current: the frame
    links to the current one.
    """
    running = scope.programmes.running(scope.on)
    for period in scope.programmes.periods:
        if period not in (running, scope.programme):
            name = f"Voir le programme « {period.name} »"
            paragraph(link(name, address(url, scope.looking_at(period))))
