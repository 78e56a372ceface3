"""Affiches: the posters of the sites, made, printed, renewed, revoked."""

from dashboard.queries.meetings.calendars import site_posters
from dashboard.scope import Scope
from dashboard.screens.meetings.form import make_missing, one_site, posters_table
from dashboard.ui.address import page_header
from dashboard.ui.components import empty_nothing_yet
from models.database import fetch


def render(scope: Scope) -> None:
    page_header("Affiches")
    posters = fetch(site_posters, scope.reader)
    if not posters:
        return empty_nothing_yet(
            "Aucun site n'est encore connu : l'administrateur les importe dans « Référentiels »."
        )
    posters_table(scope, posters)
    make_missing(scope, posters)
    return one_site(scope, posters)
