"""Lots: entries that say the same, proposed by the machine, kept or dropped by a person."""

from dashboard.scope import Scope
from dashboard.screens.ideas.clusters import cluster_desk, outcomes_line
from dashboard.ui.page import page_header


def render(scope: Scope) -> None:
    page_header("Lots", "Des dépôts qui disent la même chose, à garder ensemble ou à écarter.")
    cluster_desk(scope)
    outcomes_line()
