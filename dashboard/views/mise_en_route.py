"""Mise en route: the open steps of a new installation, which can be postponed."""

import streamlit as st

from dashboard.scope import Scope
from dashboard.screens.imports import imports_box, imports_list
from dashboard.screens.setup import in_words, read_setup, steps_list
from dashboard.ui.address import page_header
from dashboard.ui.components import heading, link_buttons
from dashboard.visit.navigation import address
from models.database import fetch
from models.jobs import REGISTERS


def render(scope: Scope) -> None:
    facts, steps = fetch(read_setup, scope)
    page_header("Mise en route", in_words(facts, steps))
    if st.query_params.get("genre"):  # a step leads to its file
        _imports(scope)
        steps_list(facts, steps)
    else:
        steps_list(facts, steps)
        _imports(scope)
    link_buttons(
        [("Référentiels : voir et corriger", address("referentiels", scope), "table_edit")],
        after=True,
    )


def _imports(scope: Scope) -> None:
    """What an installation is filled with: the chart, the personnel, the accounts; its trials."""
    heading("Importer un fichier")
    kinds = [kind for kind, register in REGISTERS.items() if not register.is_on_imports]
    imports_box(scope, kinds, "register")
    imports_list(scope, kinds, limit=4)
