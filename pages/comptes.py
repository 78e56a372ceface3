"""Comptes: every account by its person; one opened beside the list with its keys, roles and
mandates.
"""

import streamlit as st

from dashboard.scope import Scope
from dashboard.screens.people.accounts import accounts_list, opening_box, papers_box
from dashboard.ui.components import link_buttons, page_header
from dashboard.ui.forms import say_what_was_done
from dashboard.visit.navigation import address, current_scope


def render(scope: Scope) -> None:
    page_header("Comptes", "Qui peut se connecter, avec quels rôles et quels mandats.")
    say_what_was_done()
    accounts_list(scope)
    if st.query_params.get("compte"):
        return
    opening_box(scope)
    papers_box(scope)
    link_buttons(
        [("Importer des comptes (CSV, XLSX)", address("etat-du-systeme", scope), "upload_file")],
        after=True,
    )


render(current_scope())
