"""Référentiels: the reference tables, edited as a grid, with their history."""

from dashboard.queries.reference_tables import offered_tables
from dashboard.scope import Scope
from dashboard.screens.reference import files_box, grid, history_box
from dashboard.ui.address import choice, page_header


def render(scope: Scope) -> None:
    page_header("Référentiels")
    offered = {table.code: table for table in offered_tables(scope.reader)}
    titles = {code: table.title for code, table in offered.items()}
    chosen = choice("Référentiel", "table", titles, next(iter(titles)), key="w_reference_table")
    table = offered[chosen]
    grid(scope, table)
    files_box(scope, table)
    history_box(scope, table)
