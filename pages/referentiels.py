"""Référentiels: the tables on which everything stands, edited as a grid, with their history."""

import streamlit as st

from dashboard.queries.reference_tables import ReferenceTable, offered_tables
from dashboard.scope import Scope
from dashboard.screens.reference.files import files_box
from dashboard.screens.reference.grid import grid
from dashboard.screens.reference.history import history_box
from dashboard.ui.components import page_header
from dashboard.visit.navigation import current_scope


def render(scope: Scope) -> None:
    page_header(
        "Référentiels",
        "Ce sur quoi tout repose, ligne par ligne : corrigez dans la grille, enregistrez en une"
        " fois, retrouvez qui a changé quoi.",
    )
    offered = {table.code: table for table in offered_tables(scope.reader)}
    table = offered[_choice(offered)]
    files_box(scope, table)
    grid(scope, table)
    history_box(scope, table)


def _choice(offered: dict[str, ReferenceTable]) -> str:
    """Which table, kept in the address."""
    asked = st.query_params.get("table")
    codes = list(offered)
    return st.selectbox(
        "Référentiel",
        codes,
        index=codes.index(asked) if asked in codes else 0,
        format_func=lambda code: offered[code].title,
        key="w_reference_table",
        on_change=_keep_choice,
    )


def _keep_choice() -> None:
    st.query_params["table"] = st.session_state["w_reference_table"]
    st.query_params.pop("page", None)


render(current_scope())
